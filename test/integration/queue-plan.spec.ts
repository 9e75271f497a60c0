import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { createDataSource } from '../../src/database/data-source.js';
import { claimNamed, claimOpenLanes, claimProbes } from '../../src/queue/sql/claim.js';
import { writeHealth } from '../../src/queue/sql/health.js';
import { release } from '../../src/queue/sql/lease.js';
import { readHeads, readProbes } from '../../src/queue/sql/read.js';
import { settleDelivered } from '../../src/queue/sql/settle.js';
import { DisabledAction } from '../../src/webhooks/disabled-action.entity.js';
import { Webhook } from '../../src/webhooks/webhook.entity.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { connect, horizonAt, ME, updateOf } from '../setup/queue.js';

let own: TestDatabase;
let database: Database;

/** 5 000 lanes with one failed delivery each, and one lane with 100 000 that wait. */
const FILL = `
INSERT INTO hooktide.lane (webhook_id) SELECT 'w' || n FROM generate_series(1, 5001) AS n;
INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp")
  SELECT webhook_id, id, 'REQUEST', 'http://receiver/', 0 FROM hooktide.lane;
INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
  SELECT 'REQUEST', 's' || n % 1000, 'UPDATED', 's' || n % 1000, now(), '{}' FROM generate_series(1, 1000) AS n;
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from, attempts, tried_at)
  SELECT l.id, u.id, u.subject, now(), 1, now()
  FROM hooktide.lane AS l CROSS JOIN (SELECT * FROM hooktide.update LIMIT 1) AS u WHERE l.id <= 5000;
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT 5001, u.id, u.subject, now() FROM hooktide.update AS u CROSS JOIN generate_series(1, 100);
ANALYZE hooktide.lane, hooktide.webhook, hooktide.delivery, hooktide.update;`;

beforeAll(async () => {
  own = await createTestDatabase();
  database = connect(own.url, 2);
  await database.query(FILL);
});

afterAll(async () => {
  await database.close();
  await own.drop();
});

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

/** Runs what `work` asks for under EXPLAIN ANALYZE, undoes it, and answers with the nodes that touch deliveries. */
async function nodesOf(work: (sql: Sql) => Promise<unknown>): Promise<Node[]> {
  const found: Node[] = [];
  const undo = new Error('undone');
  await database
    .transaction(async (sql) => {
      const explain = async <Row extends object>(statement: string, parameters: readonly unknown[] = []) => {
        const [row] = await sql.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
          `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${statement}`,
          parameters,
        );
        for (const { Plan } of row?.['QUERY PLAN'] ?? []) found.push(...flatten(Plan));
        return [] as Row[];
      };
      await work({ query: explain }).catch(() => undefined);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return found.filter((node) => node['Relation Name'] === 'delivery');
}
const flatten = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
const rowsOf = (nodes: Node[]): number =>
  nodes.reduce(
    (sum, n) => sum + ((n['Actual Rows'] ?? 0) + (n['Rows Removed by Filter'] ?? 0)) * (n['Actual Loops'] ?? 1),
    0,
  );

const PAGE = { poll: new Date(Date.now() - 3_600_000), after: 0, limit: 100 };
const LATER = { ...PAGE, poll: new Date(Date.now() + 3_600_000) };
const BIG = { laneId: 5_001, revision: 0, afterId: 0, limit: 500, poll: LATER.poll, isOrdered: true };
const HELD = { id: 5_001, fence: 0 };

async function releaseHeld(sql: Sql): Promise<void> {
  await database.query(`UPDATE hooktide.lane SET leased_by = $1, leased_until = now() WHERE id = $2`, [
    ME.owner,
    HELD.id,
  ]);
  await release(sql, ME, [HELD], await horizonAt(database, 105_000));
}

describe('with 5 000 lanes that wait and 100 000 deliveries in another', () => {
  it.each<[string, (sql: Sql) => Promise<unknown>, number]>([
    ['the poll’s claim of open lanes, nothing due', (sql) => claimOpenLanes(sql, ME, PAGE), 6_000],
    ['the poll’s claim of open lanes, all due', (sql) => claimOpenLanes(sql, ME, LATER), 6_000],
    ['the poll’s claim of probes', (sql) => claimProbes(sql, ME, LATER.poll, LATER.limit), 6_000],
    ['the claim of named lanes', (sql) => claimNamed(sql, ME, [1, 2, 5_001]), 100],
    ['the read of a head', (sql) => readHeads(sql, [BIG], [], 1_000_000), 2_000],
    ['the settlement', async (sql) => settleDelivered(sql, [await result(5_001)]), 10],
    ['the release', releaseHeld, 10],
    ['the health', (sql) => writeHealth(sql, [{ ...HELD, ...ILL }]), 100],
  ])('%s goes by the index', async (_, work, mostRows) => {
    const nodes = await nodesOf(work);
    expect(nodes.length).toBeGreaterThan(0);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(rowsOf(nodes)).toBeLessThanOrEqual(mostRows);
  });

  it('the poll’s claim of probes goes by the index when all lanes are failing', async () => {
    const nodes = await nodesOf(async (sql) => {
      await database.query(`UPDATE hooktide.lane SET failing_since = now(), failed_subjects = '{s1,s2}'`);
      await database.query('ANALYZE hooktide.lane');
      return claimProbes(sql, ME, LATER.poll, LATER.limit);
    });
    await database.query(`UPDATE hooktide.lane SET failing_since = NULL, failed_subjects = '{}'`);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(rowsOf(nodes)).toBeLessThanOrEqual(6_000);
  });

  it('the read of a probe looks at no more than a page of the lane', async () => {
    const nodes = await nodesOf((sql) => readProbes(sql, [{ ...BIG, limit: 1 }], 1_000_000));
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(rowsOf(nodes)).toBeLessThanOrEqual(2_000);
  });
});

const ILL = { revision: 0, failedSubjects: ['s1'], succeeded: false, restMillis: null, gone: false };
const result = async (laneId: number) => ({
  laneId,
  fence: 0,
  id: 6_000,
  updateId: await updateOf(database, 6_000),
  outcome: { reason: 'delivered' as const, status: 200, detail: '', durationMillis: 1 },
  attempts: 1,
  refusals: 0,
  retryInMillis: null,
  revision: 0,
});

const byName = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));

describe('the entities of the registry', () => {
  it('have the columns that the migrations made, and no others', async () => {
    const dataSource = await createDataSource(own.url, [Webhook, DisabledAction]).initialize();
    const declared = dataSource.entityMetadatas.flatMap(({ tableName, columns }) =>
      columns.map((column) => ({
        table_name: tableName,
        column_name: column.databaseName,
        data_type: column.isArray ? 'ARRAY' : dataSource.driver.normalizeType(column),
        is_nullable: column.isNullable ? 'YES' : 'NO',
      })),
    );
    const drift = (await dataSource.driver.createSchemaBuilder().log()).upQueries;
    await dataSource.destroy();
    const made = await database.query(
      `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
       WHERE table_schema = 'hooktide' AND table_name = ANY ($1) AND is_generated = 'NEVER'`,
      [['webhook', 'disabled_action']],
    );
    expect(declared.sort(byName)).toEqual(made.sort(byName));
    expect(drift).toEqual([]);
  });
});
