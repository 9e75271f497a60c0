import type { Sql } from '../../database/database.js';
import { MESSAGE_LANES, MOST_STARTED, newestOf, statusOf, type MessageStatus } from './messages.js';

/** So many rows of each state are looked at. */
export const MOST_LOOKED_AT = 100_000;

/** The rows of each lane, by the index that begins with it: the order keeps Postgres from reading the whole table. */
const ofLanes = (table: string, columns: string, id: string): string => `(
  SELECT r.* FROM lanes AS l CROSS JOIN LATERAL (
    SELECT ${columns} FROM hooktide.${table} AS t WHERE t.lane_id = l.id ORDER BY t.lane_id, t.${id} LIMIT ${MOST_LOOKED_AT + 1}
  ) AS r LIMIT ${MOST_LOOKED_AT + 1}
)`;
const WAITING = ofLanes(
  'delivery',
  `'waiting' AS state, t.update_id, t.id, t.is_replay, t.due_at, l.is_leased AND count(*) FILTER (
      WHERE t.due_at IS NULL OR t.due_at <= now()) OVER (ORDER BY t.lane_id, t.id) <= ${MOST_STARTED} AS is_started`,
  'id',
);
const DELIVERED = ofLanes(
  'history',
  `'delivered', t.update_id, t.delivery_id, t.first_lane_id IS NOT NULL, NULL::timestamptz, false`,
  'delivery_id',
);

/** Dead letters are few, and all of them are gone through once; `IS TRUE` keeps the lanes in a hash. */
const DROPPED = `(
  SELECT 'dropped', t.update_id, t.id, t.first_lane_id IS NOT NULL, NULL::timestamptz, false
  FROM hooktide.dead_letter AS t WHERE (t.lane_id IN (SELECT id FROM lanes)) IS TRUE LIMIT ${MOST_LOOKED_AT + 1}
)`;

/**
 * Each message counts once, by its newest delivery. Replays are few: they are looked up, and of the others only those
 * that have one.
 */
const COUNT = `
WITH lanes AS MATERIALIZED (${MESSAGE_LANES}), looked AS MATERIALIZED (${WAITING} UNION ALL ${DELIVERED} UNION ALL ${DROPPED})
SELECT ${statusOf('r.is_started')} AS status, count(*) AS count,
       (SELECT max(n) FROM (SELECT count(*) AS n FROM looked GROUP BY state) AS s) <= ${MOST_LOOKED_AT} AS "isExact"
FROM looked AS r
WHERE NOT r.is_replay AND r.update_id NOT IN (SELECT update_id FROM looked WHERE is_replay)
   OR r.update_id IN (SELECT update_id FROM looked WHERE is_replay) AND r.id = (SELECT n.id FROM (${newestOf('r.update_id')}) AS n)
GROUP BY 1`;

/** How many direct messages are in each status. */
export interface MessageCounts extends Record<MessageStatus, number> {
  /** False: of some state there are more than `MOST_LOOKED_AT`, and no more were looked at. */
  isExact: boolean;
}

export async function countMessages(sql: Sql): Promise<MessageCounts> {
  const rows = await sql.query<{ status: MessageStatus; count: number; isExact: boolean }>(COUNT);
  const counts = { queued: 0, started: 0, scheduled: 0, finished: 0, failed: 0 };
  for (const { status, count } of rows) counts[status] = count;
  return { ...counts, isExact: rows.every(({ isExact }) => isExact) };
}
