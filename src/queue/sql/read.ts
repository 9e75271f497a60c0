import { numberArray } from '../../database/array.js';
import type { Sql } from '../../database/database.js';
import type { Snapshot } from '../horizon.js';
import { readQueuedUpdates, type QueuedUpdate } from './queued-updates.js';
import { SERVER_RUN } from './server-run.js';
import { due } from './waiting.js';

/** One delivery as it is read for sending, with its update. */
export interface Delivery {
  id: number;
  laneId: number;
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
  update: QueuedUpdate;
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
  /** Updates that were read now: the caller didn't know them. */
  fresh: QueuedUpdate[];
  snapshot: Snapshot;
  /** Lanes whose page was cut by the byte budget: there is more. */
  cut: Set<number>;
  /** Lanes whose webhooks have been changed since the revision that was asked for. */
  outdated: number[];
}

/** An update that the receiver itself refuses holds up its subject for so many attempts. */
export const REFUSALS_THAT_HOLD_UP = 3;

const COLUMNS = `
      SELECT d.id, d.lane_id AS "laneId", d.update_id AS "updateId", d.first_lane_id AS "firstLaneId", d.subject,
             d.attempts, d.refusals, coalesce(d.outcome ->> 'reason' = 'cut_short', false) AS "wasCut",
             date_part('epoch', now() - d.age_from) * 1000 AS "ageMillis"
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
 * Finds the deliveries of many lanes at once, in one snapshot. Takes no locks: only the lane's owner changes deliveries
 * that wait. The rows come in no order; one of them, without an id, tells of the snapshot and of the lanes that are
 * outdated.
 * @param eligible the deliveries of lane `w`, a lateral query
 */
const find = (eligible: string) => `
SELECT d.*, NULL AS snapshot
FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::timestamptz[], $5::bool[], $6::bigint[])
  AS w(lane_id, after_id, page, poll, is_ordered, revision)
JOIN hooktide.lane AS l ON l.id = w.lane_id AND l.revision = w.revision
CROSS JOIN LATERAL (${eligible}) AS d
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ARRAY[
    pg_snapshot_xmin(pg_current_snapshot())::text::float8,
    pg_current_xact_id()::text::float8,
    coalesce(pg_sequence_last_value('hooktide.delivery_id_seq'), 0)::float8,
    ${SERVER_RUN}
  ] || ARRAY(SELECT l.id::float8 FROM unnest($1::bigint[], $6::bigint[]) AS w(lane_id, revision)
             JOIN hooktide.lane AS l ON l.id = w.lane_id AND l.revision <> w.revision)`;

const FIND_HEADS = find(`${COLUMNS}
        AND d.id <> ALL ($7::bigint[]) AND (${UNTRIED} OR ${DUE}) ${NOT_HELD_UP}
      ORDER BY d.id LIMIT w.page`);

/** The one tried longest ago, one never tried first. The second half is run only where the first has none. */
const FIND_PROBES = find(`
      (${COLUMNS} AND d.id <> ALL ($7::bigint[]) AND ${UNTRIED} ${NOT_HELD_UP} ORDER BY d.id LIMIT w.page)
      UNION ALL
      (${COLUMNS} AND d.attempts > 0 AND ${DUE} ${NOT_HELD_UP} ORDER BY d.tried_at, d.id LIMIT w.page)
      LIMIT w.page`);

/** An update that the caller has in memory already, by its id. */
export type Known = (updateId: string) => QueuedUpdate | undefined;

/**
 * @param except ids that the caller holds already
 * @param maxBytes of payload to read altogether. It is spent in turns: everybody's first, everybody's second, …
 * @param known costs nothing, and is not read again: many webhooks want the same updates
 */
export function readHeads(sql: Sql, wants: Want[], except: number[], maxBytes: number, known?: Known): Promise<Read> {
  return read(sql, FIND_HEADS, wants, except, maxBytes, known);
}

/** Reads one delivery of each lane: that with which to try whether the receiver answers again. */
export function readProbes(sql: Sql, wants: Want[], maxBytes: number, known?: Known): Promise<Read> {
  return read(sql, FIND_PROBES, wants, [], maxBytes, known);
}

interface Row extends Omit<Delivery, 'id' | 'firstLaneId' | 'update'> {
  /** Null where the row tells of the snapshot. */
  id: number | null;
  updateId: string;
  /** Null: its own. */
  firstLaneId: number | null;
  snapshot: [number, number, number, number, ...number[]] | null;
}
type Found = Row & { id: number };
const NONE = [0, 0, 0, 0] as const;

async function read(
  sql: Sql,
  find: string,
  wants: Want[],
  except: number[],
  maxBytes: number,
  known: Known = () => undefined,
): Promise<Read> {
  const rows = await sql.query<Row>(find, [...columns(wants), numberArray(except)]);
  const found = rows.filter((row): row is Found => row.id !== null).sort((a, b) => a.id - b.id);
  const [oldestRunning, ownXid, lastId, serverRun, ...outdated] = rows.find((row) => row.id === null)?.snapshot ?? NONE;
  const { updates, missing } = lookUp(found, known);
  const fresh = await readQueuedUpdates(sql, missing, maxBytes);
  for (const update of fresh) updates.set(update.updateId, update);
  const cut = new Set<number>();
  const deliveries: Delivery[] = [];
  for (const row of found) {
    const update = updates.get(row.updateId);
    if (!update) cut.add(row.laneId);
    // Behind a gap nothing is taken: it could be of the same subject.
    else if (!cut.has(row.laneId)) deliveries.push(toDelivery(row, update));
  }
  return { deliveries, fresh, snapshot: { serverRun, oldestRunning, ownXid, lastId }, cut, outdated };
}

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

/** The updates of these deliveries that are known, and the ids of the others in the order in which to read them. */
function lookUp(found: readonly Found[], known: Known): { updates: Map<string, QueuedUpdate>; missing: string[] } {
  const updates = new Map<string, QueuedUpdate>();
  const missing = new Set<string>();
  for (const { updateId } of inTurns(found)) {
    if (updates.has(updateId)) continue;
    const update = known(updateId);
    if (update) updates.set(updateId, update);
    else missing.add(updateId);
  }
  return { updates, missing: [...missing] };
}

/** Every lane's first, every lane's second, … */
function inTurns(found: readonly Found[]): Found[] {
  const turns: Found[][] = [];
  const taken = new Map<number, number>();
  for (const row of found) {
    const turn = taken.get(row.laneId) ?? 0;
    taken.set(row.laneId, turn + 1);
    (turns[turn] ??= []).push(row);
  }
  return turns.flat();
}

function toDelivery(
  { id, laneId, firstLaneId, subject, attempts, refusals, wasCut, ageMillis }: Found,
  update: QueuedUpdate,
): Delivery {
  return {
    id,
    laneId,
    firstLaneId: firstLaneId ?? laneId,
    // One text for all that have the same, which is nearly always so.
    subject: subject === update.subject ? update.subject : subject,
    attempts,
    refusals,
    wasCut,
    ageMillis,
    update,
  };
}
