import type { Sql } from '../../database/database.js';
import type { Target } from '../../updates/target.js';
import { HAS_OWN_RHYTHM, IS_ORDERED, TARGET, type StoredTarget } from './target.js';
import { due, failing, isLeased, waits } from './waiting.js';

/** A lane that this process works on until `leaseMillis` after the claim. */
export interface ClaimedLane<T = Target> {
  id: number;
  /** Goes with every result: one from an older owner changes nothing. */
  fence: number;
  /** Counts the changes of the webhook. */
  revision: number;
  webhookId: string;
  target: T;
  /** Up to this id nothing waits. */
  floorId: number;
  /** Subjects that failed since the last success: none, one, or two of two or more. */
  failedSubjects: string[];
  /** How long the lane has been failing, in milliseconds; null: it isn't. */
  failingMillis: number | null;
  /** Whether any delivery of this lane ever succeeded. */
  answered: boolean;
  /** Up to this id it leaves at no more than `drainPerSecond`; null: nothing does. */
  drainToId: number | null;
}

export interface Lease {
  owner: string;
  leaseMillis: number;
}

/**
 * `OFFSET 0` has the lanes filtered first: webhooks are looked up for those alone that are left. A lane that was changed
 * since the statement began is left to the nudge that follows: its row is read anew under the lock, its webhook isn't, and
 * the old uri would go by the new revision. `w.revision` stays as it was first read.
 */
const active = (leaseMillis: string) => `
  FROM hooktide.lane AS l
  CROSS JOIN LATERAL (
    SELECT ${TARGET} AS target, ${HAS_OWN_RHYTHM} AS has_own_rhythm, ${IS_ORDERED} AS is_ordered, l.revision
    FROM hooktide.webhook AS w
    WHERE w.lane_id = l.id AND w.disabled_at IS NULL AND w.paused_at IS NULL OFFSET 0
  ) AS w
  WHERE NOT ${isLeased(leaseMillis)} AND l.closed_at IS NULL AND l.revision = w.revision`;

const FAILING = failing('w.is_ordered');

const RETURNING = `
RETURNING l.id, l.fence, l.revision, l.webhook_id AS "webhookId", due.target, l.floor_id AS "floorId",
  l.failed_subjects AS "failedSubjects", l.last_success_at IS NOT NULL AS answered, l.drain_to_id AS "drainToId",
  (extract(epoch FROM now() - l.failing_since) * 1000)::float8 AS "failingMillis"`;

/**
 * Leases lanes that have something to send: untried deliveries, or failed ones that are due. A failing lane is left to
 * its probe, unless its webhook has a rhythm of its own.
 * Locks each lane row for the moment of the claim and skips those that another process is claiming; the order by id
 * lets a poll go through all lanes in pages. Cost: one index probe for each lane that isn't resting.
 */
const claimOpen = (which: string) => `
WITH due AS (
  SELECT l.id, w.target, ${FAILING} AS is_failing ${active('$3')}
    AND ${which}
    AND l.resting_until IS NULL
    AND (w.has_own_rhythm OR NOT ${FAILING})
    AND ${waits(`d.attempts = 0 OR ${due('$4::timestamptz')}`)}
  ORDER BY l.id LIMIT $5
  FOR NO KEY UPDATE OF l SKIP LOCKED
)
UPDATE hooktide.lane AS l
SET leased_by = $2, leased_until = now() + make_interval(secs => $3 / 1000.0), fence = l.fence + 1,
    failing_since = CASE WHEN due.is_failing THEN l.failing_since END
FROM due WHERE l.id = due.id ${RETURNING}`;
const CLAIM_NAMED = claimOpen('l.id = ANY ($1::bigint[])');
const CLAIM_OPEN = claimOpen('l.id > $1');

/**
 * Leases lanes that are failing, or whose rest is over, for one probe: at the most one a poll, whoever polls. Those
 * probed longest ago come first: where probes hang, all lanes still get their turn.
 */
const CLAIM_PROBES = `
WITH due AS (
  SELECT l.id, w.target ${active('$2')}
    AND (l.failing_since IS NOT NULL OR l.resting_until IS NOT NULL)
    AND CASE WHEN l.resting_until IS NULL THEN NOT w.has_own_rhythm AND ${FAILING} ELSE l.resting_until <= now() END
    AND (l.probed_at IS NULL OR l.probed_at < $3 OR l.probed_at > now())
    AND ${waits('true')}
  ORDER BY l.probed_at NULLS FIRST, l.id LIMIT $4
  FOR NO KEY UPDATE OF l SKIP LOCKED
)
UPDATE hooktide.lane AS l
SET leased_by = $1, leased_until = now() + make_interval(secs => $2 / 1000.0), fence = l.fence + 1, probed_at = now()
FROM due WHERE l.id = due.id ${RETURNING}`;

/** Claims those of the named lanes that have something to send before the next poll. */
export function claimNamed(sql: Sql, lease: Lease, lanes: number[]): Promise<ClaimedLane<StoredTarget>[]> {
  return sql.query(CLAIM_NAMED, [lanes, lease.owner, lease.leaseMillis, null, lanes.length]);
}

/** Claims up to `limit` lanes with ids above `after` for the poll that began at `poll`. */
export function claimOpenLanes(sql: Sql, lease: Lease, page: PollPage): Promise<ClaimedLane<StoredTarget>[]> {
  return sql.query(CLAIM_OPEN, [page.after, lease.owner, lease.leaseMillis, page.poll, page.limit]);
}

/** Claims up to `limit` lanes for one probe each. */
export function claimProbes(sql: Sql, lease: Lease, poll: Date, limit: number): Promise<ClaimedLane<StoredTarget>[]> {
  return sql.query(CLAIM_PROBES, [lease.owner, lease.leaseMillis, poll, limit]);
}

export interface PollPage {
  poll: Date;
  after: number;
  limit: number;
}
