import { numberArray } from '../../database/array.js';
import type { Sql } from '../../database/database.js';
import type { Outcome } from '../../updates/outcome.js';
import { updateIds, type Result } from './settle.js';
import { isLeased } from './waiting.js';

/** Why a delivery was dropped. */
export type DropReason = 'over_cap' | 'over_age' | 'attempts_exhausted' | 'too_large' | 'webhook_deleted';

/** So many rows go in one statement: short locks, and a crash repeats little. */
const BATCH = 1_000;

/**
 * Deletes what `doomed(lane_id, id)` names, and keeps each as a dead letter with its last outcome, else the given.
 * @param untried an expression for the outcome of what was never tried
 */
const bury = (untried: string) => `
gone AS (
  DELETE FROM hooktide.delivery AS d USING doomed WHERE d.lane_id = doomed.lane_id AND d.id = doomed.id RETURNING d.*
), kept AS (
  INSERT INTO hooktide.dead_letter (id, lane_id, first_lane_id, webhook_id, update_id, subject, reason, attempts, first_tried_at,
                                    tried_at, outcome)
  SELECT g.id, g.lane_id, g.first_lane_id, l.webhook_id, g.update_id, g.subject, $1, g.attempts, g.first_tried_at, g.tried_at,
         coalesce(g.outcome, ${untried})
  FROM gone AS g JOIN hooktide.lane AS l ON l.id = g.lane_id
)
SELECT lane_id AS "laneId", id FROM gone`;
const BURY = bury('$2::jsonb');

/**
 * The lanes that are still the caller's, and their webhooks as they were: nobody else may be sending what is dropped. Of
 * many that fail at once all are seen to by one statement: whoever waits for it writes down nothing else meanwhile.
 * @param doomed which of the deliveries of lane `m` go, and in which order
 */
const ofMine = (doomed: string) => `
WITH mine AS MATERIALIZED (
  SELECT a.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::float8[], $6::text[])
    AS a(lane_id, fence, revision, most, outcome)
  JOIN hooktide.lane AS l ON l.id = a.lane_id AND l.fence = a.fence AND l.revision = a.revision
  ORDER BY l.id FOR NO KEY UPDATE OF l
), doomed AS (
  SELECT d.lane_id, d.id FROM mine AS m CROSS JOIN LATERAL (
    SELECT d.lane_id, d.id FROM hooktide.delivery AS d
    WHERE d.lane_id = m.lane_id AND ${doomed} AND d.id <> ALL ($7::bigint[])
    ORDER BY d.id LIMIT ${BATCH}
  ) AS d LIMIT ${BATCH}
), ${bury('(SELECT m.outcome::jsonb FROM mine AS m WHERE m.lane_id = g.lane_id)')}`;

/** Replays stand outside the cap. */
const BEYOND_CAP = ofMine(`d.id < (
      SELECT e.id FROM hooktide.delivery AS e WHERE e.lane_id = m.lane_id AND NOT e.is_replay
      ORDER BY e.lane_id DESC, e.id DESC OFFSET m.most::bigint - 1 LIMIT 1) AND NOT d.is_replay`);

const OVER_AGE = ofMine('d.age_from < now() - make_interval(secs => m.most / 1000.0)');

const TRIED = `
WITH result AS (
  SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[]) AS r(lane_id, fence, id, update_id)
), mine AS MATERIALIZED (
  SELECT l.id, l.fence FROM hooktide.lane AS l
  WHERE (l.id, l.fence) IN (SELECT lane_id, fence FROM result)
  ORDER BY l.id FOR NO KEY UPDATE
), doomed AS (
  SELECT r.lane_id, r.id FROM result AS r JOIN mine ON mine.id = r.lane_id AND mine.fence = r.fence
  JOIN hooktide.delivery AS d ON d.lane_id = r.lane_id AND d.id = r.id AND d.update_id = r.update_id
), ${BURY}`;

/** What nobody sends any more: a closed lane. Held ones are left until their owner has handed them back. */
const CLOSED = `
WITH doomed AS (
  SELECT d.lane_id, d.id
  FROM hooktide.lane AS l JOIN hooktide.delivery AS d ON d.lane_id = l.id
  WHERE l.closed_at IS NOT NULL AND NOT ${isLeased('$3')}
  LIMIT ${BATCH}
), ${BURY}`;

/** What is over age where nobody tries: in lanes of paused and disabled webhooks. */
const OVER_AGE_UNTRIED = `
WITH doomed AS (
  SELECT d.lane_id, d.id
  FROM hooktide.webhook AS w
  JOIN hooktide.lane AS l ON l.id = w.lane_id AND NOT ${isLeased('$4')}
  JOIN hooktide.delivery AS d ON d.lane_id = l.id
  WHERE (w.disabled_at IS NOT NULL OR w.paused_at IS NOT NULL)
    AND d.age_from < now() - make_interval(secs =>
      CASE WHEN w.retry ? 'maxAgeHours' THEN nullif((w.retry ->> 'maxAgeHours')::float8, 0) * 3600 ELSE $3 / 1000.0 END)
  LIMIT ${BATCH}
), ${BURY}`;

/** A delivery that became a dead letter. */
export interface Dropped {
  laneId: number;
  id: number;
}

/** A lane that the caller holds, and those of its deliveries that are in flight and so must stay. */
export interface DropFrom {
  laneId: number;
  fence: number;
  /** That of the webhook when the attempt landed: what it says of the lane counts no more after a change. */
  revision: number;
  inFlight: number[];
  /** Stands in the dead letters of deliveries that were never tried. */
  outcome: Outcome;
  /** So many may stay, or for so long. */
  most: number;
}

/** Drops, in each lane, the oldest deliveries beyond its newest `most`. */
export function dropBeyondCap(sql: Sql, lanes: readonly DropFrom[]): Promise<Dropped[]> {
  return inBatches(sql, BEYOND_CAP, ['over_cap', ...columns(lanes)]);
}

/** Drops deliveries whose last attempt failed. */
export function dropTried(sql: Sql, results: readonly Result[], reason: DropReason): Promise<Dropped[]> {
  const keys = [results.map((r) => r.laneId), results.map((r) => r.fence), results.map((r) => r.id)];
  return sql.query(TRIED, [reason, null, ...keys, updateIds(results)]);
}

/** Drops, in each lane, all deliveries whose update is older than `most`, in milliseconds. */
export function dropOverAge(sql: Sql, lanes: readonly DropFrom[]): Promise<Dropped[]> {
  return inBatches(sql, OVER_AGE, ['over_age', ...columns(lanes)]);
}

/** Drops what waits for webhooks that were deleted. */
export function dropClosed(sql: Sql, leaseMillis: number): Promise<Dropped[]> {
  return inBatches(sql, CLOSED, ['webhook_deleted', null, leaseMillis]);
}

/** Drops what waits for a paused or disabled webhook and is older than its own limit, else `maxAgeMillis`; null: none. */
export function dropOverAgeUntried(sql: Sql, maxAgeMillis: number | null, leaseMillis: number): Promise<Dropped[]> {
  return inBatches(sql, OVER_AGE_UNTRIED, ['over_age', null, maxAgeMillis, leaseMillis]);
}

function columns(lanes: readonly DropFrom[]): unknown[] {
  return [
    numberArray(lanes.map((l) => l.laneId)),
    numberArray(lanes.map((l) => l.fence)),
    numberArray(lanes.map((l) => l.revision)),
    numberArray(lanes.map((l) => l.most)),
    lanes.map((l) => JSON.stringify(l.outcome)),
    numberArray(lanes.flatMap((l) => l.inFlight)),
  ];
}

async function inBatches(sql: Sql, statement: string, parameters: unknown[]): Promise<Dropped[]> {
  const dropped: Dropped[] = [];
  for (;;) {
    const batch = await sql.query<Dropped>(statement, parameters);
    dropped.push(...batch);
    if (batch.length < BATCH) return dropped;
  }
}
