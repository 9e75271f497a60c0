import type { Sql } from '../../database/database.js';
import type { DeadLetterFilter } from './dead-letters.js';
import { END, type DeliveredFilter, type Position } from './replay.js';

/**
 * So many rows are looked through by one batch, whether the filter names them or not: a filter that names few among
 * millions must not keep a statement, its snapshot and its locks for minutes. Some 30 ms.
 */
const WINDOW = 20_000;

const DROPPED = `
SELECT id FROM hooktide.dead_letter WHERE id > $1 ORDER BY id OFFSET ${WINDOW - 1} LIMIT 1`;

const DELIVERED = `
SELECT lane_id AS "laneId", delivery_id AS id FROM hooktide.history
WHERE (lane_id, delivery_id) > ($1::bigint, $2::bigint)
ORDER BY lane_id, delivery_id OFFSET ${WINDOW - 1} LIMIT 1`;

/** Lanes one after another, each in the order of its index. */
const DELIVERED_TO = `
SELECT h.lane_id AS "laneId", h.delivery_id AS id
FROM (SELECT id FROM hooktide.lane WHERE webhook_id = ANY ($3) AND id >= $1 ORDER BY id OFFSET 0) AS l
CROSS JOIN LATERAL (
  SELECT lane_id, delivery_id FROM hooktide.history
  WHERE lane_id = l.id AND (lane_id, delivery_id) > ($1::bigint, $2::bigint)
  ORDER BY lane_id, delivery_id LIMIT ${WINDOW}
) AS h
ORDER BY h.lane_id, h.delivery_id OFFSET ${WINDOW - 1} LIMIT 1`;

/** Up to where dead letters after a position are looked through at once. */
export async function droppedWindow(sql: Sql, { id }: DeadLetterFilter, [, after]: Position): Promise<Position> {
  if (id !== null) return END;
  const [row] = await sql.query<{ id: number }>(DROPPED, [after]);
  return row ? [0, row.id] : END;
}

/** Up to where history after a position is looked through at once. Of a request or an update it is looked up. */
export async function deliveredWindow(
  sql: Sql,
  { webhookId, updateId, requestId, delivery }: DeliveredFilter,
  after: Position,
): Promise<Position> {
  if (updateId !== null || requestId !== null || delivery !== null) return END;
  const rows = await (webhookId === null
    ? sql.query<{ laneId: number; id: number }>(DELIVERED, [...after])
    : sql.query<{ laneId: number; id: number }>(DELIVERED_TO, [...after, webhookId]));
  return rows[0] ? [rows[0].laneId, rows[0].id] : END;
}
