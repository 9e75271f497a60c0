import type { Sql } from '../../database/database.js';
import type { QueuedType } from '../../updates/update.js';
import { deliveryView, type DeliveryRow, type DeliveryState } from './delivery-view.js';
import { named, type IdRange } from './update-ids.js';

/** Rows of `r` within the range of updates, of one type if that is asked for. */
const WANTED = `r.update_id >= $5::uuid AND r.update_id < $6::uuid
      AND ($2::text IS NULL OR (SELECT u.type FROM hooktide.update AS u WHERE u.id = r.update_id) = $2)`;

/**
 * The newest of all lanes in one state. The newest $7 stand in the $7 lanes whose own newest are the newest, and none of
 * them is older than the oldest of those: so each lane costs one look-up, and few of them more.
 */
const newest = (state: DeliveryState, table: string, id: string): string => {
  const row = `SELECT r.${id} AS id FROM hooktide.${table} AS r
    WHERE r.lane_id = l.id AND r.${id} < $4 AND ${WANTED}`;
  return `${state}_lanes AS MATERIALIZED (
  SELECT l.id, r.id AS newest
  FROM lanes AS l CROSS JOIN LATERAL (${row} ORDER BY r.lane_id DESC, r.${id} DESC LIMIT 1) AS r
  WHERE $3::text IS NULL OR $3 = '${state}'
  ORDER BY r.id DESC LIMIT $7
), ${state} AS (
  SELECT l.id AS lane_id, r.id FROM ${state}_lanes AS l CROSS JOIN LATERAL (${row}
    AND r.${id} >= (SELECT CASE WHEN count(*) = $7 THEN min(newest) ELSE 0 END FROM ${state}_lanes)
    ORDER BY r.lane_id DESC, r.${id} DESC LIMIT $7) AS r
)`;
};

/** Newest first. A lane's updates are of its webhook's type; where the webhook is gone, each update is asked. */
const LIST = deliveryView(
  `lanes AS MATERIALIZED (
  SELECT l.id FROM hooktide.lane AS l LEFT JOIN hooktide.webhook AS w ON w.lane_id = l.id
  WHERE ($1::text[] IS NULL OR l.webhook_id = ANY ($1)) AND ($2::text IS NULL OR coalesce(w.type, $2) = $2)
), ${newest('waiting', 'delivery', 'id')}, ${newest('delivered', 'history', 'delivery_id')}, dropped AS (
  SELECT r.lane_id, r.id FROM hooktide.dead_letter AS r
  WHERE ($3::text IS NULL OR $3 = 'dropped') AND ($1::text[] IS NULL OR r.webhook_id = ANY ($1)) AND r.id < $4 AND ${WANTED}
  ORDER BY r.id DESC LIMIT $7
), page AS MATERIALIZED (
  SELECT 'waiting' AS state, * FROM waiting
  UNION ALL SELECT 'delivered', * FROM delivered
  UNION ALL SELECT 'dropped', * FROM dropped
  ORDER BY id DESC LIMIT $7
)`,
  'DESC',
);

/** What was made of an update in one state: `LATERAL … OFFSET 0` has each update looked up by the index over updates. */
const ofUpdates = (state: DeliveryState, table: string, id: string): string => `
  SELECT '${state}' AS state, r.lane_id, r.id FROM updates AS u CROSS JOIN LATERAL (
    SELECT r.lane_id, r.${id} AS id FROM hooktide.${table} AS r WHERE r.update_id = u.id OFFSET 0
  ) AS r
  WHERE ($2::text IS NULL OR $2 = '${state}')
    AND ($1::text[] IS NULL OR r.lane_id IN (SELECT id FROM hooktide.lane WHERE webhook_id = ANY ($1)))`;

const OF_UPDATES = `${ofUpdates('waiting', 'delivery', 'id')}
  UNION ALL ${ofUpdates('delivered', 'history', 'delivery_id')}
  UNION ALL ${ofUpdates('dropped', 'dead_letter', 'id')}`;

/** Newest first, of the updates that a request, an id or a time names: whatever was made of these is gone through. */
const LIST_OF_UPDATES = deliveryView(
  `updates AS MATERIALIZED (
  SELECT u.id FROM hooktide.update AS u
  WHERE u.id >= $5::uuid AND u.id < $6::uuid
    AND ($3::text IS NULL OR u.type = $3)
    AND ($8::text IS NULL OR u.request_id = $8)
    AND ($9::text IS NULL OR u.id = ANY (${named('$9')}))
), page AS MATERIALIZED (
  SELECT * FROM (${OF_UPDATES}) AS r WHERE r.id < $4 ORDER BY r.id DESC LIMIT $7
)`,
  'DESC',
);

/** All of one update, oldest first. */
const LIST_OF_UPDATE = deliveryView(
  `updates AS MATERIALIZED (SELECT $3::uuid AS id), page AS MATERIALIZED (
  SELECT * FROM (${OF_UPDATES}) AS r WHERE r.id > $4 ORDER BY r.id LIMIT $5
)`,
  'ASC',
);

/** Nothing is keyed by the id alone but dead letters: each lane is looked at, some 40 ms for 10 000. */
const FIND = deliveryView(
  `page AS MATERIALIZED (
  SELECT 'dropped' AS state, g.lane_id, g.id FROM hooktide.dead_letter AS g WHERE g.id = $1
  UNION ALL
  SELECT r.state, l.id, $1 FROM hooktide.lane AS l CROSS JOIN LATERAL (
    SELECT 'waiting' AS state FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id = $1
    UNION ALL
    SELECT 'delivered' FROM hooktide.history AS h WHERE h.lane_id = l.id AND h.delivery_id = $1
    OFFSET 0
  ) AS r
  LIMIT 1
)`,
  'ASC',
);

/** What is null is not asked for. */
export interface DeliveryFilter {
  /** Spellings of the id of one webhook. */
  webhookId: string[] | null;
  state: DeliveryState | null;
  type: QueuedType | null;
  requestId: string | null;
  /** Hooktide's or the client's. */
  updateId: string | null;
  updates: IdRange & { isBounded: boolean };
}

/** Newest first, with ids below `before`. */
export function listDeliveries(
  sql: Sql,
  filter: DeliveryFilter,
  before: number,
  limit: number,
): Promise<DeliveryRow[]> {
  const { webhookId, state, type, requestId, updateId, updates } = filter;
  const [from, to] = [updates.from, updates.before];
  // A time without a webhook is looked up as the updates of that time: an idle lane would be gone through to its end.
  const isByUpdate = requestId !== null || updateId !== null || (updates.isBounded && webhookId === null);
  return isByUpdate
    ? sql.query(LIST_OF_UPDATES, [webhookId, state, type, before, from, to, limit, requestId, updateId])
    : sql.query(LIST, [webhookId, type, state, before, from, to, limit]);
}

/** All of one update with ids above `after`, oldest first. */
export function listDeliveriesOf(
  sql: Sql,
  updateId: string,
  webhookIds: string[] | null,
  after: number,
  limit: number,
): Promise<DeliveryRow[]> {
  return sql.query(LIST_OF_UPDATE, [webhookIds, null, updateId, after, limit]);
}

export async function findDelivery(sql: Sql, id: number): Promise<DeliveryRow | null> {
  const [row] = await sql.query<DeliveryRow>(FIND, [id]);
  return row ?? null;
}
