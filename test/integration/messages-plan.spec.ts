import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { countMessages } from '../../src/queue/sql/message-counts.js';
import { findMessage, listMessageIds, listMessages, type MessageFilter } from '../../src/queue/sql/messages.js';
import { listProcesses } from '../../src/queue/sql/processes.js';
import { ALL_IDS } from '../../src/queue/sql/update-ids.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { planOf, rowsOf } from '../setup/plan.js';
import { connect } from '../setup/queue.js';

let own: TestDatabase;
let database: Database;
const MESSAGES = 20_000;

/**
 * Messages to 100 origins, of which one in 512 waits, one in 512 failed, and the rest arrived; and as many updates to 100
 * webhooks, of which one in eight waits, one in eight was dropped, and the rest arrived. 100 processes hold the lanes.
 */
const FILL = `
INSERT INTO hooktide.lane (webhook_id)
  SELECT CASE WHEN n <= 100 THEN 'message:http://host-' || n ELSE 'w' || n END FROM generate_series(1, 200) AS n;
INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", origin)
  SELECT webhook_id, id, CASE WHEN id <= 100 THEN 'MESSAGE' ELSE 'REQUEST' END, 'http://receiver/', 0,
         CASE WHEN id <= 100 THEN 'message' ELSE 'client' END FROM hooktide.lane;
INSERT INTO hooktide.update (type, request_id, client_id, state, subject, occurred_at, payload, direct)
  SELECT t.type, 'job' || n, CASE WHEN t.type = 'MESSAGE' THEN 'job' || n END, 'UPDATED', 's', now(), '{}',
         CASE WHEN t.type = 'MESSAGE' THEN jsonb_build_object('uri', 'http://host-' || n % 100 || '/', 'group', 'g' || n % 10,
           'retry', '{"policy":"constant","delayMillis":1}'::jsonb) END
  FROM generate_series(1, ${MESSAGES}) AS n CROSS JOIN (VALUES ('MESSAGE'), ('REQUEST')) AS t(type);
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT l.id, u.id, u.request_id, now() FROM hooktide.update AS u
  JOIN hooktide.lane AS l ON l.id = 1 + (hashtext(u.request_id) & 63) + CASE u.type WHEN 'MESSAGE' THEN 0 ELSE 100 END;
WITH gone AS (
  DELETE FROM hooktide.delivery WHERE hashint8(id) & CASE WHEN lane_id <= 100 THEN 511 ELSE 7 END > 1 RETURNING *
)
  INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
  SELECT update_id, lane_id, id, 1, now(), 200, 1 FROM gone;
WITH gone AS (
  DELETE FROM hooktide.delivery WHERE hashint8(id) & 1 = 1 RETURNING *
)
  INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
  SELECT g.id, lane_id, webhook_id, update_id, subject, 'attempts_exhausted', 4
  FROM gone AS g JOIN hooktide.lane AS l ON l.id = lane_id;
INSERT INTO hooktide.process (id, host, pid, version, roles) SELECT 'p' || n, 'h', n, '1', '{}' FROM generate_series(1, 100) AS n;
UPDATE hooktide.lane SET leased_by = 'p' || id, leased_until = now() + interval '1 hour' WHERE id <= 100;
ANALYZE hooktide.lane, hooktide.webhook, hooktide.delivery, hooktide.update, hooktide.history, hooktide.dead_letter;`;

beforeAll(async () => {
  own = await createTestDatabase();
  database = connect(own.url, 2);
  await database.query(FILL, [], { timeoutMillis: 60_000 });
}, 60_000);

afterAll(async () => {
  await database.close();
  await own.drop();
});

const TABLES = ['update', 'delivery', 'history', 'dead_letter'];
const ALL: MessageFilter = { status: null, group: null, tag: null, uri: null, updates: ALL_IDS };
const list =
  (filter: Partial<MessageFilter> = {}) =>
  (sql: Sql) =>
    listMessages(sql, { ...ALL, ...filter }, 101);

describe('among 20 000 messages and as many updates', () => {
  it.each<[string, (sql: Sql) => Promise<unknown>, number]>([
    ['a page of the newest', list(), 600],
    ['a page of those that are finished', list({ status: 'finished' }), 800],
    ['one by its job id', (sql) => findMessage(sql, 'job777', true), 10],
    ['one by its update', (sql) => findMessage(sql, '01a1f9c3-7a00-7f65-abaf-1e1f7916a86e', false), 0],
  ])('%s is looked up by indexes', async (_, work, mostRows) => {
    const nodes = await planOf(database, TABLES, work);
    expect(nodes.length).toBeGreaterThan(0);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(rowsOf(nodes)).toBeLessThanOrEqual(mostRows);
  });

  it.each<[string, (sql: Sql) => Promise<unknown>, number]>([
    // What waits and what was dropped is gone through, and not what arrived.
    ['those that failed', list({ status: 'failed' }), 6_000],
    ['those that wait', list({ status: 'queued' }), 6_000],
    ['the ids of those that failed', (sql) => listMessageIds(sql, { ...ALL, status: 'failed' }, 1_000), 6_000],
    ['those of a group', list({ group: 'g7' }), 2_500],
    // Each once, without the rest of what is known of it.
    ['those of a group that there is not', list({ group: 'nope' }), 20_000],
    ['those to a uri', list({ uri: 'http://host-7/*' }), 20_000],
  ])('a page of %s looks at no more than it must', async (_, work, mostRows) => {
    const nodes = await planOf(database, TABLES, work);
    expect(nodes.length).toBeGreaterThan(0);
    expect(rowsOf(nodes)).toBeLessThanOrEqual(mostRows);
  });

  it('they are counted by their lanes', async () => {
    const nodes = await planOf(database, ['delivery', 'history', 'dead_letter'], countMessages);
    expect(rowsOf(nodes)).toBeLessThanOrEqual(25_000);
    const { isExact, ...counts } = await countMessages(database);
    expect([Object.values(counts).reduce((sum, count) => sum + count, 0), isExact]).toEqual([MESSAGES, true]);
  });

  it('who holds which lanes is gathered once', async () => {
    const nodes = await planOf(database, ['lane'], (sql) => listProcesses(sql, '', 101));
    expect(rowsOf(nodes)).toBe(200);
    expect(await listProcesses(database, 'p1', 1)).toMatchObject([{ id: 'p10', lanes: 1, isAlive: true }]);
  });
});
