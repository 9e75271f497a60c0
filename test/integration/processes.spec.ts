import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/config/version.js';
import { Heartbeat } from '../../src/queue/heartbeat.js';
import { forgetOld } from '../../src/queue/sql/retention.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { startProxy } from '../setup/proxy.js';
import { connect } from '../setup/queue.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let own: TestDatabase;
let running: Hooktide[];
beforeEach(async () => {
  own = await createTestDatabase();
  running = [];
});
afterEach(async () => {
  for (const hooktide of running) await hooktide.stop();
  await closeReceivers();
  await own.drop();
});
async function start(env: HooktideOptions['env'] = {}): Promise<Hooktide> {
  const hooktide = await startHooktide({ env, database: own });
  running.push(hooktide);
  return hooktide;
}
const processes = async (of: Hooktide, query = '') => (await of.api('GET', `/api/processes${query}`)).json.items;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe('GET /api/processes', () => {
  it('names each that runs, with its roles, until it stops', async () => {
    const api = await start({ ROLES: 'api' });
    const dispatch = await start({ ROLES: 'dispatch' });
    const list = await until(async () => {
      const found = await processes(api);
      return found.length === 2 && found;
    });
    const common = {
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      startedAt: TIME,
      seenAt: TIME,
      isAlive: true,
    };
    const idle = { delivered: 0, failed: 0, inFlight: 0, lanes: 0, webhookIds: [] };
    const id = expect.stringMatching(new RegExp(`^.+:${process.pid}:[0-9a-f]{8}$`));
    const expected = [['api'], ['dispatch']].map((roles) => ({ id, ...common, ...idle, roles }));
    expect(list).toHaveLength(2);
    expect(list).toEqual(expect.arrayContaining(expected));
    await dispatch.stop();
    running.pop();
    expect(await processes(api)).toMatchObject([{ roles: ['api'] }]);
    const [{ id: first }] = await processes(api);
    expect(await processes(api, `?after=${encodeURIComponent(first)}`)).toEqual([]);
    expect((await api.api('GET', '/api/processes?role=api')).json).toMatchObject({
      code: 'invalid_input',
      field: 'role',
    });
  });

  it('says what it has in its hands, and how many attempts arrived or failed since its start', async () => {
    const hooktide = await start();
    const held: (() => void)[] = [];
    const receiver = await startReceiver((response, { path }) => {
      const end = () => response.writeHead(path === '/bad' ? 500 : 200).end();
      if (path === '/slow') held.push(end);
      else end();
    });
    for (const path of ['good', 'bad']) await hooktide.register(receiver.url + path, 'REQUEST', path);
    await hooktide.post(requestUpdate('r'));
    await receiver.waitFor(2);
    await hooktide.api('DELETE', '/api/webhooks/bad');
    await hooktide.register(`${receiver.url}slow`, 'REQUEST', 'slow');
    await hooktide.post(requestUpdate('r'));
    await until(() => held.length === 1);
    const busy = await until(async () => {
      const [process] = await processes(hooktide);
      return process.inFlight === 1 && process;
    });
    const attempts = hooktide.logged
      .filter(({ event }) => event === 'delivery.attempted')
      .map(({ data }) => data['verdict']);
    const delivered = attempts.filter((verdict) => verdict === 'delivered').length;
    expect(busy).toMatchObject({ delivered, failed: attempts.length - delivered });
    expect(delivered).toBe(2);
    expect(busy.failed).toBeGreaterThanOrEqual(1);
    expect([busy.webhookIds.includes('slow'), busy.webhookIds.length]).toEqual([true, busy.lanes]);
    for (const end of held) end();
  });

  it('shows one that ended without a word as not alive, names 20 of its lanes, and forgets it after a day', async () => {
    const hooktide = await start({ ROLES: 'api' });
    await hooktide.sql(`
      INSERT INTO hooktide.process (id, host, pid, version, roles, started_at, seen_at)
      SELECT 'dead-' || age, 'h', 7, '0.1.0', '{dispatch}', now() - age * interval '1 hour', now() - age * interval '1 hour'
      FROM unnest(ARRAY[1, 30]) AS age`);
    await hooktide.sql(`
      INSERT INTO hooktide.lane (webhook_id, leased_by, leased_until)
      SELECT 'w' || n, 'dead-1', now() + interval '1 minute' FROM generate_series(1, 25) AS n`);
    const [first, second] = (await processes(hooktide)).filter(({ host }: { host: string }) => host === 'h');
    expect(first).toMatchObject({ id: 'dead-1', isAlive: false, lanes: 25 });
    expect(first.webhookIds).toEqual(Array.from({ length: 20 }, (_, n) => `w${n + 1}`));
    expect(second).toMatchObject({ id: 'dead-30', isAlive: false, lanes: 0, webhookIds: [] });
    const database = connect(own.url);
    await forgetOld(database, { historyHours: 72, deadLetterHours: 336, idempotencyHours: 168, auditHours: 2_160 });
    await database.close();
    const ids = (await processes(hooktide)).map(({ id }: { id: string }) => id);
    expect([ids.includes('dead-1'), ids.includes('dead-30')]).toEqual([true, false]);
  });
});

describe('a heartbeat', () => {
  const facts = { id: 'h:1:a', host: 'h', pid: 1, version: '1.2.3', roles: ['dispatch'] };

  it('goes on through a database that is away, which is logged, and keeps the time of its start', async () => {
    const proxy = await startProxy(own.url);
    const [database, direct] = [connect(proxy.url), connect(own.url)];
    const logged: [doing: string, error: unknown][] = [];
    const failures = { failed: (doing: string, error: unknown) => void logged.push([doing, error]) };
    const work = { delivered: 0, failed: 0, inFlight: 0 };
    const heartbeat = new Heartbeat(database, facts, failures, 10);
    void heartbeat.start(() => work);
    const find = async () =>
      (await direct.query<{ started_at: Date; delivered: number }>('SELECT * FROM hooktide.process'))[0];
    const { started_at: startedAt } = await until(find);
    await proxy.cut();
    await until(() => logged.length > 1);
    expect(logged[0]).toEqual(['heartbeat', expect.any(Error)]);
    await direct.query('DELETE FROM hooktide.process');
    work.delivered = 7;
    await proxy.mend();
    expect(await until(find)).toMatchObject({ started_at: startedAt, delivered: 7 });
    await heartbeat.stop();
    expect(await find()).toBeUndefined();
    await database.close();
    await direct.close();
    await proxy.cut();
  });

  it('that is stopped while the database is away says so, and throws nothing', async () => {
    const proxy = await startProxy(own.url);
    const database = connect(proxy.url);
    const logged: unknown[] = [];
    const failures = { failed: (doing: string) => void logged.push(doing) };
    const heartbeat = new Heartbeat(database, facts, failures, 60_000);
    await heartbeat.start();
    await until(async () => (await database.query('SELECT FROM hooktide.process')).length === 1);
    await proxy.cut();
    await heartbeat.stop();
    expect(logged).toEqual(['heartbeat']);
    await database.close();
  });
});
