import type { Database } from '../../database/database.js';
import { forgetOrigins } from './forget-origins.js';
import { forgetJobs } from './job.js';
import { forgetProcesses } from './processes.js';
import { restingAfter, sweepTable, type Swept } from './sweep.js';

/** So many rows go in one statement. */
const BATCH = 2_000;
/** What is old is looked for so often, by one process of all. */
const ROUND_SECONDS = 600;
/** A large table is gone through so often within the time that its rows are kept: they may stay that much longer. */
const TIMES_IN_A_LIFE = 24;

/** Whoever finds the time come does it; the others find it gone. */
const CLAIM = `
UPDATE hooktide.retention SET next_at = now() + interval '${ROUND_SECONDS} seconds'
WHERE what = 'all' AND (next_at <= now() OR next_at > now() + interval '${2 * ROUND_SECONDS} seconds')
RETURNING 1`;

const OLD = (time: string): string => `${time} < now() - make_interval(hours => $3)`;

export const HISTORY: Swept = { table: 'history', old: OLD('t.delivered_at') };
const IDS: Swept = { table: 'idempotency_id', old: OLD('t.accepted_at') };
/** Of tasks that ended, as history; of others after a year. */
const TASKS: Swept = {
  table: 'task_state',
  old: `t.changed_at < now() - make_interval(hours => CASE WHEN t.state IN ('STOPPED', 'CRASHED') THEN $3 ELSE 8760 END)`,
};
/** How often a container was started counts anew when it wasn't for 30 days. */
const CONTAINERS: Swept = { table: 'container', old: OLD('t.started_at') };
const CONTAINER_HOURS = 720;
/** Updates that nothing speaks of any more. Whatever waits, however old, keeps its update. */
const UPDATES: Swept = {
  table: 'update',
  old: `${OLD('t.accepted_at')}
    AND NOT EXISTS (SELECT FROM hooktide.dead_letter AS l WHERE l.update_id = t.id)
    AND NOT EXISTS (SELECT FROM hooktide.history AS h WHERE h.update_id = t.id)
    AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.update_id = t.id)`,
};

const OLD_DEAD_LETTERS = `
DELETE FROM hooktide.dead_letter WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.dead_letter WHERE dropped_at < now() - make_interval(hours => $1)
  ORDER BY dropped_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
RETURNING 1`;

const OLD_AUDIT = `
DELETE FROM hooktide.audit WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.audit WHERE at < now() - make_interval(hours => $1)
  ORDER BY at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
RETURNING 1`;

const EMPTY_CLOSED_LANES = `
DELETE FROM hooktide.lane WHERE id = ANY (ARRAY(
  SELECT l.id FROM hooktide.lane AS l
  WHERE l.closed_at < now() - make_interval(hours => $1)
    AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.lane_id = l.id)
  LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
RETURNING 1`;

export interface Retention {
  deadLetterHours: number;
  historyHours: number;
  idempotencyHours: number;
  auditHours: number;
}

/** Does it if no process has done it lately. */
export async function forgetOldIfDue(database: Database, hours: Retention): Promise<void> {
  if ((await database.query(CLAIM)).length > 0) await forgetOld(database, hours);
}

/**
 * Deletes what is kept no longer: in batches that hold short locks and short snapshots, wait for nobody, and rest between
 * as long as they took.
 */
export async function forgetOld(database: Database, hours: Retention): Promise<void> {
  await sweepFor(database, HISTORY, hours.historyHours);
  await inBatches(database, OLD_DEAD_LETTERS, hours.deadLetterHours);
  await sweepFor(database, IDS, hours.idempotencyHours);
  await inBatches(database, OLD_AUDIT, hours.auditHours);
  while ((await forgetJobs(database, hours.auditHours)) > 0);
  await sweepFor(database, TASKS, hours.historyHours);
  await sweepFor(database, CONTAINERS, CONTAINER_HOURS);
  await sweepFor(database, UPDATES, hours.historyHours);
  await forgetOrigins(database);
  await forgetProcesses(database);
  await inBatches(database, EMPTY_CLOSED_LANES, hours.deadLetterHours + hours.historyHours);
}

function sweepFor(database: Database, swept: Swept, hours: number): Promise<void> {
  const rounds = Math.max(1, Math.floor((hours * 3_600) / TIMES_IN_A_LIFE / ROUND_SECONDS));
  return sweepTable(database, swept, hours, { rounds });
}

async function inBatches(database: Database, statement: string, hours: number): Promise<void> {
  while ((await restingAfter(() => database.query(statement, [hours]))).length === BATCH);
}
