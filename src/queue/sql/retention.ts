import type { Database } from '../../database/database.js';
import { forgetOrigins } from './forget-origins.js';
import { forgetProcesses } from './processes.js';

/** So many rows go in one statement. */
const BATCH = 2_000;

const OLD_HISTORY = `
DELETE FROM hooktide.history WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM hooktide.history WHERE delivered_at < now() - make_interval(hours => $1) LIMIT ${BATCH}))
RETURNING 1`;

const OLD_DEAD_LETTERS = `
DELETE FROM hooktide.dead_letter WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.dead_letter WHERE dropped_at < now() - make_interval(hours => $1) LIMIT ${BATCH}))
RETURNING 1`;

const OLD_AUDIT = `
DELETE FROM hooktide.audit WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.audit WHERE at < now() - make_interval(hours => $1) ORDER BY at LIMIT ${BATCH}))
RETURNING 1`;

const OLD_IDS = `
DELETE FROM hooktide.idempotency_id WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.idempotency_id WHERE accepted_at < now() - make_interval(hours => $1) LIMIT ${BATCH}))
RETURNING 1`;

/** Ids begin with the time (see hooktide.new_update_id): no younger row needs to be looked at. */
const FIRST_ID_YOUNGER = `(lpad(to_hex((extract(epoch FROM now() - make_interval(hours => $1)) * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid`;

/**
 * Updates that nothing speaks of any more. They are gone through by id, which follows the time of acceptance: $2 is
 * where the last batch ended. Whatever waits, however old, keeps its update.
 */
const OLD_UPDATES = `
WITH page AS (
  SELECT id FROM hooktide.update
  WHERE id > $2::uuid AND id < ${FIRST_ID_YOUNGER} AND accepted_at < now() - make_interval(hours => $1)
  ORDER BY id LIMIT ${BATCH}
), gone AS (
  DELETE FROM hooktide.update AS u USING page
  WHERE u.id = page.id
    AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.update_id = u.id)
    AND NOT EXISTS (SELECT FROM hooktide.dead_letter AS l WHERE l.update_id = u.id)
    AND NOT EXISTS (SELECT FROM hooktide.history AS h WHERE h.update_id = u.id)
)
SELECT max(id::text)::uuid AS last, count(*) AS size FROM page`;

/** Of tasks that ended, as history; of others after a year. */
const OLD_TASKS = `
DELETE FROM hooktide.task_state WHERE task_id = ANY (ARRAY(
  SELECT task_id FROM hooktide.task_state
  WHERE changed_at < now() - make_interval(hours => CASE WHEN state IN ('STOPPED', 'CRASHED') THEN $1 ELSE 8760 END)
  LIMIT ${BATCH}))
RETURNING 1`;

/** How often a container was started counts anew when it wasn't for 30 days. */
const OLD_CONTAINERS = `
DELETE FROM hooktide.container WHERE id = ANY (ARRAY(
  SELECT id FROM hooktide.container WHERE started_at < now() - make_interval(hours => $1) LIMIT ${BATCH}))
RETURNING 1`;
const CONTAINER_HOURS = 720;

const EMPTY_CLOSED_LANES = `
DELETE FROM hooktide.lane AS l
WHERE l.closed_at < now() - make_interval(hours => $1)
  AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.lane_id = l.id)`;

export interface Retention {
  deadLetterHours: number;
  historyHours: number;
  idempotencyHours: number;
  auditHours: number;
}

/** Deletes what is kept no longer, in batches that hold short locks. */
export async function forgetOld(database: Database, hours: Retention): Promise<void> {
  await inBatches(database, OLD_HISTORY, hours.historyHours);
  await inBatches(database, OLD_DEAD_LETTERS, hours.deadLetterHours);
  await inBatches(database, OLD_IDS, hours.idempotencyHours);
  await inBatches(database, OLD_AUDIT, hours.auditHours);
  await inBatches(database, OLD_TASKS, hours.historyHours);
  await inBatches(database, OLD_CONTAINERS, CONTAINER_HOURS);
  await forgetUpdates(database, hours.historyHours);
  await forgetOrigins(database);
  await forgetProcesses(database);
  await database.query(EMPTY_CLOSED_LANES, [hours.deadLetterHours + hours.historyHours]);
}

/** The indexes over time are of the kind (BRIN) that needs the bitmaps which the queue does without. */
async function inBatches(database: Database, statement: string, hours: number): Promise<void> {
  let size = BATCH;
  while (size === BATCH) {
    size = await database.transaction(async (sql) => {
      await sql.query('SET LOCAL enable_bitmapscan = on');
      return (await sql.query(statement, [hours])).length;
    });
  }
}

async function forgetUpdates(database: Database, hours: number): Promise<void> {
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const [page] = await database.query<{ last: string | null; size: number }>(OLD_UPDATES, [hours, last]);
    if (!page?.last || page.size < BATCH) return;
    last = page.last;
  }
}
