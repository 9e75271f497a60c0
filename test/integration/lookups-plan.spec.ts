import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { listDeadLetters } from '../../src/queue/sql/dead-letters.js';
import { findDelivery, listDeliveries, listDeliveriesOf, type DeliveryFilter } from '../../src/queue/sql/deliveries.js';
import { listLeftOut } from '../../src/queue/sql/left-out.js';
import { replayDelivered, replayDropped } from '../../src/queue/sql/replay.js';
import { ALL_IDS } from '../../src/queue/sql/update-ids.js';
import { findUpdate, listUpdates } from '../../src/queue/sql/updates.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { planOf, rowsOf } from '../setup/plan.js';
import { connect } from '../setup/queue.js';

let own: TestDatabase;
let database: Database;
let wide = '';

/**
 * 5 000 webhooks, and 5 000 more that got nothing; one update owed to each of the first, of which some have it, some
 * wait and some were dropped; and 10 000 updates owed to the first webhook ten times over, of which every tenth waits or was dropped, the rest arrived.
 */
const FILL = `
INSERT INTO hooktide.lane (webhook_id) SELECT 'w' || n FROM generate_series(1, 10000) AS n;
INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp")
  SELECT webhook_id, id, CASE WHEN id <= 5000 THEN 'REQUEST' ELSE 'TASK' END, 'http://receiver/', 0 FROM hooktide.lane;
INSERT INTO hooktide.update (type, request_id, client_id, state, subject, occurred_at, payload)
  SELECT 'REQUEST', 's' || n % 1000, 'u' || n, 'UPDATED', 's' || n % 1000, now(), '{}' FROM generate_series(1, 10000) AS n;
INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
  VALUES ('REQUEST', 'wide', 'UPDATED', 'wide', now(), '{}');
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT l.id, u.id, 'wide', now() FROM hooktide.lane AS l JOIN hooktide.update AS u ON u.request_id = 'wide' WHERE l.id <= 5000;
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT 1, id, subject, now() FROM hooktide.update CROSS JOIN generate_series(1, 10) WHERE request_id <> 'wide';
WITH gone AS (DELETE FROM hooktide.delivery WHERE id % 10 > 1 RETURNING *)
  INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
  SELECT update_id, lane_id, id, 1, now(), 200, 1 FROM gone;
WITH gone AS (DELETE FROM hooktide.delivery WHERE id % 10 = 1 RETURNING *)
  INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
  SELECT g.id, lane_id, webhook_id, update_id, subject, 'over_cap', 0 FROM gone AS g JOIN hooktide.lane AS l ON l.id = lane_id;
ANALYZE hooktide.lane, hooktide.webhook, hooktide.delivery, hooktide.update, hooktide.history, hooktide.dead_letter;`;

beforeAll(async () => {
  own = await createTestDatabase();
  database = connect(own.url, 2);
  await database.query(FILL);
  const [row] = await database.query<{ id: string }>(`SELECT id FROM hooktide.update WHERE request_id = 'wide'`);
  wide = row?.id ?? '';
});

afterAll(async () => {
  await database.close();
  await own.drop();
});

const TABLES = ['delivery', 'history'];
const NONE = { type: null, requestId: null, updateId: null };
const ALL: DeliveryFilter = { ...NONE, webhookId: null, state: null, updates: { ...ALL_IDS, isBounded: false } };
const list = (filter: Partial<DeliveryFilter>) => (sql: Sql) =>
  listDeliveries(sql, { ...ALL, ...filter }, Number.MAX_SAFE_INTEGER, 101);
const letters = { ...NONE, id: null, webhookId: null, reason: null, updates: ALL_IDS };
const arrived = { ...NONE, delivery: null, webhookId: null, updates: ALL_IDS };
const LAST = 1_000_000;

describe('with 10 000 webhooks, half of which got one update', () => {
  it.each<[string, (sql: Sql) => Promise<unknown>, number]>([
    ['the update', (sql) => findUpdate(sql, wide, true), 5_100],
    ['what became of it, for a page of webhooks', (sql) => listDeliveriesOf(sql, wide, null, 2_000, 101), 6_500],
    ['what became of it, for one webhook', (sql) => listDeliveriesOf(sql, wide, ['w77', 'w77'], 0, 101), 6_500],
    ['the webhooks that got nothing', (sql) => listLeftOut(sql, ['client'], wide, null, '', 101), 5_100],
    ['a page of deliveries', list({}), 20_000],
    ['those of one webhook', list({ webhookId: ['w1', 'w1'] }), 2_000],
    ['those that wait', list({ state: 'waiting' }), 12_000],
    ['those of one type', list({ type: 'TASK' }), 0],
    ['those of one request', list({ requestId: 's7' }), 1_000],
    ['those of one update', list({ updateId: 'u7' }), 1_000],
    ['one delivery', (sql) => findDelivery(sql, 12_345), 200],
    [
      'the replay of one',
      (sql) => replayDelivered(sql, { ...arrived, delivery: { laneId: 1, id: 5_005 } }, LAST, [0, 0]),
      10,
    ],
    ['the replay of one request', (sql) => replayDelivered(sql, { ...arrived, requestId: 's7' }, LAST, [0, 0]), 1_000],
    [
      'the replay of one webhook',
      (sql) => replayDelivered(sql, { ...arrived, webhookId: ['w1'] }, LAST, [0, 0]),
      2_000,
    ],
  ])('%s is looked up by indexes', async (_, work, mostRows) => {
    const nodes = await planOf(database, TABLES, work);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(rowsOf(nodes)).toBeLessThanOrEqual(mostRows);
  });

  it.each<[string, (sql: Sql) => Promise<unknown>]>([
    ['updates', (sql) => listUpdates(sql, { ...NO_UPDATE, requestId: 's7' }, ALL_IDS, 101)],
    ['dead letters', (sql) => listDeadLetters(sql, letters, 0, 101)],
  ])('a page of %s is looked up by indexes', async (_, work) => {
    const nodes = await planOf(database, ['update', 'dead_letter', ...TABLES], work);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(rowsOf(nodes)).toBeLessThanOrEqual(2_000);
  });

  it('the replay of one dead letter looks at it alone', async () => {
    const nodes = await planOf(database, ['dead_letter'], (sql) =>
      replayDropped(sql, { ...letters, id: 11 }, LAST, [0, 0]),
    );
    expect(nodes.length).toBeGreaterThan(0);
    expect(rowsOf(nodes)).toBeLessThanOrEqual(10);
  });

  it('all that became of it is gone through in pages, each at once', async () => {
    const states: Record<string, number> = {};
    let slowest = 0;
    const timed = async <T>(read: () => Promise<T>): Promise<T> => {
      const began = performance.now();
      const rows = await read();
      slowest = Math.max(slowest, performance.now() - began);
      return rows;
    };
    for (let after = 0; ;) {
      const rows = await timed(() => listDeliveriesOf(database, wide, null, after, 1_000));
      for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
      after = rows.at(-1)?.id ?? 0;
      if (rows.length < 1_000) break;
    }
    for (let after = ''; ;) {
      const rows = await timed(() => listLeftOut(database, ['client'], wide, null, after, 1_000));
      states['none'] = (states['none'] ?? 0) + rows.length;
      after = rows.at(-1)?.webhookId ?? '';
      if (rows.length < 1_000) break;
    }
    expect(states).toEqual({ waiting: 500, delivered: 4_000, dropped: 500, none: 5_000 });
    // Some 30 ms; a busy machine takes its time.
    expect(slowest).toBeLessThan(1_000);
  });
});

const NO_UPDATE = { type: null, requestId: null, deployId: null, taskId: null, application: null, id: null };
