import type { Sql } from '../../database/database.js';
import type { QueuedType } from '../../updates/update.js';
import { BATCH, matching, MATCHING, type DeadLetterFilter } from './dead-letters.js';
import { named, type IdRange } from './update-ids.js';

/**
 * Makes a new delivery of each row of `chosen(id, update_id, lane_id, first_lane_id, present_lane_id)`, in the order of
 * their ids, for the lane that the webhook has now. It is a subject of its own, so nothing waits for it; its age counts
 * from now; and it names the lane of the first delivery, so that its webhook-id stays the same. (Whatever names a first
 * lane is a replay: history and dead letters know it by that.)
 *
 * The transaction takes its number (xid) before it takes a delivery id, which `Horizon` relies on: `numbered` is asked
 * before any row of `made`. `page` is what was looked at; those of its rows without a present lane stay as they are.
 * @param last where the page ended, over its rows
 * @param limit how many rows the page has where there is more
 */
const requeue = (last: string, limit: string): string => `
numbered AS MATERIALIZED (
  SELECT pg_current_xact_id() AS xid
), made AS MATERIALIZED (
  SELECT nextval('hooktide.delivery_id_seq') AS id, c.update_id, c.present_lane_id AS lane_id,
         coalesce(c.first_lane_id, c.lane_id) AS first_lane_id
  FROM (SELECT * FROM chosen ORDER BY id OFFSET 0) AS c
  WHERE (SELECT xid FROM numbered) IS NOT NULL
), queued AS (
  INSERT INTO hooktide.delivery (id, lane_id, update_id, subject, age_from, is_replay, first_lane_id)
  OVERRIDING SYSTEM VALUE
  SELECT id, lane_id, update_id, 'replay:' || id, now(), true, first_lane_id FROM made
)
SELECT count(*) AS replayed, max(id) AS "deliveryId", coalesce(array_agg(DISTINCT lane_id::float8), '{}') AS lanes,
       (SELECT count(*) FROM page WHERE present_lane_id IS NULL) AS skipped,
       (SELECT ${last} FROM page) AS last,
       (SELECT count(*) FROM page) = ${limit} AS "isMore"
FROM made`;

/** The dead letters go in the same statement. Whoever comes second waits for the lock, and then finds them gone. */
const DROPPED = `
WITH page AS MATERIALIZED (
  SELECT g.id, g.lane_id, w.lane_id AS present_lane_id
  FROM hooktide.dead_letter AS g
  LEFT JOIN hooktide.update AS u ON u.id = g.update_id
  LEFT JOIN hooktide.webhook AS w ON w.id = g.webhook_id
  WHERE ${MATCHING} AND g.id <= $12 AND g.id > $13
  ORDER BY g.id LIMIT $14 FOR UPDATE OF g
), chosen AS (
  DELETE FROM hooktide.dead_letter AS g USING page AS p
  WHERE g.id = p.id AND p.present_lane_id IS NOT NULL
  RETURNING g.id, g.update_id, g.lane_id, g.first_lane_id, p.present_lane_id
), ${requeue('ARRAY[0, max(id)]::float8[]', '$14')}`;

/**
 * History `h` that a filter names: the parameters from $1 to $8. History stays, so what a filter names may have been
 * replayed before: a replay counts only where nothing earlier of the same webhook-id is kept, or the second call would
 * send all twice.
 */
export const DELIVERED_MATCHING = `
    ($1::bigint IS NULL OR (h.lane_id = $1 AND h.delivery_id = $2))
    AND ($3::text[] IS NULL OR h.lane_id = ANY (ARRAY(SELECT id FROM hooktide.lane WHERE webhook_id = ANY ($3))))
    AND ($4::text IS NULL OR h.update_id = ANY (${named('$4')}))
    AND ($5::text IS NULL OR h.update_id = ANY (ARRAY(SELECT id FROM hooktide.update WHERE request_id = $5)))
    AND ($6::text IS NULL OR (SELECT type FROM hooktide.update WHERE id = h.update_id) = $6)
    AND ($1::bigint IS NOT NULL OR h.first_lane_id IS NULL OR NOT EXISTS (
      SELECT FROM hooktide.history AS o
      WHERE o.update_id = h.update_id AND o.delivery_id < h.delivery_id
        AND coalesce(o.first_lane_id, o.lane_id) = h.first_lane_id))
    AND h.update_id >= $7::uuid AND h.update_id < $8::uuid`;

/**
 * It goes lane by lane, as its index does, each from the oldest on: whatever else is looked up comes after the page, or
 * Postgres may read all of it and sort. The lock keeps retention from deleting a row, and then the update, before the
 * new delivery of it can be seen.
 */
const DELIVERED = `
WITH found AS MATERIALIZED (
  SELECT h.delivery_id AS id, h.lane_id, h.update_id, h.first_lane_id
  FROM hooktide.history AS h
  WHERE ${DELIVERED_MATCHING}
    AND h.delivery_id <= $9 AND (h.lane_id, h.delivery_id) > ($10::bigint, $11::bigint)
    AND (h.lane_id, h.delivery_id) <= ($12::bigint, $13::bigint)
  ORDER BY h.lane_id, h.delivery_id LIMIT $14 FOR KEY SHARE
), page AS MATERIALIZED (
  SELECT f.*, w.lane_id AS present_lane_id
  FROM found AS f LEFT JOIN hooktide.lane AS l ON l.id = f.lane_id LEFT JOIN hooktide.webhook AS w ON w.id = l.webhook_id
), chosen AS (
  SELECT id, update_id, lane_id, first_lane_id, present_lane_id FROM page WHERE present_lane_id IS NOT NULL
), ${requeue('max(ARRAY[lane_id, id])::float8[]', '$14')}`;

const LAST_ID = `SELECT last_value AS id FROM hooktide.delivery_id_seq`;

/** Where a batch ended: up to which delivery, in which lane where it goes lane by lane. */
export type Position = readonly [laneId: number, id: number];

/** What one statement made of its batch. */
export interface ReplayedBatch {
  replayed: number;
  /** Of webhooks that are deleted: they stay as they are. */
  skipped: number;
  /** The last delivery that was made. */
  deliveryId: number | null;
  lanes: number[];
  last: Position;
  isMore: boolean;
}

/** What is null is not asked for. */
export interface DeliveredFilter {
  /** One delivery, by its key. */
  delivery: { laneId: number; id: number } | null;
  /** Spellings of the id of one webhook. */
  webhookId: string[] | null;
  /** Hooktide's or the client's. */
  updateId: string | null;
  requestId: string | null;
  type: QueuedType | null;
  updates: IdRange;
}

/** Where a lane or all of them end. */
export const END: Position = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** Replays one batch of dead letters, oldest first, after a position and up to the id `last`. */
export async function replayDropped(
  sql: Sql,
  filter: DeadLetterFilter,
  last: number,
  [, after]: Position,
  limit = BATCH,
): Promise<ReplayedBatch> {
  return only(await sql.query<ReplayedBatch>(DROPPED, [...matching(filter), last, after, limit]));
}

/** Replays one batch of what was delivered, after a position and up to the id `last`. */
export async function replayDelivered(
  sql: Sql,
  filter: DeliveredFilter,
  last: number,
  after: Position,
  { upTo, limit }: { upTo: Position; limit: number } = { upTo: END, limit: BATCH },
): Promise<ReplayedBatch> {
  const wanted = [...matchingDelivered(filter), last, ...after, ...upTo, limit];
  return only(await sql.query<ReplayedBatch>(DELIVERED, wanted));
}

export function matchingDelivered(filter: DeliveredFilter): unknown[] {
  const { delivery, webhookId, updateId, requestId, type, updates } = filter;
  return [delivery?.laneId, delivery?.id, webhookId, updateId, requestId, type, updates.from, updates.before];
}

/** The last delivery id that was given out. */
export async function readLastId(sql: Sql): Promise<number> {
  return only(await sql.query<{ id: number }>(LAST_ID)).id;
}

function only<Row>(rows: Row[]): Row {
  const [row] = rows;
  if (!row) throw new Error('There is always one row.');
  return row;
}
