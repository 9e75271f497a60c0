import type { ActorKind } from '../../database/audit.js';
import type { Sql } from '../../database/database.js';
import type { JobTask } from './job.js';

/** After so many failures without success in between a job gives up, until somebody resumes it. */
const MOST_FAILURES = 5;
/** The audit log is told of a slow job's work so often at least. */
const TELL_EVERY_SECONDS = 60;
/** Of a fast one's, with each so many. */
const TELL_EACH = 1_000;

/** Until when nothing is due; null: nothing is running. */
const NEXT = `
SELECT (extract(epoch FROM min(next_at) - clock_timestamp()) * 1000)::float8 AS "inMillis"
FROM hooktide.job WHERE state = 'running'`;

/**
 * Whoever has the lock works on the job, for one batch. It needs no lease: with the connection of a process that dies,
 * Postgres gives the lock up, and what the batch did is undone. Those that others work on are passed over.
 */
const TAKE = `
SELECT id, kind, what, filter, wanted, rate_per_second AS "ratePerSecond", last_id AS "lastId", reached, untold,
       started_at IS NULL AS "isNew", created_by AS "createdBy", created_by_kind AS "createdByKind",
       created_from AS "createdFrom"
FROM hooktide.job WHERE state = 'running' AND next_at <= clock_timestamp()
ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`;

/** A process that is stopped in the middle of a batch doesn't keep it for ever. */
const LET_GO = `SET LOCAL idle_in_transaction_session_timeout = '10s'`;

/**
 * Books a batch. The next may begin when the rate allows it, and a job without one rests for as long as it worked, so
 * that the queue has its turn. Answers with what the audit log is to be told of now.
 */
const ADVANCE = `
WITH before AS (
  SELECT untold + $3 AS untold, $5 OR untold + $3 >= ${TELL_EACH}
           OR told_at < now() - interval '${TELL_EVERY_SECONDS} seconds' AS is_time
  FROM hooktide.job WHERE id = $1
)
UPDATE hooktide.job AS j SET
  reached = $2::jsonb, done = j.done + $3, skipped = j.skipped + $4,
  state = CASE WHEN $5 THEN 'done' ELSE j.state END,
  finished_at = CASE WHEN $5 THEN clock_timestamp() END,
  next_at = clock_timestamp() + greatest(
    clock_timestamp() - now(), make_interval(secs => CASE WHEN $3 > 0 THEN $7::float8 / 1000 ELSE 0 END)),
  waits_for = NULL, failures = 0, error = NULL,
  worked_by = $6, worked_at = clock_timestamp(),
  started_at = coalesce(j.started_at, now()), running_since = coalesce(j.running_since, now()),
  untold = CASE WHEN b.is_time THEN 0 ELSE b.untold END,
  told_at = CASE WHEN b.is_time THEN now() ELSE j.told_at END
FROM before AS b WHERE j.id = $1
RETURNING CASE WHEN b.is_time THEN b.untold ELSE 0 END AS tell, j.done, j.skipped`;

const PUT_OFF = `
UPDATE hooktide.job SET waits_for = $2, next_at = now() + make_interval(secs => $3 / 1000.0) WHERE id = $1`;

const FAIL = `
UPDATE hooktide.job SET
  failures = failures + 1, error = $2, waits_for = 'failed_before',
  next_at = now() + interval '1 second' * 2 ^ least(failures, 6),
  state = CASE WHEN failures + 1 >= ${MOST_FAILURES} THEN 'failed' ELSE state END,
  finished_at = CASE WHEN failures + 1 >= ${MOST_FAILURES} THEN now() END
WHERE id = $1 AND state = 'running' RETURNING state = 'failed' AS "isOver"`;

/** What is untold of a job that is being paused or canceled, or has failed. */
const TELL = `
UPDATE hooktide.job AS j SET untold = 0, told_at = now()
FROM (SELECT id, untold FROM hooktide.job WHERE id = $1) AS b WHERE j.id = b.id
RETURNING b.untold, j.kind, j.what, j.filter, j.created_by AS "createdBy", j.created_by_kind AS "createdByKind",
  j.created_from AS "createdFrom"`;

/** Whose work it is, and on what: what the audit log says of it. */
export interface Ordered {
  kind: JobTask['kind'];
  what: JobTask['what'];
  filter: Record<string, unknown>;
  createdBy: string;
  createdByKind: ActorKind;
  createdFrom: string | null;
}

/** A job in the hands of the transaction that asked. */
export type TakenJob = JobTask &
  Ordered & {
    id: number;
    ratePerSecond: number | null;
    lastId: number;
    /** What the batch before left here. */
    reached: unknown;
    isNew: boolean;
  };

/** How a batch went. */
export interface Step {
  reached: unknown;
  done: number;
  skipped: number;
  isLast: boolean;
}

/** What came of booking it. */
export interface Advanced {
  /** So much is to be told the audit log. */
  tell: number;
  /** Altogether. */
  done: number;
  skipped: number;
}

/** How long nothing is to be done, in milliseconds; null: no job is running. */
export async function readNextJob(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ inMillis: number | null }>(NEXT);
  return row?.inMillis ?? null;
}

/** @param sql a transaction, for as long as which the job is the caller's */
export async function takeJob(sql: Sql): Promise<TakenJob | null> {
  await sql.query(LET_GO);
  return (await sql.query<TakenJob>(TAKE))[0] ?? null;
}

/** @param millisApart until the next batch may begin, where this one has done something */
export async function advanceJob(
  sql: Sql,
  id: number,
  step: Step,
  { owner, millisApart }: { owner: string; millisApart: number },
): Promise<Advanced> {
  const { reached, done, skipped, isLast } = step;
  const [row] = await sql.query<Advanced>(ADVANCE, [
    id,
    JSON.stringify(reached),
    done,
    skipped,
    isLast,
    owner,
    millisApart,
  ]);
  return row!;
}

export async function putOffJob(sql: Sql, id: number, millis: number): Promise<void> {
  await sql.query(PUT_OFF, [id, 'too_many_waiting', millis]);
}

/** Notes that a batch came to nothing; answers whether the job has given up. */
export async function failJob(sql: Sql, id: number, error: string): Promise<boolean> {
  return (await sql.query<{ isOver: boolean }>(FAIL, [id, error]))[0]?.isOver ?? false;
}

/** What was done since the audit log was told last, which it is to be told now. */
export async function tellJob(sql: Sql, id: number): Promise<(Ordered & { untold: number }) | null> {
  return (await sql.query<Ordered & { untold: number }>(TELL, [id]))[0] ?? null;
}
