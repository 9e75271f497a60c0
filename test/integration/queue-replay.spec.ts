import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Database, Sql } from '../../src/database/database.js';
import { Horizon } from '../../src/queue/horizon.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { readHeads } from '../../src/queue/sql/read.js';
import { replayDelivered, replayDropped } from '../../src/queue/sql/replay.js';
import { ALL_IDS } from '../../src/queue/sql/update-ids.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, update } from '../setup/queue.js';

let database: Database;
let clients: pg.Client[];

eachOnItsOwnDatabase((url) => (database = connect(url, 4)));

const CLIENTS = 8;
beforeEach(async () => {
  clients = Array.from({ length: CLIENTS }, () => new pg.Client({ connectionString: database.url }));
  await Promise.all(clients.map((client) => client.connect()));
});
afterEach(() => Promise.all(clients.map((client) => client.end())));

/** A transaction that stays open until the test ends it. */
const over = (client: pg.Client): Sql => ({
  query: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
    (await client.query<Row>(statement, parameters as unknown[])).rows,
});
const LAST = Number.MAX_SAFE_INTEGER;
const NONE = { webhookId: null, updateId: null, requestId: null, type: null, updates: ALL_IDS };
const replayDeadLetter = (sql: Sql, id: number) => replayDropped(sql, { ...NONE, id, reason: null }, LAST, [0, 0]);
const replayHistory = (sql: Sql, requestId: string) =>
  replayDelivered(sql, { ...NONE, requestId, delivery: null }, LAST, [0, 0]);
const readAfter = (laneId: number, afterId: number, limit = 10) =>
  readHeads(database, [{ laneId, revision: 0, afterId, limit, poll: null, isOrdered: true }], [], 1_000_000);

const BURY = `
  WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
  INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
  SELECT id, lane_id, 'w', update_id, subject, 'over_age', 1 FROM gone`;
const DELIVER = `
  WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
  INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
  SELECT update_id, lane_id, id, 1, now(), 200, 1 FROM gone`;

describe('a replay that is slow to commit', () => {
  it.each<[string, string, (sql: Sql) => Promise<unknown>]>([
    ['a dead letter', BURY, (sql) => replayDeadLetter(sql, 1)],
    ['history', DELIVER, (sql) => replayHistory(sql, 'a')],
  ])('of %s is not passed by the horizon, however often is read and enqueued meanwhile', async (_, end, replay) => {
    const lane = await addLane(database);
    await enqueue(database, [update('a', 'slow')], LIMITS);
    await database.query(end);
    const [slow] = clients as [pg.Client];
    await slow.query('BEGIN');
    await replay(over(slow));
    const horizon = new Horizon();
    for (let n = 0; n < 5; n += 1) {
      await enqueue(database, [update('b', 'quick')], LIMITS);
      horizon.note((await readAfter(lane, 0)).snapshot);
    }
    await slow.query('COMMIT');
    const { deliveries } = await readAfter(lane, horizon.id);
    expect(deliveries.filter((delivery) => delivery.update.payload === 'slow')).toMatchObject([
      { subject: expect.stringMatching(/^replay:\d+$/), firstLaneId: lane },
    ]);
  });

  it('loses nothing, however replays, enqueues and their commits fall between the reads', async () => {
    const lane = await addLane(database);
    for (let n = 0; n < 100; n += 1) await enqueue(database, [update('a', `dropped ${n}`)], LIMITS);
    await database.query(BURY);
    const letters = await database.query<{ id: number }>('SELECT id FROM hooktide.dead_letter ORDER BY id');
    await enqueue(
      database,
      Array.from({ length: 50 }, (_, n) => update('h', `arrived ${n}`)),
      LIMITS,
    );
    await database.query(DELIVER);

    let busy = CLIENTS;
    const work = clients.map(async (client, index) => {
      const sql = over(client);
      for (let n = index; n < 100; n += CLIENTS) {
        await client.query('BEGIN');
        if (n % 3 === 0) await enqueue(sql, [update('b', `new ${n}`)], LIMITS);
        await replayDeadLetter(sql, letters[n]?.id ?? 0);
        if (n === 50) await replayHistory(sql, 'h');
        await client.query(`SELECT pg_sleep(random() / 100)`);
        await client.query('COMMIT');
      }
      busy -= 1;
    });
    const seen = new Set<number>();
    const horizon = new Horizon();
    for (let isLast = false; ;) {
      const { deliveries, snapshot } = await readAfter(lane, horizon.id, 1_000);
      for (const { id } of deliveries) seen.add(id);
      horizon.note(snapshot);
      if (isLast) break;
      isLast = busy === 0;
    }
    await Promise.all(work);
    const made = await database.query<{ id: number }>('SELECT id FROM hooktide.delivery ORDER BY id');
    expect(made).toHaveLength(100 + 50 + 34);
    expect([...seen].sort((a, b) => a - b)).toEqual(made.map(({ id }) => id));
  });
});
