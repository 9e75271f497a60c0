import { numberArray } from '../../database/array.js';
import type { Sql } from '../../database/database.js';
import type { ContainerChange } from '../../updates/container.js';
import type { Direct } from '../../updates/direct.js';
import type { QueuedType } from '../../updates/update.js';
import type { Snapshot } from '../horizon.js';
import { due } from './waiting.js';

/** One delivery as it is read for sending, with its update. */
export interface Delivery {
  id: number;
  laneId: number;
  updateId: string;
  /** The lane that its webhook-id names: its own, or that in which the delivery that it replays was. */
  firstLaneId: number;
  /** The key of ordering: the update's subject, or a replay's own. */
  subject: string;
  attempts: number;
  refusals: number;
  /** Its last attempt was cut short, to make room for others. */
  wasCut: boolean;
  /** Age of the update by Postgres' clock, when it was read. */
  ageMillis: number;
  type: QueuedType;
  requestId: string;
  deployId?: string;
  taskId?: string;
  userId?: string;
  scope?: string;
  application?: string;
  state: string;
  /** The update's own subject. */
  about: string;
  occurredAtMillis: number;
  payload: string;
  /** Of a direct message. */
  direct?: Direct;
  /** Of a TASK update that changes its container. */
  container?: ContainerChange;
}

/** What to read of one lane. */
export interface Want {
  laneId: number;
  /** Of a lane whose webhook has been changed since this, nothing is read. */
  revision: number;
  afterId: number;
  limit: number;
  /** The poll under way: deliveries tried before it are due again. Null: only such as were never tried, or have due times. */
  poll: Date | null;
  /** Whether a failed delivery holds up the later ones of its subject. */
  isOrdered: boolean;
}

/** Deliveries in the order to send them, and what `Horizon` needs to know of the snapshot they were read in. */
export interface Read {
  deliveries: Delivery[];
  snapshot: Snapshot;
  /** Lanes whose page was cut by the byte budget: there is more. */
  cut: Set<number>;
  /** Lanes whose webhooks have been changed since the revision that was asked for. */
  outdated: number[];
}

/** An update that the receiver itself refuses holds up its subject for so many attempts. */
export const REFUSALS_THAT_HOLD_UP = 3;

const COLUMNS = `
      SELECT d.id, d.lane_id AS "laneId", d.update_id AS "updateId",
             d.first_lane_id AS "firstLaneId", d.subject, d.attempts, d.refusals, d.tried_at,
             coalesce(d.outcome ->> 'reason' = 'cut_short', false) AS "wasCut",
             (extract(epoch FROM now() - d.age_from) * 1000)::float8 AS "ageMillis"
      FROM hooktide.delivery AS d
      WHERE d.lane_id = w.lane_id AND d.id > w.after_id`;
const UNTRIED = 'd.attempts = 0';
const DUE = due('w.poll');

/** A failed delivery holds up the later ones of its subject, unless the receiver has refused it often enough. */
const NOT_HELD_UP = `
        AND NOT (w.is_ordered AND EXISTS (
          SELECT FROM hooktide.delivery AS b
          WHERE b.lane_id = d.lane_id AND b.subject = d.subject AND b.id < d.id AND b.attempts > 0
            AND b.refusals < ${REFUSALS_THAT_HOLD_UP}))`;

/**
 * Reads the deliveries of many lanes at once, in one snapshot. Takes no locks: only the lane's owner changes deliveries
 * that wait. Rows beyond the byte budget come without their update, for the caller to leave; the budget is spent in turns
 * (everybody's first, everybody's second, …), and at least one payload is always read.
 *
 * Updates are looked up twice: for the length of their payloads first, which costs less than to sort the payloads
 * themselves into turns. `OFFSET 0` keeps Postgres from joining the whole table. The rows come in no order.
 * @param eligible the deliveries of lane `w`, a lateral query
 */
const read = (eligible: string) => `
SELECT page.id, page."laneId", page."updateId", page."firstLaneId", page.subject, page.attempts, page.refusals, page."wasCut",
       page."ageMillis", u.type, u.request_id AS "requestId", u.deploy_id AS "deployId", u.task_id AS "taskId",
       u.user_id AS "userId", u.scope, u.application, u.state, nullif(u.subject, page.subject) AS about,
       (extract(epoch FROM u.occurred_at) * 1000)::float8 AS "occurredAtMillis", u.payload, u.direct, u.container,
       CASE WHEN coalesce(page.before, 0) = 0 THEN ARRAY[s.oldest_running, s.own_xid, s.last_id] || s.outdated END AS snapshot
FROM (
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::float8 AS oldest_running,
         pg_current_xact_id()::text::float8 AS own_xid,
         (CASE WHEN q.is_called THEN q.last_value ELSE 0 END)::float8 AS last_id,
         ARRAY(SELECT l.id::float8 FROM unnest($1::bigint[], $6::bigint[]) AS w(lane_id, revision)
               JOIN hooktide.lane AS l ON l.id = w.lane_id AND l.revision <> w.revision) AS outdated
  FROM hooktide.delivery_id_seq AS q
) AS s LEFT JOIN (
  SELECT r.id, r."laneId", r."updateId", r."firstLaneId", r.subject, r.attempts, r.refusals, r."wasCut", r."ageMillis",
         (sum(r.bytes) OVER (ORDER BY r.turn, r.id))::int8 - r.bytes AS before
  FROM (
    SELECT d.*, u.bytes, row_number() OVER (PARTITION BY d."laneId" ORDER BY d.id) AS turn
    FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::timestamptz[], $5::bool[], $6::bigint[])
      AS w(lane_id, after_id, page, poll, is_ordered, revision)
    JOIN hooktide.lane AS l ON l.id = w.lane_id AND l.revision = w.revision
    CROSS JOIN LATERAL (${eligible}) AS d
    CROSS JOIN LATERAL (
      SELECT octet_length(u.payload) AS bytes FROM hooktide.update AS u WHERE u.id = d."updateId" OFFSET 0
    ) AS u
  ) AS r
) AS page ON true
LEFT JOIN LATERAL (
  SELECT * FROM hooktide.update AS u WHERE u.id = page."updateId" AND page.before < $8 OFFSET 0
) AS u ON true`;

const READ_HEADS = read(`${COLUMNS}
        AND d.id <> ALL ($7::bigint[]) AND (${UNTRIED} OR ${DUE}) ${NOT_HELD_UP}
      ORDER BY d.id LIMIT w.page`);

/** The one tried longest ago, one never tried first. The second half is run only where the first has none. */
const READ_PROBES = read(`
      (${COLUMNS} AND d.id <> ALL ($7::bigint[]) AND ${UNTRIED} ${NOT_HELD_UP} ORDER BY d.id LIMIT w.page)
      UNION ALL
      (${COLUMNS} AND d.attempts > 0 AND ${DUE} ${NOT_HELD_UP} ORDER BY d.tried_at, d.id LIMIT w.page)
      LIMIT w.page`);

/**
 * @param except ids that the caller holds already
 * @param maxBytes of payload to read altogether
 */
export async function readHeads(sql: Sql, wants: Want[], except: number[], maxBytes: number): Promise<Read> {
  return toRead(await sql.query<Row>(READ_HEADS, [...columns(wants), numberArray(except), maxBytes]));
}

/** Reads one delivery of each lane: that with which to try whether the receiver answers again. */
export async function readProbes(sql: Sql, wants: Want[], maxBytes: number): Promise<Read> {
  return toRead(await sql.query<Row>(READ_PROBES, [...columns(wants), numberArray([]), maxBytes]));
}

/** One row tells of the snapshot, and then of the lanes that are outdated; it is there even when there are no deliveries. */
type Row = Omit<Delivery, 'id' | 'payload'> & {
  id: number | null;
  /** Null beyond the byte budget. */
  payload: string | null;
  snapshot: [number, number, number, ...number[]] | null;
};

function columns(wants: Want[]): unknown[] {
  return [
    numberArray(wants.map((w) => w.laneId)),
    numberArray(wants.map((w) => w.afterId)),
    numberArray(wants.map((w) => w.limit)),
    wants.map((w) => w.poll),
    wants.map((w) => w.isOrdered),
    numberArray(wants.map((w) => w.revision)),
  ];
}

const MAY_BE_MISSING = ['deployId', 'taskId', 'userId', 'scope', 'application', 'direct', 'container'] as const;

/** What a type doesn't have is null in Postgres, and missing here. What is mostly the same is null where it is the same. */
function toDelivery(row: Delivery): Delivery {
  for (const field of MAY_BE_MISSING) row[field] ??= undefined;
  row.firstLaneId ??= row.laneId;
  row.about ??= row.subject;
  return row;
}

function toRead(rows: Row[]): Read {
  const [oldestRunning, ownXid, lastId, ...outdated] = rows.find((row) => row.snapshot !== null)?.snapshot ?? [0, 0, 0];
  const cut = new Set<number>();
  const deliveries: Delivery[] = [];
  for (const row of rows) {
    if (row.id === null) continue;
    if (row.payload === null) cut.add(row.laneId);
    else deliveries.push(toDelivery(row as Delivery));
  }
  deliveries.sort((a, b) => a.id - b.id);
  return { deliveries, snapshot: { oldestRunning, ownXid, lastId }, cut, outdated };
}
