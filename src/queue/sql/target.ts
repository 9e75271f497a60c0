import type { Sql } from '../../database/database.js';
import type { Target } from '../../updates/target.js';

/** All that sending needs to know of webhook `w`. */
export const TARGET = `jsonb_build_object(
      'uri', w.uri, 'format', w.format, 'order', w."order", 'headers', w.headers, 'retry', w.retry,
      'connectTimeoutMillis', w.connect_timeout_millis, 'timeoutMillis', w.timeout_millis,
      'maxConcurrent', w.max_concurrent)`;

/** Whether failed deliveries of webhook `w` have due times of their own instead of following the poll. */
export const HAS_OWN_RHYTHM = `coalesce(w.retry ->> 'policy', 'poll') <> 'poll'`;

/** Whether a failed delivery of webhook `w` holds up the later ones of its subject. */
export const IS_ORDERED = `w."order" = 'subject'`;

const TARGETS = `
SELECT l.id, l.fence, l.revision, ${TARGET} AS target, w.disabled_at IS NULL AND w.paused_at IS NULL AS "isActive"
FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id
WHERE l.id = ANY ($1::bigint[]) AND l.closed_at IS NULL`;

/** What a lane's webhook says now. */
export interface LaneTarget {
  id: number;
  fence: number;
  revision: number;
  target: Target;
  /** Neither paused nor disabled. */
  isActive: boolean;
}

/** Reads what the webhooks of these lanes say; nothing for such as were deleted. */
export function readTargets(sql: Sql, lanes: number[]): Promise<LaneTarget[]> {
  return sql.query(TARGETS, [lanes]);
}
