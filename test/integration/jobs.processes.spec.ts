import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { call, type Hooktide } from '../setup/hooktide.js';
import { addDelivered, addDropped, addWebhook, count, makeJob, repeated, untilJob } from '../setup/jobs.js';
import { killProcesses, startProcess, type HooktideProcess } from '../setup/process.js';
import { until } from '../setup/until.js';

/** Each starts several processes one after the other, on whatever else the machine does. */
const SLOW_MILLIS = 120_000;

type Asked = Pick<Hooktide, 'api' | 'sql'>;

let database: TestDatabase;
let pool: pg.Pool;
beforeEach(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
});
afterEach(async () => {
  await killProcesses();
  await pool.end();
  await database.drop();
});

const asking = ({ url }: HooktideProcess): Asked => ({
  api: (method, path, body) => call(url, method, path, body),
  sql: async <Row>(statement: string, parameters: unknown[] = []) =>
    (await pool.query(statement, parameters)).rows as Row[],
});
const doneOf = async (id: number): Promise<number> =>
  Number((await pool.query<{ done: string }>('SELECT done FROM hooktide.job WHERE id = $1', [id])).rows[0]?.done);

const ALL = 6_000;

describe('a job goes on where it was when its process is killed', () => {
  it.each([
    ['replay', 'dead_letters'],
    ['replay', 'deliveries'],
    ['discard', 'dead_letters'],
    ['erase', 'request'],
  ])(
    'to %s %s, and does each exactly once',
    async (kind, of) => {
      const doomed = await startProcess(database.url, { CHECK_WEBHOOKS_EVERY_MILLIS: '10000' });
      const lane = await addWebhook(asking(doomed), 'w');
      if (of === 'deliveries') await addDelivered(asking(doomed), lane, ALL);
      else await addDropped(asking(doomed), lane, ALL);
      const { id } = await makeJob(asking(doomed), { kind, of, filter: { requestId: 'r' } });
      await until(async () => (await doneOf(id)) > 0);
      await doomed.end('SIGKILL');
      const left = await doneOf(id);
      expect(left).toBeLessThan(ALL);

      const heir = asking(await startProcess(database.url, { CHECK_WEBHOOKS_EVERY_MILLIS: '10000' }));
      expect(await untilJob(heir, id, 'done')).toMatchObject({ done: ALL, skipped: 0, error: null });
      const replayed = kind === 'replay' ? ALL : 0;
      expect(await count(heir, 'delivery')).toBe(replayed);
      expect(await repeated(heir)).toBe(0);
      expect(await count(heir, 'dead_letter')).toBe(0);
      const { items } = (await heir.api('GET', '/api/audit?limit=1000')).json;
      const counts = items.map(
        ({ details }: { details: Record<string, number> }) =>
          details['replayed'] ?? details['discarded'] ?? details['erased'] ?? 0,
      );
      expect(counts.reduce((sum: number, n: number) => sum + n, 0)).toBe(ALL);
    },
    60_000,
  );
});

it(
  'a process that is stopped hands its job to the next, and leaves nothing locked',
  async () => {
    const leaving = await startProcess(database.url, { CHECK_WEBHOOKS_EVERY_MILLIS: '10000' });
    const lane = await addWebhook(asking(leaving), 'w');
    await addDropped(asking(leaving), lane, 2_000);
    const { id } = await makeJob(asking(leaving), {
      kind: 'replay',
      of: 'dead_letters',
      filter: {},
      ratePerSecond: 1_000,
    });
    await until(async () => (await doneOf(id)) > 0);
    expect(await leaving.end('SIGTERM')).toBe(0);
    const left = await doneOf(id);
    expect(left).toBeLessThan(2_000);
    const heir = asking(await startProcess(database.url, { CHECK_WEBHOOKS_EVERY_MILLIS: '10000' }));
    expect(await untilJob(heir, id, 'done')).toMatchObject({ done: 2_000 });
    expect(await repeated(heir)).toBe(0);
  },
  SLOW_MILLIS,
);
