import type { Sql } from '../../database/database.js';
import { IS_ORDERED } from './target.js';
import { failing } from './waiting.js';

/** So many in one statement: the others at the next poll. */
const BATCH = 500;

/**
 * Disables webhooks that have been failing for too long, as a 410 does: they keep their queues. Topics of the config have
 * nobody who would enable them again, and lanes of direct messages no receiver of their own. Locks lanes before webhooks, as
 * whoever changes them does; one that is being changed is left to the next poll.
 */
const DISABLE = `
WITH due AS (
  SELECT l.id, l.failing_since FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id
  WHERE l.failing_since < now() - make_interval(secs => $1 * 3600.0) AND ${failing(IS_ORDERED)}
    AND l.closed_at IS NULL AND w.disabled_at IS NULL AND w.paused_at IS NULL AND w.origin IN ('client', 'sail')
  ORDER BY l.id LIMIT ${BATCH}
  FOR NO KEY UPDATE OF l SKIP LOCKED
), changed AS (
  UPDATE hooktide.lane AS l SET revision = l.revision + 1 FROM due WHERE l.id = due.id
), disabled AS (
  UPDATE hooktide.webhook AS w SET disabled_at = now(), disabled_reason = 'failing'
  FROM due WHERE w.lane_id = due.id AND w.disabled_at IS NULL AND w.paused_at IS NULL
  RETURNING w.id, w.lane_id, due.failing_since
), audited AS (
  INSERT INTO hooktide.audit (actor, actor_kind, action, target, details)
  SELECT 'hooktide', 'config', 'webhook.disabled', id,
         jsonb_build_object('failingSince', failing_since, 'disableFailingWebhooksAfterHours', $1::float8)
  FROM disabled
)
SELECT lane_id AS "laneId" FROM disabled`;

/** Disables what has been failing for more than so many hours; answers with the lanes, of which the dispatchers have to know. */
export async function disableFailing(sql: Sql, afterHours: number): Promise<number[]> {
  const rows = await sql.query<{ laneId: number }>(DISABLE, [afterHours]);
  return rows.map(({ laneId }) => laneId);
}
