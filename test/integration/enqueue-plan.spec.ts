import pg from 'pg';
import { expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { enqueueMessages } from '../../src/queue/sql/enqueue-message.js';
import { planOf, rowsOf } from '../setup/plan.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, update } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url, 1)));

const updates = (count: number) => Array.from({ length: count }, (_, n) => update(`s${n % 7}`));
const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: `m${n}`,
    payload: '{}',
    direct: { uri: `http://h${n}/`, retry: { policy: 'constant', delayMillis: 1_000 } as const, timeoutMillis: 1_000 },
  }));
const storeUpdates = (count: number) => (sql: Sql) => enqueue(sql, updates(count), { ...LIMITS, maxFanOut: 100_000 });
const storeMessages = (count: number) => (sql: Sql) => enqueueMessages(sql, messages(count));

/** Values as SQL says them, for EXECUTE takes no parameters under EXPLAIN. */
const literal = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL';
  if (!Array.isArray(value)) return pg.escapeLiteral(JSON.stringify(value));
  return pg.escapeLiteral(`{${value.map((one) => (one === null ? 'NULL' : JSON.stringify(one))).join()}}`);
};

/** Prepares the statement of `work`, whose plan is to be kept; answers with how to run it. */
async function keep(work: (sql: Sql) => Promise<unknown>): Promise<string> {
  let run = '';
  const query: Sql['query'] = async (statement, parameters = []) => {
    await database.query(`PREPARE kept AS ${statement}`);
    run = `EXECUTE kept (${parameters.map(literal).join()})`;
    return [];
  };
  await work({ query });
  // As it is after some calls: made without knowing any parameter.
  await database.query('SET plan_cache_mode = force_generic_plan');
  return run;
}

/** Twenty webhooks of clients, and the lanes of 10 000 origins of direct messages. */
async function fillRegistry(): Promise<void> {
  await database.query(`
    WITH lane AS (
      INSERT INTO hooktide.lane (webhook_id)
      SELECT 'message:http://h' || n FROM generate_series(0, 9999) AS n RETURNING id, webhook_id
    )
    INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", origin)
    SELECT webhook_id, id, 'MESSAGE', 'http://receiver/', 0, 'message' FROM lane`);
  for (let n = 0; n < 20; n += 1) await addLane(database, `w${n}`);
  await database.query('ANALYZE hooktide.webhook');
}

const stepsOf = (run: string) => planOf(database, ['webhook'], (sql) => sql.query(run));

it.each([
  ['1 update', storeUpdates(1), 25],
  ['1 000 updates', storeUpdates(1_000), 25_000],
  ['1 message', storeMessages(1), 10],
  ['200 messages', storeMessages(200), 250],
])('the kept plan for %s looks at no webhook in vain', async (_, work, mostRows) => {
  await fillRegistry();
  const steps = await stepsOf(await keep(work));
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.map((step) => step['Node Type'])).not.toContain('Seq Scan');
  expect(rowsOf(steps)).toBeLessThanOrEqual(mostRows);
});

it('a plan that is kept from the time when the registry was empty goes when Postgres sees how large it is', async () => {
  const run = await keep(storeUpdates(1));
  await database.query(run);
  await fillRegistry();
  const steps = await stepsOf(run);
  expect(steps.map((step) => step['Node Type'])).not.toContain('Seq Scan');
  expect(rowsOf(steps)).toBeLessThanOrEqual(25);
});
