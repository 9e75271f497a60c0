import type { Database, Sql } from '../../database/database.js';

/** So many are locked at once: their senders wait meanwhile. */
const BATCH = 100;

/** Lanes of origins that nothing waits for and nothing is known of any more. Those in use are left for the next time. */
const LOCK_IDLE = `
SELECT l.id::float8 AS id FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id
WHERE w.origin = 'message' AND w.paused_at IS NULL AND w.registered_at < now() - interval '1 hour'
  AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.lane_id = w.lane_id)
  AND NOT EXISTS (SELECT FROM hooktide.history AS h WHERE h.lane_id = w.lane_id)
  AND NOT EXISTS (SELECT FROM hooktide.dead_letter AS g WHERE g.webhook_id = w.id)
ORDER BY w.id LIMIT ${BATCH} FOR UPDATE OF l, w SKIP LOCKED`;

/** What came in before the lock is seen by a statement of its own. */
const FORGET = `
WITH closed AS (
  UPDATE hooktide.lane AS l SET closed_at = now()
  WHERE l.id = ANY ($1::bigint[]) AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.lane_id = l.id)
  RETURNING l.id
)
DELETE FROM hooktide.webhook AS w USING closed WHERE w.lane_id = closed.id`;

/** Forgets the lanes of origins to which nobody sends direct messages any more. */
export async function forgetOrigins(database: Database): Promise<void> {
  while ((await database.transaction(forgetSome)) === BATCH);
}

async function forgetSome(sql: Sql): Promise<number> {
  const idle = await sql.query<{ id: number }>(LOCK_IDLE);
  if (idle.length > 0) await sql.query(FORGET, [idle.map((lane) => lane.id)]);
  return idle.length;
}
