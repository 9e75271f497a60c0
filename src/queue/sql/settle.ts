import { numberArray } from '../../database/array.js';
import type { Sql } from '../../database/database.js';
import type { Outcome, Phases } from '../../updates/outcome.js';

/** How one attempt ended, under which fence it was made. */
export interface Result {
  laneId: number;
  fence: number;
  /** That of the webhook when the attempt landed: what failed before a change is due again at once. */
  revision: number;
  id: number;
  /** After a failover its id may be another delivery's: that one is left alone. */
  updateId: string;
  outcome: Outcome;
  /** How many attempts and refusals there are with this one. Absolute, so that writing it twice changes nothing. */
  attempts: number;
  refusals: number;
  /** When a failed one is due again, in milliseconds from now; null: at the next poll. */
  retryInMillis: number | null;
}

/** Only results of the lane's present owner count. The lock keeps a claim from falling between check and change. */
const HELD = `
held AS (
  SELECT l.id, l.fence, l.revision FROM hooktide.lane AS l
  WHERE (l.id, l.fence) IN (SELECT lane_id, fence FROM result)
  ORDER BY l.id FOR NO KEY UPDATE
)`;

const DELIVERED = `
WITH result AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::text[], $7::int[], $8::int[],
                       $9::int[], $10::int[], $11::int[], $12::uuid[])
    AS r(lane_id, fence, id, status, duration_millis, answer, dns, connect, tls, first_byte, body, update_id)
), ${HELD}, gone AS (
  DELETE FROM hooktide.delivery AS d
  USING result AS r JOIN held AS h ON h.id = r.lane_id AND h.fence = r.fence
  WHERE d.lane_id = r.lane_id AND d.id = r.id AND d.update_id = r.update_id
  RETURNING d.update_id, d.lane_id, d.first_lane_id, d.id, d.attempts + 1,
    coalesce(d.first_tried_at, now() - make_interval(secs => r.duration_millis / 1000.0)), r.status, r.duration_millis,
    CASE WHEN r.body IS NOT NULL THEN ARRAY[r.dns, r.connect, r.tls, r.first_byte, r.body] END, r.answer
), kept AS (
  INSERT INTO hooktide.history (update_id, lane_id, first_lane_id, delivery_id, attempts, first_tried_at, status,
                                duration_millis, phases, answer)
  SELECT * FROM gone
)
SELECT id FROM held`;

const FAILED = `
WITH result AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::text[],
                       $8::float8[], $9::bigint[], $10::uuid[])
    AS r(lane_id, fence, id, attempts, refusals, duration_millis, outcome, retry_in_millis, revision, update_id)
), ${HELD}, marked AS (
  UPDATE hooktide.delivery AS d
  SET attempts = r.attempts, refusals = r.refusals, tried_at = now(),
      first_tried_at = coalesce(d.first_tried_at, now() - make_interval(secs => r.duration_millis / 1000.0)),
      outcome = r.outcome::jsonb, 
      due_at = CASE WHEN h.revision = r.revision THEN now() + make_interval(secs => r.retry_in_millis / 1000) ELSE now() END
  FROM result AS r JOIN held AS h ON h.id = r.lane_id AND h.fence = r.fence
  WHERE d.lane_id = r.lane_id AND d.id = r.id AND d.update_id = r.update_id
)
SELECT id FROM held`;

/** As they stand in history. What was delivered has had the last of them, if it had any. */
const PHASES: readonly (keyof Phases)[] = ['dnsMillis', 'connectMillis', 'tlsMillis', 'firstByteMillis', 'bodyMillis'];

/** Turns delivered deliveries into history. Answers with the lanes that are still the caller's. */
export function settleDelivered(sql: Sql, results: readonly Result[]): Promise<{ id: number }[]> {
  return sql.query(DELIVERED, [
    ...keys(results),
    numberArray(results.map((r) => r.outcome.status)),
    numberArray(durations(results)),
    results.map((r) => r.outcome.answer),
    // Arrays of numbers, one of each phase: a text for each result would be quoted here and parsed twice by Postgres.
    ...PHASES.map((phase) => numberArray(results.map((r) => r.outcome.phases?.[phase]))),
    updateIds(results),
  ]);
}

/** Writes down failed attempts; the deliveries go on waiting. Answers with the lanes that are still the caller's. */
export function settleFailed(sql: Sql, results: readonly Result[]): Promise<{ id: number }[]> {
  return sql.query(FAILED, [
    ...keys(results),
    numberArray(results.map((r) => r.attempts)),
    numberArray(results.map((r) => r.refusals)),
    numberArray(durations(results)),
    results.map((r) => JSON.stringify(r.outcome)),
    numberArray(results.map((r) => r.retryInMillis)),
    numberArray(results.map((r) => r.revision)),
    updateIds(results),
  ]);
}

function keys(results: readonly Result[]): string[] {
  return [(r: Result) => r.laneId, (r: Result) => r.fence, (r: Result) => r.id].map((key) =>
    numberArray(results.map(key)),
  );
}

/** Written out: the driver would quote each. */
export function updateIds(results: readonly Pick<Result, 'updateId'>[]): string {
  return `{${results.map((r) => r.updateId).join()}}`;
}

function durations(results: readonly Result[]): number[] {
  return results.map((r) => Math.round(r.outcome.durationMillis));
}
