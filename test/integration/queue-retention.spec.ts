import { expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { forgetOld, forgetOldIfDue, HISTORY } from '../../src/queue/sql/retention.js';
import { sweepTable } from '../../src/queue/sql/sweep.js';
import { connect, eachOnItsOwnDatabase } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url, 4)));

const HOURS = { historyHours: 72, deadLetterHours: 336, idempotencyHours: 168, auditHours: 2_160 };
const [OLD, YOUNG] = ['100 days', '1 hour'];

/** Its id begins with the time of acceptance, as ids do. */
const addUpdate = async (requestId: string, age: string, count = 1): Promise<string> => {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO hooktide.update (id, type, request_id, state, subject, occurred_at, accepted_at, payload)
     SELECT (lpad(to_hex((extract(epoch FROM now() - $2::interval) * 1000)::bigint), 12, '0')
             || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid,
            'REQUEST', $1, 'UPDATED', $1, now(), now() - $2::interval, '{}'
     FROM generate_series(1, $3) RETURNING id`,
    [requestId, age, count],
  );
  return row?.id ?? '';
};
const addHistory = (updateId: string, age: string) =>
  database.query(
    `INSERT INTO hooktide.history
       (update_id, lane_id, delivery_id, attempts, first_tried_at, delivered_at, status, duration_millis)
     VALUES ($1, 1, 1, 1, now(), now() - $2::interval, 200, 1)`,
    [updateId, age],
  );
const addDeadLetter = (id: number, updateId: string, age: string) =>
  database.query(
    `INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts, dropped_at)
     VALUES ($1, 1, 'w', $2, 'a', 'over_age', 1, now() - $3::interval)`,
    [id, updateId, age],
  );
const addDelivery = (updateId: string) =>
  database.query(
    `INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from) VALUES (1, $1, 'a', now() - interval '1 year')`,
    [updateId],
  );
const left = async (table: string, column: string): Promise<unknown[]> =>
  (await database.query<{ value: unknown }>(`SELECT ${column} AS value FROM hooktide.${table} ORDER BY 1`)).map(
    ({ value }) => value,
  );

it('an update is kept as long as something speaks of it, however old it is', async () => {
  await addDelivery(await addUpdate('waiting', OLD));
  await addDeadLetter(1, await addUpdate('dropped', OLD), YOUNG);
  await addHistory(await addUpdate('delivered', OLD), YOUNG);
  await addUpdate('nobody wants it', OLD);
  await addUpdate('new', YOUNG);
  await forgetOld(database, HOURS);
  expect(await left('update', 'request_id')).toEqual(['delivered', 'dropped', 'new', 'waiting']);
});

it('an update goes together with the last that spoke of it', async () => {
  await addDeadLetter(1, await addUpdate('dropped', OLD), OLD);
  await addHistory(await addUpdate('delivered', OLD), OLD);
  await forgetOld(database, HOURS);
  expect(await left('update', 'request_id')).toEqual([]);
});

it.each([
  ['71 hours 59 minutes', 1],
  ['72 hours 1 minute', 0],
])('history of %s leaves %i rows', async (age, rows) => {
  await addHistory(await addUpdate('a', OLD), age);
  await forgetOld(database, HOURS);
  expect(await left('history', 'attempts')).toHaveLength(rows);
});

it.each([
  ['335 hours 59 minutes', 1],
  ['336 hours 1 minute', 0],
])('a dead letter of %s leaves %i rows', async (age, rows) => {
  await addDeadLetter(1, await addUpdate('a', OLD), age);
  await forgetOld(database, HOURS);
  expect(await left('dead_letter', 'id')).toHaveLength(rows);
});

it.each([
  ['167 hours 59 minutes', 1],
  ['168 hours 1 minute', 0],
])('an idempotency id of %s leaves %i rows', async (age, rows) => {
  await database.query(
    `INSERT INTO hooktide.idempotency_id (id, digest, accepted_at) VALUES ('i', '', now() - $1::interval)`,
    [age],
  );
  await forgetOld(database, HOURS);
  expect(await left('idempotency_id', 'id')).toHaveLength(rows);
});

it.each([
  ['2159 hours 59 minutes', 1],
  ['2160 hours 1 minute', 0],
])('what was changed %s ago leaves %i rows', async (age, rows) => {
  await database.query(
    `INSERT INTO hooktide.audit (actor, actor_kind, action, at)
     SELECT 'a', 'open', 'webhook.paused', now() - $1::interval FROM generate_series(1, 2500 - 2499 * $2::int)`,
    [age, rows],
  );
  await forgetOld(database, HOURS);
  expect(await left('audit', 'id')).toHaveLength(rows);
});

it('more than a batch goes in one go, and what waits in between stays', async () => {
  await addUpdate('old', OLD, 2_500);
  await addDelivery(await addUpdate('waiting', OLD));
  await addUpdate('old', OLD, 2_500);
  await forgetOld(database, HOURS);
  expect(await left('update', 'request_id')).toEqual(['waiting']);
});

it('two processes that forget at once do not stand in each other’s way', async () => {
  for (let n = 0; n < 5; n += 1) await addHistory(await addUpdate('old', OLD, 1_000), OLD);
  await Promise.all(Array.from({ length: 4 }, () => forgetOld(database, HOURS)));
  expect(await left('update', 'request_id')).toEqual([]);
});

it('a closed lane is forgotten when it is empty and old, an open one never', async () => {
  await database.query(
    `INSERT INTO hooktide.lane (webhook_id, closed_at) VALUES
       ('waits', now() - interval '1 year'), ('open', NULL), ('old', now() - interval '1 year'), ('young', now())`,
  );
  await addDelivery(await addUpdate('a', OLD));
  await forgetOld(database, HOURS);
  expect(await left('lane', 'webhook_id')).toEqual(['open', 'waits', 'young']);
});

it.each([
  ['done', '2159 hours 59 minutes', 1],
  ['canceled', '2160 hours 1 minute', 0],
  ['failed', '2160 hours 1 minute', 0],
  ['paused', '1 year', 1],
])('a job that is %s, for %s, leaves %i rows', async (state, age, rows) => {
  await database.query(
    `INSERT INTO hooktide.job (kind, what, filter, wanted, state, last_id, created_by, created_by_kind, created_at,
                               finished_at)
     SELECT 'replay', 'dead_letters', '{}', '{}', $1, 0, 'a', 'open', now() - $2::interval,
            CASE WHEN $1 <> 'paused' THEN now() - $2::interval END`,
    [state, age],
  );
  await forgetOld(database, HOURS);
  expect(await left('job', 'state')).toHaveLength(rows);
});

it('of all processes one does it, once in ten minutes', async () => {
  await addHistory(await addUpdate('a', OLD), OLD);
  await Promise.all(Array.from({ length: 4 }, () => forgetOldIfDue(database, HOURS)));
  expect(await left('history', 'attempts')).toEqual([]);
  await addHistory(await addUpdate('b', OLD), OLD);
  await forgetOldIfDue(database, HOURS);
  expect(await left('history', 'attempts')).toHaveLength(1);
  await database.query(`UPDATE hooktide.retention SET next_at = now() - interval '1 second'`);
  await forgetOldIfDue(database, HOURS);
  expect(await left('history', 'attempts')).toEqual([]);
});

it('what somebody has locked is left for the next time, and nobody waits for it', async () => {
  const [kept, gone] = [await addUpdate('kept', OLD), await addUpdate('gone', OLD)];
  await addHistory(kept, OLD);
  await addHistory(gone, OLD);
  await addDeadLetter(1, kept, OLD);
  await database.transaction(async (sql) => {
    await sql.query('SELECT FROM hooktide.history WHERE update_id = $1 FOR KEY SHARE', [kept]);
    await sql.query('SELECT FROM hooktide.dead_letter WHERE id = 1 FOR UPDATE');
    await forgetOld(database, HOURS);
  });
  expect(await left('update', 'request_id')).toEqual(['kept']);
  await forgetOld(database, HOURS);
  expect(await left('update', 'request_id')).toEqual([]);
});

it('a large table is gone through in rounds, each from where the one before ended', async () => {
  await addUpdate('old', OLD);
  await database.query(
    `INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, delivered_at, status,
                                   duration_millis)
     SELECT u.id, 1, n, 1, now(), now() - CASE WHEN n % 2 = 0 THEN interval '100 days' ELSE interval '1 hour' END, 200, 1
     FROM hooktide.update AS u, generate_series(1, 20000) AS n`,
  );
  const counts: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await sweepTable(database, HISTORY, 72, { rounds: 4, least: 1 });
    counts.push((await left('history', 'delivery_id')).length);
  }
  const [first, second, third, last] = counts as [number, number, number, number];
  expect(first).toBeLessThan(20_000);
  expect([second < first, third < second, last < third, last]).toEqual([true, true, true, 10_000]);
  // And again from the start.
  await database.query('UPDATE hooktide.history SET delivered_at = delivered_at WHERE delivery_id % 2 = 1');
  await database.query(
    `UPDATE hooktide.history SET delivered_at = now() - interval '100 days' WHERE delivery_id < 100`,
  );
  for (let round = 0; round < 4; round += 1) await sweepTable(database, HISTORY, 72, { rounds: 4, least: 1 });
  expect((await left('history', 'delivery_id')).length).toBe(10_000 - 50);
});
