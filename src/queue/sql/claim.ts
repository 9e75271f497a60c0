import type { Sql } from '../../database/database.js';

/** A lane that this process works on until `leaseMillis` after the claim. */
export interface ClaimedLane {
  id: number;
  /** Goes with every result: one from an older owner changes nothing. */
  fence: number;
  webhookId: string;
  uri: string;
  /** Up to this id nothing waits. */
  floorId: number;
  /** Subjects that failed since the last success: none, one, or two of two or more. */
  failedSubjects: string[];
  /** How long the lane has been failing, in milliseconds; null: it isn't. */
  failingMillis: number | null;
  /** Whether any delivery of this lane ever succeeded. */
  answered: boolean;
}

export interface Lease {
  owner: string;
  leaseMillis: number;
}

/** `OFFSET 0` has the lanes filtered first: webhooks are looked up for those alone that are left. */
const ACTIVE = `
  FROM hooktide.lane AS l
  CROSS JOIN LATERAL (
    SELECT w.uri FROM hooktide.webhook AS w WHERE w.lane_id = l.id AND w.disabled_at IS NULL OFFSET 0
  ) AS w
  WHERE (l.leased_until IS NULL OR l.leased_until < now()) AND l.closed_at IS NULL`;

/**
 * Failing is judged anew when an update comes in: a lane where one subject alone has failed is not failing any more
 * as soon as another subject waits.
 */
const FAILING = `(l.failing_since IS NOT NULL AND NOT (cardinality(l.failed_subjects) = 1 AND ${waits(
  'd.subject <> l.failed_subjects[1]',
)}))`;

/**
 * Whether a delivery waits in the lane for which `condition` holds. A scalar subquery in the order of the index stops
 * at the first; an EXISTS becomes a join, which may read the whole lane for its bitmap.
 */
function waits(condition: string): string {
  return `coalesce((
    SELECT true FROM hooktide.delivery AS d
    WHERE d.lane_id = l.id AND d.id > l.floor_id AND (${condition})
    ORDER BY d.lane_id, d.id LIMIT 1), false)`;
}

const RETURNING = `
RETURNING l.id, l.fence, l.webhook_id AS "webhookId", due.uri, l.floor_id AS "floorId",
  l.failed_subjects AS "failedSubjects", l.last_success_at IS NOT NULL AS answered,
  (extract(epoch FROM now() - l.failing_since) * 1000)::float8 AS "failingMillis"`;

/**
 * Leases lanes that have something to send: untried deliveries or, at a poll, such as were tried before it.
 * Locks each lane row for the moment of the claim and skips those that another process is claiming; the order by id
 * lets a poll go through all lanes in pages. Cost: one index probe for each lane that isn't resting.
 */
const claimOpen = (which: string) => `
WITH due AS (
  SELECT l.id, w.uri ${ACTIVE}
    AND ${which}
    AND l.resting_until IS NULL
    AND NOT ${FAILING}
    AND ${waits('d.attempts = 0 OR d.tried_at < $4 OR d.tried_at > now()')}
  ORDER BY l.id LIMIT $5
  FOR NO KEY UPDATE OF l SKIP LOCKED
)
UPDATE hooktide.lane AS l
SET leased_by = $2, leased_until = now() + make_interval(secs => $3 / 1000.0), fence = l.fence + 1, failing_since = NULL
FROM due WHERE l.id = due.id ${RETURNING}`;
const CLAIM_NAMED = claimOpen('l.id = ANY ($1::bigint[])');
const CLAIM_OPEN = claimOpen('l.id > $1');

/**
 * Leases lanes that are failing, or whose rest is over, for one probe: at the most one a poll, whoever polls. Those
 * probed longest ago come first: where probes hang, all lanes still get their turn.
 */
const CLAIM_PROBES = `
WITH due AS (
  SELECT l.id, w.uri ${ACTIVE}
    AND (l.failing_since IS NOT NULL OR l.resting_until IS NOT NULL)
    AND CASE WHEN l.resting_until IS NULL THEN ${FAILING} ELSE l.resting_until <= now() END
    AND (l.probed_at IS NULL OR l.probed_at < $3 OR l.probed_at > now())
    AND ${waits('true')}
  ORDER BY l.probed_at NULLS FIRST, l.id LIMIT $4
  FOR NO KEY UPDATE OF l SKIP LOCKED
)
UPDATE hooktide.lane AS l
SET leased_by = $1, leased_until = now() + make_interval(secs => $2 / 1000.0), fence = l.fence + 1, probed_at = now()
FROM due WHERE l.id = due.id ${RETURNING}`;

/** Claims those of the named lanes that have untried deliveries and are neither failing nor resting. */
export function claimNamed(sql: Sql, lease: Lease, lanes: number[]): Promise<ClaimedLane[]> {
  return sql.query(CLAIM_NAMED, [lanes, lease.owner, lease.leaseMillis, null, lanes.length]);
}

/** Claims up to `limit` lanes with ids above `after` for the poll that began at `poll`. */
export function claimOpenLanes(sql: Sql, lease: Lease, page: PollPage): Promise<ClaimedLane[]> {
  return sql.query(CLAIM_OPEN, [page.after, lease.owner, lease.leaseMillis, page.poll, page.limit]);
}

/** Claims up to `limit` lanes for one probe each. */
export function claimProbes(sql: Sql, lease: Lease, poll: Date, limit: number): Promise<ClaimedLane[]> {
  return sql.query(CLAIM_PROBES, [lease.owner, lease.leaseMillis, poll, limit]);
}

export interface PollPage {
  poll: Date;
  after: number;
  limit: number;
}
