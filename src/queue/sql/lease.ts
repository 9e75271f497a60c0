import type { Sql } from '../../database/database.js';
import type { Horizon } from '../horizon.js';
import type { Lease } from './claim.js';
import { SERVER_RUN } from './server-run.js';

/** A lane with the fence under which this process holds it. */
export interface HeldLane {
  id: number;
  fence: number;
}

/** Up to which id no transaction can add a delivery any more, as long as the server doesn't forget any: see `Horizon`. */
export type KnownHorizon = Pick<Horizon, 'id' | 'serverRun'>;

/**
 * Moves the floor up to the first delivery that waits, but not beyond the horizon. Later reads start there, and so do
 * claims: without it they would step over every dead index entry since the lane was claimed, of which a long snapshot keeps all.
 * A horizon of another run of the server counts for nothing: ids below it are given out once more.
 */
const FLOOR = `greatest(l.floor_id, least(h.horizon, (
    SELECT d.id - 1 FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id > l.floor_id ORDER BY d.lane_id, d.id LIMIT 1)))`;

/** What is to leave slowly has left. Of the floor before: a renewal later is soon enough. */
const DRAIN = 'CASE WHEN l.floor_id < l.drain_to_id THEN l.drain_to_id END';

const held = (condition: string) => `
FROM (
  SELECT l.id, CASE WHEN $4::float8 = ${SERVER_RUN} THEN $3::bigint ELSE 0 END AS horizon
  FROM unnest($1::bigint[], $2::bigint[]) AS t(id, fence)
  JOIN hooktide.lane AS l ON l.id = t.id AND l.fence = t.fence AND l.leased_by = $5 ${condition}
  ORDER BY l.id FOR NO KEY UPDATE OF l
) AS h WHERE l.id = h.id`;

const RENEW = `
UPDATE hooktide.lane AS l
SET leased_until = now() + make_interval(secs => $6 / 1000.0), floor_id = ${FLOOR}, drain_to_id = ${DRAIN}
${held('AND l.closed_at IS NULL')} RETURNING l.id, l.revision, l.floor_id AS "floorId"`;

const RELEASE = `
UPDATE hooktide.lane AS l
SET leased_by = NULL, leased_until = NULL, floor_id = ${FLOOR}, drain_to_id = ${DRAIN} ${held('')}`;

/** A lane whose lease was renewed. */
export interface Renewed {
  /** How often its webhook was changed. */
  revision: number;
  /** Up to this id nothing waits. */
  floorId: number;
}

/** Renews leases; answers with those that are still this process's own and not closed. */
export async function renew(
  sql: Sql,
  lease: Lease,
  lanes: readonly HeldLane[],
  horizon: KnownHorizon,
): Promise<Map<number, Renewed>> {
  const parameters = [...columns(lanes, horizon), lease.owner, lease.leaseMillis];
  const rows = await sql.query<Renewed & { id: number }>(RENEW, parameters);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Hands lanes back, for any process to claim. */
export async function release(
  sql: Sql,
  { owner }: Lease,
  lanes: readonly HeldLane[],
  horizon: KnownHorizon,
): Promise<void> {
  await sql.query(RELEASE, [...columns(lanes, horizon), owner]);
}

function columns(lanes: readonly HeldLane[], { id, serverRun }: KnownHorizon): unknown[] {
  return [lanes.map((l) => l.id), lanes.map((l) => l.fence), id, serverRun];
}
