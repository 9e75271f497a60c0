import type { Actor } from '../../database/audit.js';
import type { Sql } from '../../database/database.js';
import type { DeadLetterFilter } from './dead-letters.js';
import type { EraseFilter } from './erase.js';
import type { DeliveredFilter } from './replay.js';

export const JOB_STATES = ['running', 'paused', 'done', 'canceled', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Why a running job does nothing at the moment. */
export type JobWait = 'too_many_waiting' | 'failed_before';

/** What a job does, and with what. */
export type JobTask =
  | { kind: 'replay' | 'discard'; what: 'dead_letters'; wanted: DeadLetterFilter }
  | { kind: 'replay'; what: 'deliveries'; wanted: DeliveredFilter }
  | { kind: 'erase'; what: 'request'; wanted: EraseFilter };

/** How many there are; beyond what is counted there are more. */
export interface Counted {
  count: number;
  isExact: boolean;
}

/** A job that is to be. */
export type NewJob = JobTask & {
  /** As it was given. */
  filter: Record<string, unknown>;
  /** Null: as fast as it goes. */
  ratePerSecond: number | null;
  /** Null: nobody could count it in time. */
  total: Counted | null;
  /** It does nothing before somebody resumes it. */
  isPaused: boolean;
};

/** A job as it stands. */
export interface JobRow {
  id: number;
  kind: JobTask['kind'];
  what: JobTask['what'];
  filter: Record<string, unknown>;
  ratePerSecond: number | null;
  state: JobState;
  total: number | null;
  isTotalExact: boolean;
  done: number;
  skipped: number;
  waitsFor: JobWait | null;
  error: string | null;
  /** In milliseconds, from the start or the last resume to the last batch. */
  ranMillis: number | null;
  /** What was done before that start or resume. */
  doneBefore: number;
  /** When the next batch may begin, in milliseconds from now. */
  nextInMillis: number;
  /** The process that did the last batch. */
  workedBy: string | null;
  workedAt: Date | null;
  createdAt: Date;
  createdBy: string;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** By Postgres' clock. */
  now: Date;
}

const COLUMNS = `id, kind, what, filter, rate_per_second AS "ratePerSecond", state, total, is_total_exact AS "isTotalExact",
  done, skipped, waits_for AS "waitsFor", error,
  (extract(epoch FROM worked_at - running_since) * 1000)::float8 AS "ranMillis", done_before AS "doneBefore",
  greatest(0, extract(epoch FROM next_at - clock_timestamp()) * 1000)::float8 AS "nextInMillis",
  worked_by AS "workedBy", worked_at AS "workedAt", created_at AS "createdAt", created_by AS "createdBy",
  started_at AS "startedAt", finished_at AS "finishedAt", clock_timestamp() AS now`;

const CREATE = `
INSERT INTO hooktide.job (kind, what, filter, wanted, rate_per_second, total, is_total_exact, state, last_id, created_by,
                          created_by_kind, created_from)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, last_value, $9, $10, $11 FROM hooktide.delivery_id_seq
RETURNING ${COLUMNS}`;

const LIST = `SELECT ${COLUMNS} FROM hooktide.job WHERE id < $1 ORDER BY id DESC LIMIT $2`;
const FIND = `SELECT ${COLUMNS} FROM hooktide.job WHERE id = $1`;

/** A batch that is under way is waited for: after this no other begins. */
const LOCK = `SELECT state FROM hooktide.job WHERE id = $1 FOR UPDATE`;

const TURN = `
UPDATE hooktide.job SET
  state = $2,
  finished_at = CASE WHEN $2 = 'canceled' THEN now() END,
  waits_for = NULL, failures = 0,
  error = CASE WHEN $2 = 'running' THEN NULL ELSE error END,
  next_at = CASE WHEN $2 = 'running' THEN now() ELSE next_at END,
  running_since = CASE WHEN $2 = 'running' THEN NULL ELSE running_since END,
  worked_at = CASE WHEN $2 = 'running' THEN NULL ELSE worked_at END,
  done_before = CASE WHEN $2 = 'running' THEN done ELSE done_before END
WHERE id = $1 RETURNING ${COLUMNS}`;

/** Finished ones, whatever became of them. */
const FORGET = `
DELETE FROM hooktide.job WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.job WHERE finished_at < now() - make_interval(hours => $1) LIMIT 1000 FOR UPDATE SKIP LOCKED))
RETURNING 1`;

export async function createJob(sql: Sql, job: NewJob, by: Actor): Promise<JobRow> {
  const { kind, what, filter, wanted, ratePerSecond, total, isPaused } = job;
  const texts = [JSON.stringify(filter), JSON.stringify(wanted)];
  const counted = [total?.count ?? null, total?.isExact ?? false];
  const state = isPaused ? 'paused' : 'running';
  const values = [kind, what, ...texts, ratePerSecond, ...counted, state, by.name, by.kind, by.address];
  const [row] = await sql.query<JobRow>(CREATE, values);
  return row!;
}

/** With ids below `before`, newest first. */
export function listJobs(sql: Sql, before: number, limit: number): Promise<JobRow[]> {
  return sql.query(LIST, [before, limit]);
}

export async function findJob(sql: Sql, id: number): Promise<JobRow | null> {
  return (await sql.query<JobRow>(FIND, [id]))[0] ?? null;
}

/** The state of a job that nobody works on until the transaction ends; null: there is none. */
export async function lockJob(sql: Sql, id: number): Promise<JobState | null> {
  return (await sql.query<{ state: JobState }>(LOCK, [id]))[0]?.state ?? null;
}

/** Has a job that the caller has locked go on, pause or end. */
export async function turnJob(sql: Sql, id: number, state: 'running' | 'paused' | 'canceled'): Promise<JobRow> {
  const [row] = await sql.query<JobRow>(TURN, [id, state]);
  return row!;
}

/** Forgets a batch of jobs that have ended so long ago; answers with how many there were. */
export async function forgetJobs(sql: Sql, hours: number): Promise<number> {
  return (await sql.query(FORGET, [hours])).length;
}
