import type { Sql } from '../../database/database.js';
import { percentOf, sampleOf } from './gauges.js';

/** So many deliveries are counted one by one, over all lanes; of a lane, its share, but always so many. */
const MOST_COUNTED = 20_000;
const LEAST_OF_A_LANE = 20;
const LEAST_OF_A_LISTED = 1_000;

/** The delivery that waits first in lane `l`, by the index that all reads go by. */
const HEAD = `
  SELECT d.id FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id > l.floor_id ORDER BY d.lane_id, d.id LIMIT 1`;

/** How many wait in lane `l`, up to one more than `most`, an expression. */
const counted = (most: string) => `
  SELECT count(*) FROM (
    SELECT FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id > l.floor_id
    ORDER BY d.lane_id, d.id LIMIT ${most} + 1
  ) AS c`;

/** Since when delivery `d` of update `u` waits, as an age: since it came in, or since its replay. */
const AGE = `extract(epoch FROM now() - greatest(d.age_from, u.accepted_at))::float8`;

/**
 * Cost: two index probes a lane, and what is counted. Ids follow the times of acceptance: of all lanes of a type, the lowest
 * head is what has waited longest.
 */
const WAITING = `
WITH lanes AS MATERIALIZED (
  SELECT l.id, l.floor_id, w.type, w.paused_at IS NULL AND w.disabled_at IS NULL AS is_active,
         greatest(${LEAST_OF_A_LANE}, ${MOST_COUNTED} / count(*) OVER ()) AS most
  FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id
), counted AS MATERIALIZED (
  SELECT l.id, l.type, l.is_active, l.most, (${counted('l.most')}) AS waiting, (${HEAD}) AS head FROM lanes AS l
), types AS (
  SELECT type, sum(waiting)::float8 AS waiting, max(most)::float8 AS most,
         coalesce(array_agg(id::float8) FILTER (WHERE waiting > most), '{}') AS long
  FROM counted GROUP BY type
), oldest AS (
  SELECT DISTINCT ON (type) type, id AS lane_id, head FROM counted
  WHERE head IS NOT NULL AND is_active ORDER BY type, head
)
SELECT t.type, t.waiting, t.most, t.long, ${AGE} AS "oldestSeconds"
FROM types AS t LEFT JOIN oldest AS o ON o.type = t.type
LEFT JOIN hooktide.delivery AS d ON d.lane_id = o.lane_id AND d.id = o.head
LEFT JOIN hooktide.update AS u ON u.id = d.update_id`;

/** How many wait in long lanes, as a sample of the table's blocks has it; never fewer than were counted already. */
const SAMPLED = `
SELECT l.type, sum(greatest(coalesce(s.found, 0) * 100 / ${percentOf('delivery')}, l.counted))::float8 AS waiting
FROM unnest($1::text[], $2::bigint[], $3::float8[]) AS l(type, lane_id, counted) LEFT JOIN (
  SELECT lane_id, count(*) AS found FROM ${sampleOf('delivery')}
  GROUP BY lane_id
) AS s USING (lane_id)
GROUP BY l.type`;

const LISTED = `
SELECT l.webhook_id AS "webhookId", ${AGE} AS "oldestSeconds",
       coalesce(extract(epoch FROM now() - l.failing_since), 0)::float8 AS "failingSeconds",
       least((${counted('$2::int')}), $2::int)::int AS waiting
FROM (
  SELECT l.*, h.id AS head FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id
  CROSS JOIN LATERAL (${HEAD}) AS h
  WHERE w.paused_at IS NULL AND w.disabled_at IS NULL AND w.type <> 'MESSAGE'
  ORDER BY h.id LIMIT $1
) AS l
JOIN hooktide.delivery AS d ON d.lane_id = l.id AND d.id = l.head
JOIN hooktide.update AS u ON u.id = d.update_id`;

/** What waits for the webhooks of one type. */
export interface WaitingOfType {
  type: string;
  waiting: number;
  /** Of the oldest for webhooks that are neither paused nor disabled; null: none waits. */
  oldestSeconds: number | null;
}

/** What waits for one webhook. */
export interface WaitingForWebhook {
  webhookId: string;
  /** Counted to a limit. */
  waiting: number;
  oldestSeconds: number;
  /** 0: it isn't failing. */
  failingSeconds: number;
}

interface Row extends WaitingOfType {
  most: number;
  /** Lanes in which more wait than were counted. */
  long: number[];
}

/** How much waits, and for how long. Of lanes that are too long to be counted, an estimate. */
export async function readWaiting(sql: Sql): Promise<WaitingOfType[]> {
  const types = await sql.query<Row>(WAITING);
  const long = types.flatMap(({ type, most, long: lanes }) => lanes.map((lane) => [type, lane, most + 1] as const));
  if (long.length === 0) return types;
  const columns = [0, 1, 2].map((column) => long.map((row) => row[column]));
  const sampled = await sql.query<{ type: string; waiting: number }>(SAMPLED, columns);
  return types.map(({ type, waiting, most, long: lanes, oldestSeconds }) => {
    const estimate = sampled.find((row) => row.type === type)?.waiting ?? 0;
    return { type, waiting: Math.round(waiting - lanes.length * (most + 1) + estimate), oldestSeconds };
  });
}

/** Of at most so many webhooks, those whose oldest delivery has waited longest; the paused and disabled ones left out. */
export function listWaitingWebhooks(sql: Sql, most: number): Promise<WaitingForWebhook[]> {
  return sql.query(LISTED, [most, Math.max(LEAST_OF_A_LISTED, Math.ceil(MOST_COUNTED / most))]);
}
