import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { Database, type Sql } from '../../src/database/database.js';
import { Horizon } from '../../src/queue/horizon.js';
import { claimNamed } from '../../src/queue/sql/claim.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { release } from '../../src/queue/sql/lease.js';
import { readHeads } from '../../src/queue/sql/read.js';
import type { Update } from '../../src/updates/update.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { until } from '../setup/until.js';

let own: TestDatabase;
let database: Database;
let ingest: pg.Client;
let sql: Sql;

beforeEach(async () => {
  own = await createTestDatabase();
  database = new Database(own.url, 4, () => undefined);
  ingest = new pg.Client({ connectionString: own.url });
  await ingest.connect();
  sql = {
    query: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await ingest.query<Row>(statement, parameters as unknown[])).rows,
  };
});

afterEach(async () => {
  await ingest.end();
  await database.close();
  await own.drop();
});

const LIMITS = { maxFanOut: 1_000, idempotencyHours: 168 };
const LEASE = { owner: 'me', leaseMillis: 30_000 };
const update = (payload: string): Update => ({
  type: 'REQUEST',
  requestId: 'a',
  state: 'UPDATED',
  subject: 'a',
  occurredAtMillis: Date.now(),
  payload,
});
const addLane = async (): Promise<number> => {
  const [lane] = await database.query<{ id: number }>(
    `WITH l AS (INSERT INTO hooktide.lane (webhook_id) VALUES ('w') RETURNING id), w AS (
       INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp")
       SELECT 'w', id, 'REQUEST', 'http://receiver/', 0 FROM l)
     SELECT id FROM l`,
  );
  return lane?.id ?? 0;
};
const readAfter = (laneId: number, afterId: number) =>
  readHeads(database, [{ laneId, afterId, limit: 10, poll: null }], [], 1_000_000);

describe('the horizon over an ingest that is slow to commit', () => {
  it('stays before its deliveries, however often is read meanwhile', async () => {
    const lane = await addLane();
    await ingest.query('BEGIN');
    await enqueue(sql, [update('slow')], LIMITS);
    const horizon = new Horizon();
    for (let n = 0; n < 5; n += 1) horizon.note((await readAfter(lane, 0)).snapshot);
    await ingest.query('COMMIT');
    const { deliveries } = await readAfter(lane, horizon.id);
    expect(deliveries.map(({ payload }) => payload)).toEqual(['slow']);
  });

  it('lets no lane be handed back with a floor above them', async () => {
    const lane = await addLane();
    await enqueue(database, [update('first')], LIMITS);
    const [held] = await claimNamed(database, LEASE, [lane]);
    await database.query('DELETE FROM hooktide.delivery');
    await ingest.query('BEGIN');
    await enqueue(sql, [update('slow')], LIMITS);
    const horizon = new Horizon();
    for (let n = 0; n < 5; n += 1) horizon.note((await readAfter(lane, 0)).snapshot);
    await release(database, [{ id: lane, fence: held?.fence ?? 0, horizon: horizon.id }]);
    await ingest.query('COMMIT');
    expect(await claimNamed(database, LEASE, [lane])).toHaveLength(1);
  });

  it('passes them once it has committed', async () => {
    const lane = await addLane();
    await ingest.query('BEGIN');
    await enqueue(sql, [update('slow')], LIMITS);
    const horizon = new Horizon();
    horizon.note((await readAfter(lane, 0)).snapshot);
    await ingest.query('COMMIT');
    await until(async () => {
      horizon.note((await readAfter(lane, 0)).snapshot);
      return horizon.id > 0;
    });
    expect(horizon.id).toBe(1);
  });
});
