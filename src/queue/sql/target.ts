import type { Sql } from '../../database/database.js';
import type { StoredSecrets, Vault } from '../../secrets/vault.js';
import type { Target } from '../../updates/target.js';

/** All that sending needs to know of webhook `w`: a `StoredTarget`. */
export const TARGET = `jsonb_build_object(
      'uri', w.uri, 'format', w.format, 'order', w."order", 'headers', w.headers, 'retry', w.retry,
      'connectTimeoutMillis', w.connect_timeout_millis, 'timeoutMillis', w.timeout_millis,
      'maxConcurrent', w.max_concurrent, 'sealed', w.sealed, 'onlyTo', w.only_to)`;

/** A target as it comes out of the database. */
export type StoredTarget = Target & StoredSecrets;

export function openTarget({ sealed, ...target }: StoredTarget, vault: Vault): Target {
  return { ...target, ...vault.openSecrets({ sealed, headers: target.headers }) };
}

/** Whether failed deliveries of webhook `w` have due times of their own instead of following the poll. */
export const HAS_OWN_RHYTHM = `coalesce(w.retry ->> 'policy', 'poll') <> 'poll'`;

/** Whether a failed delivery of webhook `w` holds up the later ones of its subject. */
export const IS_ORDERED = `w."order" = 'subject'`;

const TARGETS = `
SELECT l.id, l.fence, l.revision, l.drain_to_id AS "drainToId", ${TARGET} AS target, w.disabled_at IS NULL AND w.paused_at IS NULL AS "isActive"
FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id
WHERE l.id = ANY ($1::bigint[]) AND l.closed_at IS NULL`;

/** What a lane's webhook says now. */
export interface LaneTarget<T = Target> {
  id: number;
  fence: number;
  revision: number;
  /** Up to this id it leaves at no more than `drainPerSecond`; null: nothing does. */
  drainToId: number | null;
  target: T;
  /** Neither paused nor disabled. */
  isActive: boolean;
}

/** Reads what the webhooks of these lanes say; nothing for such as were deleted. */
export function readTargets(sql: Sql, lanes: number[]): Promise<LaneTarget<StoredTarget>[]> {
  return sql.query(TARGETS, [lanes]);
}
