import type { Sql } from '../../database/database.js';
import type { Lease } from './claim.js';

/** A lane with the fence under which this process holds it, and up to which id it is known to be empty. */
export interface HeldLane {
  id: number;
  fence: number;
  /** No transaction that is still open can add a delivery with an id up to this one. */
  horizon: number;
}

/**
 * Moves the floor up to the first delivery that waits, but not beyond the horizon. Later reads start there, and so do
 * claims: without it they would step over every dead index entry since the lane was claimed, of which a long snapshot keeps all.
 */
const FLOOR = `greatest(l.floor_id, least(h.horizon, (
    SELECT d.id - 1 FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id > l.floor_id ORDER BY d.lane_id, d.id LIMIT 1)))`;

const held = (condition: string) => `
FROM (
  SELECT l.id, t.horizon
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS t(id, fence, horizon)
  JOIN hooktide.lane AS l ON l.id = t.id AND l.fence = t.fence ${condition}
  ORDER BY l.id FOR NO KEY UPDATE OF l
) AS h WHERE l.id = h.id`;

const RENEW = `
UPDATE hooktide.lane AS l
SET leased_until = now() + make_interval(secs => $4 / 1000.0), floor_id = ${FLOOR}
${held('AND l.closed_at IS NULL AND l.leased_by IS NOT NULL')} RETURNING l.id, l.revision, l.floor_id AS "floorId"`;

const RELEASE = `
UPDATE hooktide.lane AS l SET leased_by = NULL, leased_until = NULL, floor_id = ${FLOOR} ${held('')}`;

/** A lane whose lease was renewed. */
export interface Renewed {
  /** How often its webhook was changed. */
  revision: number;
  /** Up to this id nothing waits. */
  floorId: number;
}

/** Renews leases; answers with those that are still this process's own and not closed. */
export async function renew(sql: Sql, lease: Lease, lanes: readonly HeldLane[]): Promise<Map<number, Renewed>> {
  const rows = await sql.query<Renewed & { id: number }>(RENEW, [...columns(lanes), lease.leaseMillis]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Hands lanes back, for any process to claim. */
export async function release(sql: Sql, lanes: readonly HeldLane[]): Promise<void> {
  await sql.query(RELEASE, columns(lanes));
}

function columns(lanes: readonly HeldLane[]): [number[], number[], number[]] {
  return [lanes.map((l) => l.id), lanes.map((l) => l.fence), lanes.map((l) => l.horizon)];
}
