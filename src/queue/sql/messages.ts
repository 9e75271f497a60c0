import type { Sql } from '../../database/database.js';
import type { Direct } from '../../updates/direct.js';
import { deliveryView, type DeliveryRow } from './delivery-view.js';
import { named, type IdRange } from './update-ids.js';

/** What a direct message is doing: the words that clients of Hook Slinger know. */
export const MESSAGE_STATUSES = ['queued', 'started', 'scheduled', 'finished', 'failed'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** The status of a row `r(state, due_at)`. */
export const statusOf = (isLeased: string): string => `CASE
    WHEN r.state = 'delivered' THEN 'finished' WHEN r.state = 'dropped' THEN 'failed'
    WHEN r.due_at > now() THEN 'scheduled' WHEN ${isLeased} THEN 'started' ELSE 'queued' END`;

/**
 * What is in flight is known to the process alone that sends. So many of a lane that it holds count as started: those that
 * are due and come first; it is the default of `maxConcurrentPerWebhook`.
 */
export const MOST_STARTED = 16;

const IS_FIRST = `(SELECT count(*) FROM (
    SELECT FROM hooktide.delivery AS e
    WHERE e.lane_id = r.lane_id AND e.id < r.id AND (e.due_at IS NULL OR e.due_at <= now())
    ORDER BY e.lane_id, e.id LIMIT ${MOST_STARTED}) AS before) < ${MOST_STARTED}`;

/** Of what is known of the update `id`, the newest: a replay comes after what it repeats. */
export const newestOf = (id: string): string => `
  SELECT r.state, r.id, r.lane_id,
    ${statusOf(`(SELECT l.leased_until > now() FROM hooktide.lane AS l WHERE l.id = r.lane_id) AND ${IS_FIRST}`)} AS status
  FROM (
    SELECT 'waiting' AS state, d.id, d.lane_id, d.due_at FROM hooktide.delivery AS d WHERE d.update_id = ${id}
    UNION ALL SELECT 'delivered', h.delivery_id, h.lane_id, NULL FROM hooktide.history AS h WHERE h.update_id = ${id}
    UNION ALL SELECT 'dropped', g.id, g.lane_id, NULL FROM hooktide.dead_letter AS g WHERE g.update_id = ${id}
    OFFSET 0
  ) AS r ORDER BY r.id DESC LIMIT 1`;

/** Lanes of origins, by their names: those that were closed count as well. A client may once have named a webhook alike. */
export const MESSAGE_LANES = `
  SELECT l.id, coalesce(l.leased_until > now(), false) AS is_leased
  FROM hooktide.lane AS l LEFT JOIN hooktide.webhook AS w ON w.lane_id = l.id
  WHERE l.webhook_id LIKE 'message:%' AND coalesce(w.origin, 'message') = 'message'`;

/** What the sender said of the message `u`. */
const NAMED = `u.type = 'MESSAGE'
      AND ($3::text IS NULL OR u.direct ->> 'group' = $3)
      AND ($4::text IS NULL OR u.direct ->> 'tag' = $4)
      AND ($5::text IS NULL OR u.direct ->> 'uri' LIKE $5)`;

/** All messages, newest first, by the index that is for them. */
const OF_UPDATES = `
  SELECT u.id, NULL::bigint AS delivery_id FROM hooktide.update AS u
  WHERE u.id >= $1::uuid AND u.id < $2::uuid AND ${NAMED} ORDER BY u.id DESC`;

/**
 * What waits or was dropped is few where much arrives, and stands in an index in the order of its updates. `IS TRUE` keeps
 * the lanes in a hash of their own: a join would lose that order.
 */
const ofTable = (table: 'delivery' | 'dead_letter'): string => `
  SELECT r.update_id AS id, r.id AS delivery_id FROM hooktide.${table} AS r
  CROSS JOIN LATERAL (SELECT FROM hooktide.update AS u WHERE u.id = r.update_id AND ${NAMED} OFFSET 0) AS u
  WHERE r.update_id >= $1::uuid AND r.update_id < $2::uuid
    AND (r.lane_id IN (SELECT l.id FROM (${MESSAGE_LANES}) AS l)) IS TRUE
  ORDER BY r.update_id DESC`;

/**
 * Goes through candidates from the newest on until the page is full. `OFFSET 0` has each looked up by the key of its
 * table, and `ORDER BY c.id` costs nothing: they come in that order.
 */
const list = (candidates: string): string => `
  SELECT c.id AS update_id, n.state, n.id, n.lane_id, n.status
  FROM (${candidates}) AS c
  CROSS JOIN LATERAL (${newestOf('c.id')}) AS n
  WHERE (c.delivery_id IS NULL OR n.id = c.delivery_id) AND ($6::text IS NULL OR n.status = $6)
  ORDER BY c.id DESC LIMIT $7`;

/** The sender's secret stays where it is. */
const COLUMNS = [
  `p.status`,
  `u.client_id AS "jobId"`,
  `u.direct - 'authorization' AS direct`,
  `u.direct ? 'authorization' AS "hasAuthorization"`,
  `u.accepted_at AS "acceptedAt"`,
];

const listView = (candidates: string): string =>
  deliveryView(`page AS MATERIALIZED (${list(candidates)})`, 'DESC', [...COLUMNS, `NULL::text AS payload`]);

const CANDIDATES = { all: OF_UPDATES, waiting: ofTable('delivery'), dropped: ofTable('dead_letter') };

const FIND = deliveryView(
  `page AS MATERIALIZED (
  SELECT n.state, n.id, n.lane_id, n.status
  FROM (
    SELECT u.id FROM hooktide.update AS u WHERE u.id = ANY (${named('$1::text')}) AND u.type = 'MESSAGE'
    ORDER BY u.id DESC LIMIT 1
  ) AS c CROSS JOIN LATERAL (${newestOf('c.id')}) AS n
)`,
  'ASC',
  [...COLUMNS, `CASE WHEN $2 THEN u.payload END AS payload`],
);

/** A direct message, with all that is known of its newest delivery. */
export interface MessageRow extends DeliveryRow {
  status: MessageStatus;
  /** Its sender knows it by this. */
  jobId: string;
  direct: Omit<Direct, 'authorization'>;
  hasAuthorization: boolean;
  acceptedAt: Date;
  /** Null where it was not asked for. */
  payload: string | null;
}

/** What is null is not asked for. */
export interface MessageFilter {
  status: MessageStatus | null;
  group: string | null;
  tag: string | null;
  /** A `*` stands for any characters. */
  uri: string | null;
  updates: IdRange;
}

/** A pattern of LIKE for a uri in which `*` stands for any characters. */
export const likeUri = (uri: string | null): string | null =>
  uri === null ? null : uri.replace(/[\\%_]/g, String.raw`\$&`).replaceAll('*', '%');

/** Newest first. Those of which nothing is kept any more are left out. */
export async function listMessages(sql: Sql, filter: MessageFilter, limit: number): Promise<MessageRow[]> {
  const rows = await sql.query<MessageRow>(listView(candidatesOf(filter)), [...matching(filter), limit]);
  return rows.toSorted((a, b) => (a.updateId < b.updateId ? 1 : -1));
}

/** The newest with this id, its sender's or Hooktide's; its payload only if it is asked for. */
export async function findMessage(sql: Sql, id: string, withPayload: boolean): Promise<MessageRow | null> {
  const [row] = await sql.query<MessageRow>(FIND, [id, withPayload]);
  return row ?? null;
}

/** The ids of their updates, newest first. */
export async function listMessageIds(sql: Sql, filter: MessageFilter, limit: number): Promise<string[]> {
  const statement = `SELECT m.update_id AS id FROM (${list(candidatesOf(filter))}) AS m`;
  return (await sql.query<{ id: string }>(statement, [...matching(filter), limit])).map(({ id }) => id);
}

function matching({ status, group, tag, uri, updates }: MessageFilter): unknown[] {
  return [updates.from, updates.before, group, tag, likeUri(uri), status];
}

function candidatesOf({ status }: MessageFilter): string {
  if (status === null || status === 'finished') return CANDIDATES.all;
  return status === 'failed' ? CANDIDATES.dropped : CANDIDATES.waiting;
}
