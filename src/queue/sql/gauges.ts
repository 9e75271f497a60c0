import type { Sql } from '../../database/database.js';
import { IS_ORDERED } from './target.js';
import { failing } from './waiting.js';

/** A table of no more blocks is read as a whole, one after the other: 16 MB. Of a larger one a few, here and there. */
const MOST_BLOCKS = 2_000;
const SAMPLED_BLOCKS = 500;

/** How much of a table is read, in percent, to say what is in all of it. An expression. */
export function percentOf(table: 'delivery' | 'dead_letter'): string {
  const blocks = `(pg_relation_size('hooktide.${table}') / current_setting('block_size')::int)`;
  return `(CASE WHEN ${blocks} <= ${MOST_BLOCKS} THEN 100 ELSE ${SAMPLED_BLOCKS} * 100.0 / ${blocks} END)::float4`;
}

/** So much of a table. The same blocks each time: they stay in memory, and what is estimated by them doesn't jump. */
export function sampleOf(table: 'delivery' | 'dead_letter'): string {
  return `hooktide.${table} TABLESAMPLE SYSTEM (${percentOf(table)}) REPEATABLE (0)`;
}

/** In the order of `stateOf` in webhooks/webhook-state.ts, which explains one. */
const STATES = `
SELECT w.type, CASE
    WHEN w.paused_at IS NOT NULL THEN 'paused'
    WHEN w.disabled_at IS NOT NULL THEN 'disabled'
    WHEN l.resting_until > now() THEN 'resting'
    WHEN ${failing(IS_ORDERED)} THEN 'failing'
    WHEN l.resting_until IS NOT NULL THEN 'resting'
    ELSE 'open' END AS state, count(*) AS count
FROM hooktide.webhook AS w JOIN hooktide.lane AS l ON l.id = w.lane_id
GROUP BY 1, 2`;

const DEAD_LETTERS = `
SELECT reason, (count(*) * 100 / ${percentOf('dead_letter')})::float8 AS count
FROM ${sampleOf('dead_letter')} GROUP BY reason`;

const PROCESSES = `
SELECT role, count(*) AS count FROM hooktide.process CROSS JOIN unnest(roles) AS role
WHERE seen_at > now() - interval '30 seconds' GROUP BY role`;

const JOBS = `
SELECT kind, state, count(*) AS count FROM hooktide.job WHERE state IN ('running', 'paused', 'failed') GROUP BY kind, state`;

/** Rows as the statistics have them, which follow every write, else as the last vacuum had them. */
const TABLES = `
SELECT c.relname AS name, pg_total_relation_size(c.oid)::float8 AS bytes,
       coalesce(nullif(pg_stat_get_live_tuples(c.oid), 0), greatest(c.reltuples, 0))::float8 AS rows
FROM pg_class AS c WHERE c.relnamespace = 'hooktide'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname`;

export interface CountedStates {
  type: string;
  state: string;
  count: number;
}

export interface CountedJobs {
  kind: string;
  state: string;
  count: number;
}

export interface TableSize {
  name: string;
  /** With indexes and long values. */
  bytes: number;
  /** Postgres' estimate. */
  rows: number;
}

/** Webhooks by type and by what they are doing. */
export function countStates(sql: Sql): Promise<CountedStates[]> {
  return sql.query(STATES);
}

/** Dead letters by why: of many, an estimate. */
export function countDeadLetters(sql: Sql): Promise<{ reason: string; count: number }[]> {
  return sql.query(DEAD_LETTERS);
}

/** Processes that were heard of within 30 seconds: one of both roles counts for each. */
export function countProcesses(sql: Sql): Promise<{ role: string; count: number }[]> {
  return sql.query(PROCESSES);
}

/** Jobs that are not over, and those that failed. */
export function countJobs(sql: Sql): Promise<CountedJobs[]> {
  return sql.query(JOBS);
}

export function readTableSizes(sql: Sql): Promise<TableSize[]> {
  return sql.query(TABLES);
}
