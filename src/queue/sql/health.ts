import type { Sql } from '../../database/database.js';
import { subjectOf } from './waiting.js';
import { IS_ORDERED } from './target.js';

/** What the attempts of late say about a lane. */
export interface LaneHealth {
  id: number;
  fence: number;
  /** That of the webhook to which the attempts were made: what came of an older one doesn't count. */
  revision: number;
  /** Subjects that failed since the last success: none, one, or two of two or more. */
  failedSubjects: string[];
  /** Whether a delivery succeeded since health was last written. */
  succeeded: boolean;
  /** How long the receiver asked to be left alone, in milliseconds; null: it didn't. */
  restMillis: number | null;
  /** The receiver wants no more (410). */
  gone: boolean;
}

/**
 * Writes the lane's health. Failing: two subjects have failed since the last success, or every waiting one has
 * (docs/architecture.md); the clock starts when that becomes true. A rest lasts to the latest time asked, at least to the
 * next poll; only a success after it ends it: an attempt that was under way when the receiver asked for rest says nothing.
 */
const HEALTH = `
WITH news AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bool[], $5::float8[], $6::bool[], $7::bigint[])
    AS n(id, fence, failed_subjects, succeeded, rest_millis, gone, revision)
), held AS (
  SELECT n.*, ARRAY(SELECT jsonb_array_elements_text(n.failed_subjects::jsonb)) AS failed,
         coalesce((SELECT ${IS_ORDERED} FROM hooktide.webhook AS w WHERE w.lane_id = l.id), true) AS is_ordered
  FROM news AS n JOIN hooktide.lane AS l ON l.id = n.id AND l.fence = n.fence AND l.revision = n.revision
  ORDER BY l.id FOR NO KEY UPDATE OF l
), disabled AS (
  UPDATE hooktide.webhook AS w SET disabled_at = now(), disabled_reason = 'gone'
  FROM held AS h WHERE w.lane_id = h.id AND h.gone AND w.disabled_at IS NULL
  RETURNING w.id
), audited AS (
  INSERT INTO hooktide.audit (actor, actor_kind, action, target)
  SELECT 'receiver', 'receiver', 'webhook.disabled', id FROM disabled
)
UPDATE hooktide.lane AS l
SET failed_subjects = h.failed,
    failing_since = CASE
      WHEN cardinality(h.failed) = 0 THEN NULL
      WHEN cardinality(h.failed) > 1 OR NOT EXISTS (
        SELECT FROM hooktide.delivery AS d
        WHERE d.lane_id = l.id AND d.id > l.floor_id AND ${subjectOf('h.is_ordered')} <> h.failed[1])
      THEN CASE WHEN h.succeeded THEN now() ELSE coalesce(l.failing_since, now()) END END,
    last_success_at = CASE WHEN h.succeeded THEN now() ELSE l.last_success_at END,
    resting_until = CASE
      WHEN h.rest_millis IS NOT NULL THEN greatest(l.resting_until, now() + make_interval(secs => h.rest_millis / 1000))
      WHEN h.succeeded AND l.resting_until <= now() THEN NULL
      ELSE l.resting_until END
FROM held AS h WHERE l.id = h.id
RETURNING l.id, l.fence, l.revision, (extract(epoch FROM now() - l.failing_since) * 1000)::float8 AS "failingMillis"`;

/** How long a lane has been failing; null: it isn't. */
export interface WrittenHealth {
  id: number;
  fence: number;
  revision: number;
  failingMillis: number | null;
}

/** Answers, for each lane that is still the caller's, how long it has been failing in milliseconds; null: it isn't. */
export function writeHealth(sql: Sql, lanes: readonly LaneHealth[]): Promise<WrittenHealth[]> {
  return sql.query(HEALTH, [
    lanes.map((l) => l.id),
    lanes.map((l) => l.fence),
    lanes.map((l) => JSON.stringify(l.failedSubjects)),
    lanes.map((l) => l.succeeded),
    lanes.map((l) => l.restMillis),
    lanes.map((l) => l.gone),
    lanes.map((l) => l.revision),
  ]);
}
