import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Answer, type Hooktide } from '../setup/hooktide.js';
import { asJson, send } from '../setup/http.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { storedSecrets } from '../setup/vault.js';

let database: TestDatabase;
let hooktide: Hooktide;
/** A client of the tests' own: hears what dispatchers are told, and holds locks. */
let other: pg.Client;
let told: { event: string; lanes: number[] }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  // Nobody sends: what the registry writes stays as it is.
  hooktide = await startHooktide({ env: { ROLES: 'api' }, database });
  other = new pg.Client(database.url);
  await other.connect();
  other.on('notification', ({ payload = '{}' }) => told.push(JSON.parse(payload) as (typeof told)[number]));
  await other.query('LISTEN hooktide');
});
afterAll(async () => {
  await hooktide.stop();
  await other.end();
  await database.drop();
});
afterEach(async () => {
  await hooktide.sql('TRUNCATE hooktide.webhook, hooktide.lane, hooktide.delivery, hooktide.update');
  told = [];
});

const URI = 'http://127.0.0.1:9/';
const register = (webhook: object = {}) =>
  hooktide.api('POST', '/api/webhooks', { id: 'w', uri: URI, type: 'REQUEST', ...webhook });
const view = async (id = 'w') => (await hooktide.api('GET', `/api/webhooks/${id}`)).json;
const patch = (body: unknown, id = 'w') => hooktide.api('PATCH', `/api/webhooks/${id}`, body);
const act = (what: string) => hooktide.api('POST', `/api/webhooks/w/${what}`);
const lane = async () => (await hooktide.sql('SELECT * FROM hooktide.lane'))[0];
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
const problem = (status: number, code: string, detail: unknown, field?: string) =>
  expect.objectContaining({ status, code, detail, ...(field === undefined ? {} : { field }) }) as object;

/** As the dispatcher leaves a lane that fails: two tried deliveries of two subjects, and one that was never tried. */
async function fail(): Promise<void> {
  await hooktide.post([requestUpdate('a'), requestUpdate('b'), requestUpdate('a', 1)]);
  await hooktide.sql(`UPDATE hooktide.lane SET failed_subjects = '{a,b}', failing_since = '2026-01-01Z',
    probed_at = now(), resting_until = now() + interval '1 minute', last_success_at = '2025-01-01Z'`);
  await hooktide.sql(`UPDATE hooktide.delivery SET attempts = 1, tried_at = '2026-01-01Z'::timestamptz + n * interval '1 s',
      due_at = 'infinity', outcome = jsonb_build_object('reason', 'server_error', 'status', 500 + n,
        'detail', 'It answered ' || 500 + n, 'answer', 'oops', 'durationMillis', 7)
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM hooktide.delivery) AS o
    WHERE o.id = delivery.id AND n < 3`);
}
const FAILING = {
  failed_subjects: ['a', 'b'],
  failing_since: expect.any(Date) as Date,
  probed_at: expect.any(Date) as Date,
  resting_until: expect.any(Date) as Date,
};
const REOPENED = { failed_subjects: [], failing_since: null, probed_at: null, resting_until: null };
/** Of each delivery in its order: whether it is due. */
const dues = async () =>
  (await hooktide.sql<{ due: boolean | null }>('SELECT due_at <= now() AS due FROM hooktide.delivery ORDER BY id')).map(
    ({ due }) => due,
  );
const changed = () => told.filter(({ event }) => event === 'changed').flatMap(({ lanes }) => lanes);
/** Whether dispatchers were told that a lane's webhook had changed, before they were of one resumed for the purpose. */
async function toldOf(id: number): Promise<boolean> {
  await register({ id: 'last' });
  await hooktide.api('POST', '/api/webhooks/last/resume');
  const [last] = await hooktide.sql<{ id: number }>(`SELECT id::int FROM hooktide.lane WHERE webhook_id = 'last'`);
  await until(() => changed().includes(last?.id ?? 0));
  return changed().includes(id);
}
/** Has changes come in while a transaction does `work`, which ends when all of them wait for it. */
async function during(work: string, ...changes: object[]): Promise<Answer[]> {
  await other.query(`BEGIN; ${work}`);
  const answers = changes.map((change) => patch(change));
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await until(async () => (await hooktide.sql(waiting)).length === changes.length);
  await other.query('COMMIT');
  return Promise.all(answers);
}

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const OPTIONS = {
  description: 'For the team',
  filter: { applications: ['web-*'], requestIds: ['r'], eventTypes: ['CREATED'] },
  headers: { 'X-Token': 'secret' },
  auth: { type: 'basic', user: 'me', password: 'secret' },
  secret: SECRET,
  hubSignature: true,
  onlyTo: ['127.0.0.0/8'],
  format: 'slack',
  order: 'none',
  retry: { policy: 'exponential', delayMillis: 100, jitter: 0.5, maxAgeHours: 0.5 },
  connectTimeoutMillis: 1,
  timeoutMillis: 2,
  maxConcurrent: 3,
};
const SHOWN = {
  ...OPTIONS,
  headers: { 'X-Token': '***' },
  auth: { ...OPTIONS.auth, password: '***' },
  secret: '***',
};
const KEPT = {
  headers: OPTIONS.headers,
  auth: OPTIONS.auth,
  signing: { keys: [{ secret: SECRET }], hub: true },
  tls: null,
};
const DEFAULTS = {
  description: null,
  filter: null,
  headers: null,
  auth: null,
  secret: null,
  hubSignature: false,
  onlyTo: null,
  format: 'singularity',
  order: 'subject',
  retry: null,
  connectTimeoutMillis: null,
  timeoutMillis: null,
  maxConcurrent: null,
};

describe('GET /api/webhooks/{id}', () => {
  it('shows all about a webhook, and null for what it has not', async () => {
    await register({ timestamp: 5 });
    const expected = {
      id: 'w',
      type: 'REQUEST',
      uri: URI,
      user: null,
      timestamp: 5,
      registeredAt: time,
      ...DEFAULTS,
      secret: '***',
      oldSecretUntil: null,
      tls: null,
      unreadable: null,
      pausedAt: null,
      disabledAt: null,
      disabledReason: null,
      state: 'active',
      why: 'Active, but nothing was delivered yet.',
      failingSince: null,
      restingUntil: null,
      lastSuccessAt: null,
      successRate: null,
      lastNotice: null,
      isDraining: false,
      waiting: 0,
      waitingIsCapped: false,
      oldestWaitingAt: null,
      lastFailure: null,
    };
    expect(await view()).toEqual(expected);
    expect((await hooktide.api('GET', '/singularity/api/webhooks/w')).json).toEqual(expected);
  });

  it('finds it however its id is spelled', async () => {
    await register({ id: undefined });
    const id = `REQUEST-${encodeURIComponent(URI)}`;
    for (const spelled of [id, encodeURIComponent(id), encodeURIComponent(`REQUEST-${URI}`)])
      expect((await view(spelled)).id).toBe(id);
  });

  it('says what waits, since when, and how the last attempt failed', async () => {
    await register();
    await fail();
    expect(await view()).toMatchObject({
      state: 'resting',
      why: expect.stringMatching(/^Resting until /),
      restingUntil: time,
      failingSince: '2026-01-01T00:00:00.000Z',
      lastSuccessAt: '2025-01-01T00:00:00.000Z',
      waiting: 3,
      oldestWaitingAt: time,
      lastFailure: {
        reason: 'server_error',
        status: 502,
        detail: 'It answered 502',
        answer: 'oops',
        at: '2026-01-01T00:00:02.000Z',
      },
    });
    await hooktide.sql('UPDATE hooktide.lane SET resting_until = NULL');
    expect(await view()).toMatchObject({ state: 'failing', why: expect.stringMatching(/tried at each poll\.$/) });
    await hooktide.sql(`UPDATE hooktide.webhook SET retry = '{"policy": "constant", "delayMillis": 100}'`);
    expect(await view()).toMatchObject({ state: 'failing', why: expect.stringMatching(/when they are due\.$/) });
  });

  it('says how the last attempt failed, though all that failed was dropped', async () => {
    await register();
    await fail();
    await hooktide.sql(`WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
      INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts, tried_at, outcome)
      SELECT id, lane_id, 'w', update_id, subject, 'attempts_exhausted', attempts, tried_at, outcome FROM gone WHERE attempts > 0`);
    await hooktide.sql('UPDATE hooktide.lane SET resting_until = NULL');
    expect(await view()).toMatchObject({
      state: 'failing',
      why: expect.stringMatching(/ since the last success\. Nothing waits: what failed was dropped, /),
      waiting: 0,
      lastFailure: { status: 502, detail: 'It answered 502', at: '2026-01-01T00:00:02.000Z' },
    });
    await hooktide.sql(
      `UPDATE hooktide.lane SET last_success_at = '2026-01-02Z', failed_subjects = '{}', failing_since = NULL`,
    );
    expect(await view()).toMatchObject({ state: 'active', lastFailure: null });
  });

  it('calls a lane failing no more when another subject than the one that failed waits', async () => {
    await register();
    await hooktide.post(requestUpdate('a'));
    await hooktide.sql(`UPDATE hooktide.lane SET failed_subjects = '{a}', failing_since = now()`);
    expect(await view()).toMatchObject({ state: 'failing', why: expect.stringMatching(/every subject that waits/) });
    await hooktide.post(requestUpdate('b'));
    expect(await view()).toMatchObject({ state: 'active', failingSince: null });
  });

  it.each([
    [10_000, false],
    [10_001, true],
  ])('counts what waits up to 10 000: of %i, with more: %s', async (count, waitingIsCapped) => {
    await register();
    await hooktide.sql(
      `INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
       SELECT l.id, gen_random_uuid(), 's', now() FROM hooktide.lane AS l, generate_series(1, $1::int)`,
      [count],
    );
    expect(await view()).toMatchObject({ waiting: 10_000, waitingIsCapped });
  });

  it.each(['GET', 'PATCH', 'POST'])('is a 404 for an unknown id, as for all its routes: %s', async (method) => {
    const path = `/api/webhooks/nobody${method === 'POST' ? '/pause' : ''}`;
    const answer = await hooktide.api(method, path, method === 'GET' ? undefined : {});
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toEqual(problem(404, 'webhook_not_found', expect.stringContaining('nobody')));
  });

  it('leaves fixed routes to Singularity', async () => {
    await register({ id: 'task' });
    expect((await hooktide.api('GET', '/api/webhooks/task?webhookId=x')).json).toEqual([]);
    expect((await patch({ description: 'x' }, 'task')).json).toMatchObject({ id: 'task', description: 'x' });
  });
});

describe('PATCH /api/webhooks/{id}', () => {
  it('changes options, shows them as they were given, and resets them with null', async () => {
    await register();
    const changed = await patch({ ...OPTIONS, uri: 'http://127.0.0.1:10/', user: 'me' });
    expect([changed.status, changed.json]).toEqual([200, await view()]);
    expect(changed.json).toMatchObject({ ...SHOWN, uri: 'http://127.0.0.1:10/', user: 'me', id: 'w' });
    const nulls = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, null]));
    expect((await patch({ ...nulls, user: null })).json).toMatchObject({ ...DEFAULTS, user: null });
  });

  it('stores event types as states, and seals what is secret', async () => {
    await register();
    await patch(OPTIONS);
    const [row] = await hooktide.sql('SELECT filter, headers, states FROM hooktide.webhook');
    expect(row).toEqual({
      filter: { applications: ['web-*'], requestIds: ['r'], states: ['CREATED'] },
      headers: null,
      states: ['CREATED'],
    });
    expect((await storedSecrets(hooktide)).opened).toEqual(KEPT);
  });

  it('takes back what GET shows', async () => {
    await register(OPTIONS);
    const shown = await view();
    const sent = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, shown[name]]));
    expect((await patch(sent)).json).toEqual(shown);
    expect(await storedSecrets(hooktide)).toEqual({ inClear: null, opened: KEPT });
  });

  it.each([
    ['{', 'body'],
    ['[]', 'body'],
    ['', 'body'],
    ['null', 'body'],
    [{ id: 'x' }, 'id'],
    [{ colour: 'red' }, 'colour'],
    [{ uri: 'ftp://h/' }, 'uri'],
    [{ retry: { policy: 'schedule', delaysMillis: [1, 2, -1] } }, 'retry.delaysMillis[2]'],
    [{ headers: { 'X-Other': '***' } }, 'headers.X-Other'],
    [{ filter: { states: ['CREATED'] } }, 'filter.states'],
  ])('refuses %j, names the field, and changes nothing', async (body, field) => {
    await register(OPTIONS);
    const answer = await patch(typeof body === 'string' ? body : { description: 'new', ...body });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toEqual(problem(400, 'invalid_input', expect.stringContaining(field), field));
    expect(await view()).toMatchObject(SHOWN);
  });

  it.each(['PATCH /api/webhooks/w', 'POST /api/webhooks/w/pause', 'POST /api/webhooks/w/resume/'])(
    'wants JSON to be called JSON, as do pause and resume: %s',
    async (route) => {
      await register();
      const [method = '', path = ''] = route.split(' ');
      const headers = { 'Content-Type': 'text/plain' };
      const answer = await send(hooktide.url, { method, path, headers, body: '{"description":"x"}' });
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        415,
        problem(415, 'unsupported_media_type', expect.any(String)),
      ]);
      expect(await view()).toMatchObject({ description: null, pausedAt: null });
    },
  );

  it('forgets failing, rest and 410, has failed deliveries due at once, and tells dispatchers', async () => {
    await register();
    await fail();
    await hooktide.sql('UPDATE hooktide.webhook SET disabled_at = now(), paused_at = now()');
    expect(await lane()).toMatchObject({ ...FAILING, revision: '0' });
    const id = Number((await lane())?.id);
    const answer = await patch({ uri: 'http://127.0.0.1:10/' });
    // A pause is an operator's own, and stays.
    expect(answer.json).toMatchObject({ state: 'paused', pausedAt: time, disabledAt: null, failingSince: null });
    expect(await lane()).toMatchObject({ ...REOPENED, revision: '1', last_success_at: expect.any(Date) });
    expect(await dues()).toEqual([true, true, null]);
    expect(await toldOf(id)).toBe(true);
  });

  it.each([{ description: 'x', user: 'me' }, {}])('of %j concerns nobody who sends', async (body) => {
    await register();
    await fail();
    await hooktide.sql('UPDATE hooktide.webhook SET disabled_at = now()');
    const id = Number((await lane())?.id);
    expect((await patch(body)).json).toMatchObject({ state: 'disabled', ...body });
    expect(await lane()).toMatchObject({ ...FAILING, revision: '0' });
    expect(await dues()).toEqual([false, false, null]);
    expect(await toldOf(id)).toBe(false);
  });

  it('loses nothing of what another changes at the same time', async () => {
    await register({ headers: { 'X-A': 'a', 'X-B': 'b' } });
    const headers = { 'X-A': 'new', 'X-B': '***' };
    const lock = 'SELECT 1 FROM hooktide.lane FOR NO KEY UPDATE';
    const answers = await during(lock, { headers }, { order: 'none' }, { maxConcurrent: 7 });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [row] = await hooktide.sql('SELECT "order", max_concurrent FROM hooktide.webhook');
    expect(row).toEqual({ order: 'none', max_concurrent: 7 });
    expect((await storedSecrets(hooktide)).opened.headers).toEqual({ 'X-A': 'new', 'X-B': 'b' });
    expect(await lane()).toMatchObject({ revision: '3' });
  });

  it('finds no webhook that was deleted while it waited', async () => {
    await register();
    const deletion = 'UPDATE hooktide.lane SET closed_at = now(); DELETE FROM hooktide.webhook';
    const [answer] = await during(deletion, { order: 'none' });
    expect(answer?.json).toEqual(problem(404, 'webhook_not_found', expect.any(String)));
    expect(await lane()).toMatchObject({ revision: '0' });
  });

  it('does not wait for a delivery that is being dropped', async () => {
    await register();
    await fail();
    await other.query('BEGIN');
    await other.query('DELETE FROM hooktide.delivery WHERE id = (SELECT min(id) FROM hooktide.delivery)');
    expect((await patch({ order: 'none' })).status).toBe(200);
    await other.query('COMMIT');
    expect(await dues()).toEqual([true, null]);
  });
});

describe('POST /api/webhooks/{id}/pause and /resume', () => {
  it('pause once, however often they are asked, and keep what is known of the receiver', async () => {
    await register();
    await fail();
    const id = Number((await lane())?.id);
    const first = await act('pause');
    expect([first.status, first.json]).toEqual([200, await view()]);
    expect(first.json).toMatchObject({ state: 'paused', pausedAt: time, why: expect.stringMatching(/^Paused since/) });
    expect((await act('pause')).json).toEqual(first.json);
    expect(await lane()).toMatchObject({ ...FAILING, revision: '1' });
    expect(await dues()).toEqual([false, false, null]);
    expect(await toldOf(id)).toBe(true);
  });

  it('resume what is paused, fails, rests or was disabled', async () => {
    await register();
    await fail();
    await hooktide.sql('UPDATE hooktide.webhook SET disabled_at = now(), paused_at = now()');
    for (const revision of ['1', '2']) {
      const answer = await act('resume');
      expect([answer.status, answer.json]).toEqual([200, await view()]);
      expect(answer.json).toMatchObject({ state: 'active', pausedAt: null, disabledAt: null });
      expect(await lane()).toMatchObject({ ...REOPENED, revision });
      expect(await dues()).toEqual([true, true, null]);
    }
  });

  it('are logged with the id of the webhook', async () => {
    await register();
    await act('pause');
    await act('resume');
    await patch({ order: 'none', user: 'me' });
    const lines = hooktide.logged.slice(-3).map(({ event, data }) => [event, data.webhookId, data.fields]);
    expect(lines).toEqual([
      ['webhook.paused', 'w', undefined],
      ['webhook.resumed', 'w', undefined],
      ['webhook.changed', 'w', 'user,order'],
    ]);
  });
});

describe('POST /api/webhooks with options', () => {
  it('registers them, and shows none of them in the lists', async () => {
    expect((await register(OPTIONS)).json).toBe('CREATED');
    expect(await view()).toMatchObject(SHOWN);
    const listed = { id: 'w', uri: URI, type: 'REQUEST', timestamp: expect.any(Number) as number };
    expect((await hooktide.api('GET', '/api/webhooks')).json).toEqual([listed]);
    expect((await hooktide.api('GET', '/api/webhooks/summary')).json).toEqual([{ webhook: listed, queueSize: 0 }]);
  });

  it('leaves a webhook that exists as it is', async () => {
    await register(OPTIONS);
    expect((await register({ format: 'form', description: null })).json).toBe('EXISTED');
    expect(await view()).toMatchObject(SHOWN);
  });

  it.each([
    [{ order: 'none', fromat: 'form' }, 'fromat is no field of a webhook. The nearest one is format'],
    [{ order: 'none', typo: 1 }, 'typo is no field of a webhook. The nearest one is type'],
    [{ fliter: { requestIds: ['a'] } }, 'fliter is no field of a webhook. The nearest one is filter'],
    [{ order: 'any' }, 'order is "any": write one of subject, none'],
    [{ headers: { 'X-A': '***' } }, 'headers.X-A is ***, which keeps a stored value, and none is: write its value'],
    [{ filter: { states: ['X'] } }, 'filter.states is not for webhooks of type REQUEST: write filter.eventTypes'],
  ])("refuses %j in Singularity's shape", async (fields, message) => {
    const answer = await register(fields);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json']);
    expect(answer.json).toEqual({ code: 400, message });
    expect(await hooktide.sql('SELECT 1 FROM hooktide.webhook')).toEqual([]);
  });

  it('ignores unknown fields, as upstream does, where there are no options', async () => {
    expect((await register({ queueSize: 1, other: true, entry: 2 })).json).toBe('CREATED');
    expect(await view()).toMatchObject({ ...DEFAULTS, secret: '***' });
  });

  it('reads a type as leniently as ever', async () => {
    const body = JSON.stringify({ uri: URI, type: 'elevated-access', filter: { states: ['READ'] }, id: 7 });
    const answer = await send(hooktide.url, { method: 'POST', path: '/api/webhooks', headers: asJson, body });
    expect(answer.text).toBe('"CREATED"');
    expect(await view('7')).toMatchObject({ type: 'ELEVATED_ACCESS', filter: { states: ['READ'] } });
  });
});
