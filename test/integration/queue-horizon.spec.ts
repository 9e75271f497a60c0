import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Database, Sql } from '../../src/database/database.js';
import { Horizon } from '../../src/queue/horizon.js';
import { claimNamed } from '../../src/queue/sql/claim.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { release } from '../../src/queue/sql/lease.js';
import { readHeads } from '../../src/queue/sql/read.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, ME, update } from '../setup/queue.js';
import { until } from '../setup/until.js';

let database: Database;
let ingest: pg.Client;
let sql: Sql;

eachOnItsOwnDatabase((url) => (database = connect(url, 4)));

beforeEach(async () => {
  ingest = new pg.Client({ connectionString: database.url });
  await ingest.connect();
  sql = {
    query: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await ingest.query<Row>(statement, parameters as unknown[])).rows,
  };
});

afterEach(async () => {
  await ingest.end();
});

const readAfter = (laneId: number, afterId: number) =>
  readHeads(database, [{ laneId, revision: 0, afterId, limit: 10, poll: null, isOrdered: true }], [], 1_000_000);

describe('the horizon over an ingest that is slow to commit', () => {
  it('stays before its deliveries, however often is read meanwhile', async () => {
    const lane = await addLane(database);
    await ingest.query('BEGIN');
    await enqueue(sql, [update('a', 'slow')], LIMITS);
    const horizon = new Horizon();
    for (let n = 0; n < 5; n += 1) horizon.note((await readAfter(lane, 0)).snapshot);
    await ingest.query('COMMIT');
    const { deliveries } = await readAfter(lane, horizon.id);
    expect(deliveries.map((delivery) => delivery.update.payload)).toEqual(['slow']);
  });

  it('lets no lane be handed back with a floor above them', async () => {
    const lane = await addLane(database);
    await enqueue(database, [update('a', 'first')], LIMITS);
    const [held] = await claimNamed(database, ME, [lane]);
    await database.query('DELETE FROM hooktide.delivery');
    await ingest.query('BEGIN');
    await enqueue(sql, [update('a', 'slow')], LIMITS);
    const horizon = new Horizon();
    for (let n = 0; n < 5; n += 1) horizon.note((await readAfter(lane, 0)).snapshot);
    await release(database, ME, [{ id: lane, fence: held?.fence ?? 0 }], horizon);
    await ingest.query('COMMIT');
    expect(await claimNamed(database, ME, [lane])).toHaveLength(1);
  });

  it('passes them once it has committed', async () => {
    const lane = await addLane(database);
    await ingest.query('BEGIN');
    await enqueue(sql, [update('a', 'slow')], LIMITS);
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
