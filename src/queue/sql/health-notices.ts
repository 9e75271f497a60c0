import { numberArray } from '../../database/array.js';
import type { Sql } from '../../database/database.js';
import type { Outcome } from '../../updates/outcome.js';
import type { WebhookType } from '../../updates/update.js';
import type { DisabledReason, HealthEvent } from '../../updates/webhook-health.js';
import { SUCCESS_RATE } from './success-rate.js';
import { IS_ORDERED } from './target.js';
import { failing, waits } from './waiting.js';

/** So many lanes are looked at in one statement. */
export const LANES_A_LOOK = 1_000;
/** Of those, so many are told of in one transaction. */
export const BATCH = 200;
/** Counting further would read on and on in a long lane. */
const MOST_COUNTED = 10_000;
/** Of the failed deliveries of a lane, so many are looked through for the one tried last. */
const MOST_FAILED = 1_000;

/** One at a time: any number that nobody else takes for its advisory lock, "hook" and "well". */
const LOCK = 'SELECT pg_try_advisory_xact_lock(1752132459, 2003135596) AS taken';

/** Mostly there is none: then this is all. */
const WATCHED = `
SELECT id FROM hooktide.lane WHERE failing_since <= now() - make_interval(secs => $1 / 1000.0)
UNION SELECT lane_id FROM hooktide.webhook WHERE disabled_at IS NOT NULL OR paused_at IS NOT NULL
UNION SELECT lane_id FROM hooktide.webhook_health
ORDER BY id`;

/** What became of a lane whose webhook is gone is nobody's business any more. */
const FORGET = `
DELETE FROM hooktide.webhook_health AS h
WHERE NOT EXISTS (SELECT FROM hooktide.webhook AS w WHERE w.lane_id = h.lane_id)`;

/**
 * Of which of these webhooks there is something to tell, and writes down that it is told:
 *
 *   (no row) ── ill, and an event is due ──► a row, and what was told since ── well for `$1` ms ──► RECOVERED, (no row)
 *
 * Ill: failing for `$1` ms, paused or disabled. Well: none of it, and a delivery has arrived since, or none waits; whoever
 * fails again before it was well for so long goes on being ill. Of each event once, but of DISABLED each time. A share is
 * reached by the age of what has waited longest, or by the time for which an active webhook has been failing.
 */
const TELL = `
WITH seen AS MATERIALIZED (
  SELECT l.id, w.disabled_at IS NOT NULL OR w.paused_at IS NOT NULL AS is_stopped, w.disabled_at, h.well_since,
         CASE WHEN ${failing(IS_ORDERED)} THEN l.failing_since END AS failing_since,
         h.lane_id IS NOT NULL AS is_known, coalesce(h.told, '{}') AS told, h.told_at,
         CASE WHEN l.last_success_at > h.since THEN true WHEN h.well_since IS NOT NULL THEN NOT ${waits('true')} END AS has_proof,
         CASE WHEN w.retry ? 'maxAgeHours' THEN nullif((w.retry ->> 'maxAgeHours')::float8, 0) * 3600 ELSE $2 / 1000.0 END AS max_age,
         oldest.age_from
  FROM unnest($3::bigint[]) AS watched(id) JOIN hooktide.lane AS l USING (id)
  JOIN hooktide.webhook AS w ON w.lane_id = l.id
  LEFT JOIN hooktide.webhook_health AS h ON h.lane_id = l.id
  LEFT JOIN LATERAL (
    SELECT d.age_from FROM hooktide.delivery AS d
    WHERE d.lane_id = l.id AND d.id > l.floor_id AND 'AGE_90' = ANY (h.told) IS NOT TRUE
    ORDER BY d.lane_id, d.id LIMIT 1
  ) AS oldest ON true
  WHERE w.origin <> 'message' AND l.closed_at IS NULL
), judged AS (
  SELECT s.*, NOT s.is_stopped AND s.failing_since IS NULL AS is_well,
         s.is_stopped OR coalesce(s.failing_since <= now() - make_interval(secs => $1 / 1000.0), false) AS is_ill,
         extract(epoch FROM now() - least(s.age_from, CASE WHEN NOT s.is_stopped THEN s.failing_since END)) / s.max_age AS share
  FROM seen AS s
), due AS MATERIALIZED (
  SELECT j.*, array_remove(ARRAY[
      CASE WHEN j.is_ill AND NOT j.is_stopped AND 'FAILING' <> ALL (j.told) THEN 'FAILING' END,
      CASE WHEN j.is_ill AND j.share >= 0.5 AND 'AGE_50' <> ALL (j.told) THEN 'AGE_50' END,
      CASE WHEN j.is_ill AND j.share >= 0.75 AND 'AGE_75' <> ALL (j.told) THEN 'AGE_75' END,
      CASE WHEN j.is_ill AND j.share >= 0.9 AND 'AGE_90' <> ALL (j.told) THEN 'AGE_90' END,
      CASE WHEN j.disabled_at IS NOT NULL AND ('DISABLED' <> ALL (j.told) OR j.disabled_at > j.told_at) THEN 'DISABLED' END,
      CASE WHEN j.is_well AND j.has_proof AND j.well_since <= now() - make_interval(secs => $1 / 1000.0) THEN 'RECOVERED' END
    ], NULL) AS events
  FROM judged AS j
), noted AS (
  UPDATE hooktide.webhook_health AS h SET well_since = CASE WHEN d.is_well THEN now() END
  FROM due AS d WHERE h.lane_id = d.id AND d.events = '{}' AND (h.well_since IS NOT NULL) <> d.is_well
), picked AS MATERIALIZED (
  SELECT * FROM due WHERE events <> '{}' ORDER BY id LIMIT ${BATCH}
), written AS (
  INSERT INTO hooktide.webhook_health AS h (lane_id, failing_since, told)
  SELECT id, failing_since, events FROM picked WHERE 'RECOVERED' <> ALL (events)
  ON CONFLICT (lane_id) DO UPDATE SET
    failing_since = coalesce(h.failing_since, excluded.failing_since), told_at = now(), well_since = NULL,
    told = ARRAY(SELECT t FROM unnest(h.told) AS t WHERE t <> ALL (excluded.told)) || excluded.told
), ended AS (
  DELETE FROM hooktide.webhook_health AS h USING picked AS p WHERE h.lane_id = p.id AND 'RECOVERED' = ANY (p.events)
)
SELECT p.id AS "laneId", w.id AS "webhookId", w.type AS "webhookType", p.events, now() AS at,
       coalesce(p.failing_since, (SELECT h.failing_since FROM hooktide.webhook_health AS h WHERE h.lane_id = p.id AND p.is_well))
         AS "failingSince",
       w.paused_at AS "pausedAt", w.disabled_at AS "disabledAt",
       CASE WHEN w.disabled_at IS NOT NULL THEN coalesce(w.disabled_reason, 'gone') END AS "disabledReason",
       l.last_success_at AS "lastSuccessAt", oldest.age_from AS "oldestUpdateAt",
       oldest.age_from + make_interval(secs => p.max_age) AS "dropsFrom", waiting.count::int AS waiting,
       ${SUCCESS_RATE} AS "successRate", failed.outcome AS "lastOutcome"
FROM picked AS p JOIN hooktide.lane AS l USING (id) JOIN hooktide.webhook AS w ON w.lane_id = l.id
CROSS JOIN LATERAL (
  SELECT count(*) FROM (
    SELECT FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id > l.floor_id LIMIT ${MOST_COUNTED}
  ) AS counted
) AS waiting
LEFT JOIN LATERAL (
  SELECT d.age_from FROM hooktide.delivery AS d
  WHERE d.lane_id = l.id AND d.id > l.floor_id ORDER BY d.lane_id, d.id LIMIT 1
) AS oldest ON true
LEFT JOIN LATERAL (
  SELECT f.outcome FROM (
    (SELECT d.outcome, d.tried_at AS at FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.attempts > 0
     ORDER BY d.lane_id, d.subject, d.id LIMIT ${MOST_FAILED})
    UNION ALL
    SELECT g.outcome, g.at FROM (
      SELECT lane_id, outcome, coalesce(tried_at, dropped_at) AS at FROM hooktide.dead_letter
      WHERE webhook_id = w.id ORDER BY webhook_id DESC, id DESC LIMIT 1
    ) AS g WHERE g.lane_id = l.id AND g.at > coalesce(l.last_success_at, '-infinity')
  ) AS f WHERE f.outcome IS NOT NULL ORDER BY f.at DESC LIMIT 1
) AS failed ON true
ORDER BY p.id`;

/** Nobody hears of itself: what it can't deliver would be about what it can't deliver. */
const NOT_TO_ITSELF = `
DELETE FROM hooktide.delivery AS d USING unnest($1::uuid[], $2::bigint[]) AS n(update_id, lane_id)
WHERE d.update_id = n.update_id AND d.lane_id = n.lane_id`;

/** A webhook of which there is something to tell, as it is now. */
export interface Noticed {
  laneId: number;
  webhookId: string;
  webhookType: WebhookType;
  /** In their order. */
  events: HealthEvent[];
  at: Date;
  failingSince: Date | null;
  pausedAt: Date | null;
  disabledAt: Date | null;
  disabledReason: DisabledReason | null;
  lastSuccessAt: Date | null;
  oldestUpdateAt: Date | null;
  dropsFrom: Date | null;
  waiting: number;
  successRate: number | null;
  lastOutcome: Outcome | null;
}

/** The lanes to look at: those of webhooks that have been failing for so long, are paused or disabled, or were told of. */
export async function readWatched(sql: Sql, steadyMillis: number): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(WATCHED, [steadyMillis]);
  return rows.map(({ id }) => id);
}

/** Forgets what was told of webhooks that are gone. */
export async function forgetGone(sql: Sql): Promise<void> {
  await sql.query(FORGET);
}

/** Whether it is this transaction that may tell: another one sees to it otherwise. */
export async function takeTurn(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ taken: boolean }>(LOCK);
  return row?.taken === true;
}

/** What is told, and from when on. */
export interface HealthRules {
  /** So long something has to be so, good or bad. */
  steadyMillis: number;
  /** Where the webhook doesn't say; null: no limit. */
  maxAgeMillis: number | null;
}

/**
 * Of these lanes, up to `BATCH` of whose webhooks there is something to tell; what is told of them is written down.
 * @param sql the transaction that tells it
 */
export function noteHealth(sql: Sql, lanes: readonly number[], rules: HealthRules): Promise<Noticed[]> {
  return sql.query(TELL, [rules.steadyMillis, rules.maxAgeMillis, numberArray(lanes)]);
}

/** Takes the updates of those ids out of the lanes of those that they are about. */
export async function keepFromItself(sql: Sql, updateIds: readonly string[], lanes: readonly number[]): Promise<void> {
  await sql.query(NOT_TO_ITSELF, [updateIds, lanes]);
}
