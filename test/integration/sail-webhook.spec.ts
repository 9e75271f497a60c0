import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hooksOf, task } from '../setup/containers.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { basic, call, errorOf } from '../setup/sail-calls.js';
import { until } from '../setup/until.js';

const URL = 'http://www.endpoint.com/hook';

let database: TestDatabase;
let hooktide: Hooktide;
beforeAll(async () => {
  database = await createTestDatabase();
  // As it comes: nothing is sent to loopback or to private addresses.
  hooktide = await startHooktide({ env: { ROLES: 'api', EGRESS_ALLOW: '' }, database });
});
afterAll(async () => {
  await hooktide.stop();
  await database.drop();
});
afterEach(() => hooktide.sql('TRUNCATE hooktide.webhook, hooktide.lane, hooktide.delivery, hooktide.disabled_action'));

const ask = async (method: string, path: string, body?: object | string) => {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const { status, json } = await call(hooktide.url, method, path, text, basic('toto:any'));
  return { status, json };
};
const add = (url: unknown, application = 'toto') => ask('POST', hooksOf(application), { url });
const remove = (query: string, application = 'toto') => ask('DELETE', `${hooksOf(application)}?${query}`);
const list = async (application = 'toto') =>
  ((await ask('GET', hooksOf(application))).json as { url: string }[]).map(({ url }) => url);

const idOf = async () => (await hooktide.sql<{ id: string }>('SELECT id FROM hooktide.webhook'))[0]?.id ?? '';
const own = async (method: string, what = '', body?: object) =>
  hooktide.api(method, `/api/webhooks/${encodeURIComponent(await idOf())}${what}`, body);

describe('the webhook of a hook', () => {
  it('is what Sail had: ten retries by the time of the event, ten seconds, and the order of a container', async () => {
    await add('http://toto:pw@h/x');
    const id = await idOf();
    expect(id).toMatch(/^sail:toto:[\w-]{43}$/);
    expect((await own('GET')).json).toMatchObject({
      type: 'TASK',
      uri: 'http://h/x',
      format: 'sail',
      filter: { applications: ['toto'] },
      headers: { Authorization: '***' },
      order: 'subject',
      retry: {
        policy: 'schedule',
        from: 'update',
        delaysMillis: [7, 14, 28, 56, 112, 224, 448, 896, 1_792, 3_584].map((seconds) => seconds * 1_000),
        jitter: 0.1,
        maxAgeHours: 2,
      },
      timeoutMillis: 10_000,
      state: 'active',
    });
  });

  it("stays out of Singularity's lists", async () => {
    await add(URL);
    expect((await hooktide.api('GET', '/api/webhooks')).json).toEqual([]);
    expect((await hooktide.api('GET', '/api/webhooks/summary')).json).toEqual([]);
  });

  it('is paused and resumed there, and adding it again ends no pause', async () => {
    await add(URL);
    expect((await own('POST', '/pause')).json).toMatchObject({ state: 'paused' });
    expect((await add(URL)).status).toBe(200);
    expect((await own('GET')).json).toMatchObject({ state: 'paused' });
    expect((await own('POST', '/resume')).json).toMatchObject({ state: 'active' });
  });

  it("is changed by Sail's routes, but for what operators note and limit", async () => {
    await add(URL);
    const given = [{ uri: 'http://h/' }, { format: 'slack' }, { filter: null }, { retry: { policy: 'poll' } }];
    for (const change of [...given, { headers: { X: 'y' } }, { timeoutMillis: 5 }, { order: 'none' }, { user: 'me' }]) {
      const { status, json } = await own('PATCH', '', change);
      expect([status, json.field]).toEqual([400, Object.keys(change)[0]]);
    }
    const { json } = await own('PATCH', '', { description: 'ours', maxConcurrent: 1 });
    expect(json).toMatchObject({ description: 'ours', maxConcurrent: 1, uri: URL, format: 'sail' });
    expect(await list()).toEqual([URL]);
  });

  it.each(['there', 'by its url'])('deleted %s turns what waits into dead letters', async (how) => {
    await add(URL);
    const { deliveries } = await hooktide.post(task('RUNNING', { application: 'toto' }));
    expect(deliveries).toBe(1);
    const id = await idOf();
    const { status } = how === 'there' ? await own('DELETE') : await remove(`url=${URL}`);
    expect(status).toBe(200);
    expect(await list()).toEqual([]);
    // The lanes of webhooks that are gone are emptied by whoever dispatches.
    const dispatcher = await startHooktide({ env: { ROLES: 'dispatch' }, database });
    const dropped = async () => (await hooktide.api('GET', '/api/dead-letters')).json.items as unknown[];
    await until(async () => (await dropped()).length === 1);
    await dispatcher.stop();
    expect(await dropped()).toMatchObject([{ webhookId: id, reason: 'webhook_deleted', attempts: 0 }]);
    await hooktide.sql('TRUNCATE hooktide.dead_letter, hooktide.update, hooktide.task_state, hooktide.container');
  });

  it('has an id that no client may give', async () => {
    for (const id of ['sail:toto:x', 'message:http://h']) {
      const { status, json } = await hooktide.api('POST', '/api/webhooks', { id, uri: 'http://h/', type: 'TASK' });
      expect([status, json.message]).toEqual([400, expect.stringContaining('is named by Hooktide: give another id')]);
    }
    expect((await hooktide.api('POST', '/api/webhooks', { id: 'sail', uri: 'http://h/', type: 'TASK' })).json).toBe(
      'CREATED',
    );
  });

  it('is neither added nor deleted while somebody has switched that off', async () => {
    await add(URL);
    for (const action of ['ADD_WEBHOOK', 'REMOVE_WEBHOOK'])
      await hooktide.api('POST', `/api/disasters/disabled-actions/${action}`, { message: 'moving' });
    expect(await add(URL)).toEqual(errorOf(409, 'Conflict', 'Cannot perform action ADD_WEBHOOK: moving'));
    expect(await remove(`url=${URL}`)).toEqual(
      errorOf(409, 'Conflict', 'Cannot perform action REMOVE_WEBHOOK: moving'),
    );
    expect(await list()).toEqual([URL]);
  });
});

describe('what no client has made', () => {
  it.each([
    ['message:http://h', 'message', 'MESSAGE'],
    ['sns:TASK', 'config', 'TASK'],
  ])('%s is deleted by none', async (id, origin, type) => {
    await hooktide.sql(
      `WITH l AS (INSERT INTO hooktide.lane (webhook_id) VALUES ($1) RETURNING id)
       INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", origin) SELECT $1, id, $3, 'http://h', 0, $2 FROM l`,
      [id, origin, type],
    );
    expect((await own('DELETE')).json).toBe('DIDNT_EXIST');
    expect((await own('PATCH', '', { description: 'ours' })).json).toMatchObject({ id, description: 'ours' });
    expect((await own('PATCH', '', { uri: 'http://other/' })).json).toMatchObject({ status: 400, field: 'uri' });
    expect((await own('POST', '/pause')).json).toMatchObject({ state: 'paused' });
    expect((await hooktide.api('GET', '/api/webhooks')).json).toEqual([]);
  });
});

const view = async () => (await hooktide.api('GET', '/api/webhooks/w')).json;

describe('the format sail of any webhook', () => {
  const SCHEDULE = expect.objectContaining({ policy: 'schedule', from: 'update', maxAgeHours: 2 }) as object;

  it("brings Sail's schedule and timeout, where nothing else is said", async () => {
    const webhook = { id: 'w', uri: 'http://h/', type: 'TASK', format: 'sail' };
    expect((await hooktide.api('POST', '/api/webhooks', webhook)).json).toBe('CREATED');
    expect(await view()).toMatchObject({ retry: SCHEDULE, timeoutMillis: 10_000 });
    const change = (fields: object) => hooktide.api('PATCH', '/api/webhooks/w', fields);
    expect((await change({ format: null })).json).toMatchObject({
      format: 'singularity',
      retry: null,
      timeoutMillis: null,
    });
    expect((await change({ timeoutMillis: 7 })).json).toMatchObject({ retry: null, timeoutMillis: 7 });
    expect((await change({ format: 'sail' })).json).toMatchObject({ retry: SCHEDULE, timeoutMillis: 7 });
    expect((await change({ retry: { policy: 'poll' }, timeoutMillis: null })).json).toMatchObject({
      retry: { policy: 'poll' },
      timeoutMillis: 10_000,
    });
    // What is shown can be written back.
    const { retry } = (await change({ retry: null })).json;
    expect((await change({ retry })).json).toMatchObject({ retry });
  });

  it('is for webhooks of type TASK', async () => {
    const webhook = { id: 'w', uri: 'http://h/', type: 'DEPLOY', format: 'sail' };
    const { status, json } = await hooktide.api('POST', '/api/webhooks', webhook);
    const problem =
      'format is "sail", which tells of containers: it is for webhooks of type TASK, and this is a DEPLOY';
    expect([status, json]).toEqual([400, { code: 400, message: problem }]);
    await hooktide.register('http://h/', 'DEPLOY', 'w');
    expect((await hooktide.api('PATCH', '/api/webhooks/w', { format: 'sail' })).json).toMatchObject({
      field: 'format',
      detail: problem,
    });
  });
});
