import type { Sql } from '../../database/database.js';

/** Which updates, with all that is known of them. */
export interface EraseFilter {
  requestId: string;
  /** The first id that stays: what is accepted later. */
  before: string;
}

/** So many updates are seen to at once, and so many rows that speak of them: one update may be owed to a million webhooks. */
const UPDATES = 500;
const ROWS = 1_000;

/** Two that erase the same, and whoever deletes what is kept no longer, wait for each other. */
const LOCK_UPDATES = `
SELECT id FROM hooktide.update WHERE request_id = $1 AND id < $2::uuid AND id > $3::uuid
ORDER BY request_id, id LIMIT ${UPDATES} FOR UPDATE`;

/** `LATERAL … OFFSET 0` has each update looked up by the index over updates. */
const SPEAK = `
SELECT s.* FROM unnest($1::uuid[]) AS u(id) CROSS JOIN LATERAL (
  SELECT 'delivery' AS "table", lane_id, id FROM hooktide.delivery WHERE update_id = u.id
  UNION ALL SELECT 'history', lane_id, delivery_id FROM hooktide.history WHERE update_id = u.id
  UNION ALL SELECT 'dead_letter', lane_id, id FROM hooktide.dead_letter WHERE update_id = u.id
  OFFSET 0
) AS s LIMIT ${ROWS}`;

/**
 * Before any delivery, and in the order of their ids, like whoever settles: none of them waits in a ring. With them the
 * lanes that remember one of the subjects as failed.
 */
const LOCK_LANES = `
SELECT l.id FROM hooktide.lane AS l
WHERE l.id = ANY ($1::bigint[])
   OR l.failed_subjects && ARRAY(SELECT DISTINCT u.subject FROM hooktide.update AS u WHERE u.id = ANY ($2::uuid[]))
ORDER BY l.id FOR NO KEY UPDATE`;

/** In the order in which replays lock them. */
const LOCK = {
  dead_letter: `SELECT FROM hooktide.dead_letter WHERE id = ANY ($2::bigint[]) AND lane_id = ANY ($1::bigint[])
    ORDER BY id FOR UPDATE`,
  history: `SELECT FROM hooktide.history WHERE (lane_id, delivery_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
    ORDER BY lane_id, delivery_id FOR UPDATE`,
};

const DELETE = {
  delivery: `DELETE FROM hooktide.delivery WHERE (lane_id, id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))`,
  history: `DELETE FROM hooktide.history WHERE (lane_id, delivery_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))`,
  dead_letter: `DELETE FROM hooktide.dead_letter WHERE id = ANY ($2::bigint[]) AND lane_id = ANY ($1::bigint[])`,
};
type Table = keyof typeof DELETE;

/** What failed is gone: the receiver is judged anew, as after a change of its webhook. */
const FORGET_SUBJECTS = `
UPDATE hooktide.lane AS l
SET failed_subjects = '{}', failing_since = NULL, probed_at = NULL, revision = revision + 1
WHERE l.id = ANY ($1::bigint[])
  AND l.failed_subjects && ARRAY(SELECT DISTINCT u.subject FROM hooktide.update AS u WHERE u.id = ANY ($2::uuid[]))
RETURNING l.id`;

/** In the order in which whoever enqueues locks them; what later updates speak of stays. */
const TASKS = `
SELECT t.task_id AS id FROM hooktide.task_state AS t
WHERE t.task_id = ANY (ARRAY(SELECT DISTINCT u.task_id FROM hooktide.update AS u WHERE u.id = ANY ($1::uuid[])))
  AND NOT EXISTS (SELECT FROM hooktide.update AS o WHERE o.task_id = t.task_id AND o.id >= $2::uuid)
ORDER BY t.task_id FOR UPDATE OF t`;
/** The ids that a container can have by the id of its task: without the time of its start (hooktide.container_id). */
const CONTAINERS = `
SELECT c.id FROM hooktide.container AS c
WHERE c.id = ANY (ARRAY(
    SELECT DISTINCT CASE WHEN part ~ '^\\d+$' THEN replace(u.task_id, '-' || part || '-', '-') ELSE u.task_id END
    FROM hooktide.update AS u CROSS JOIN LATERAL unnest(string_to_array(u.task_id, '-')) AS part
    WHERE u.id = ANY ($1::uuid[])))
  AND NOT EXISTS (
    SELECT FROM hooktide.update AS o WHERE o.request_id = $3 AND o.id >= $2::uuid AND o.task_id IS NOT NULL)
ORDER BY c.id FOR UPDATE OF c`;
const DELETE_TASKS = `DELETE FROM hooktide.task_state WHERE task_id = ANY ($1::text[])`;
const DELETE_CONTAINERS = `DELETE FROM hooktide.container WHERE id = ANY ($1::text[])`;

const DELETE_IDS = `
DELETE FROM hooktide.idempotency_id AS i
WHERE i.id = ANY (ARRAY(SELECT u.client_id FROM hooktide.update AS u WHERE u.id = ANY ($1::uuid[])))
  AND NOT EXISTS (SELECT FROM hooktide.update AS o WHERE o.client_id = i.id AND o.id >= $2::uuid)`;

/** An update goes when nothing speaks of it any more. Each statement sees what was committed while another one waited. */
const DELETE_UPDATES = `
DELETE FROM hooktide.update AS u
WHERE u.id = ANY ($1::uuid[])
  AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.update_id = u.id)
  AND NOT EXISTS (SELECT FROM hooktide.dead_letter AS g WHERE g.update_id = u.id)
  AND NOT EXISTS (SELECT FROM hooktide.history AS h WHERE h.update_id = u.id)
RETURNING u.id`;

interface Spoken {
  table: Table;
  lane_id: number;
  id: number;
}

/** What a batch came to. */
export interface ErasedBatch {
  /** Updates that are gone. */
  erased: number;
  /** Up to this one all are gone. */
  last: string | null;
  isMore: boolean;
  /** Lanes in which something has waited: whoever came for them meanwhile has passed them over. */
  lanes: number[];
  /** Lanes that are judged anew. */
  changed: number[];
}

/**
 * Deletes one batch of what is known of a request: what waits, dead letters, history, states of tasks, containers,
 * idempotency ids, and the updates. What a dispatcher has in its hands is sent nevertheless, and nothing is kept of it.
 * @param sql a transaction
 * @param after where the batch before ended
 */
export async function eraseBatch(sql: Sql, { requestId, before }: EraseFilter, after: string): Promise<ErasedBatch> {
  const ids = (await sql.query<{ id: string }>(LOCK_UPDATES, [requestId, before, after])).map(({ id }) => id);
  const last = ids.at(-1);
  if (last === undefined) return { erased: 0, last: null, isMore: false, lanes: [], changed: [] };
  const spoken = await sql.query<Spoken>(SPEAK, [ids]);
  const waiting = spoken.filter(({ table }) => table === 'delivery');
  const lanes = [...new Set(waiting.map((row) => row.lane_id))];
  const locked = (await sql.query<{ id: number }>(LOCK_LANES, [lanes, ids])).map(({ id }) => id);
  await deleteSpoken(sql, spoken);
  const forgotten = await sql.query<{ id: number }>(FORGET_SUBJECTS, [locked, ids]);
  const batch = { lanes, changed: forgotten.map(({ id }) => id) };
  // There is more to be said of them than fits a batch.
  if (spoken.length === ROWS) return { ...batch, erased: 0, last: null, isMore: true };
  await deleteAround(sql, ids, before, requestId);
  const gone = new Set((await sql.query<{ id: string }>(DELETE_UPDATES, [ids])).map(({ id }) => id));
  // What was being settled or replayed becomes visible to the next batch.
  const stays = ids.findIndex((id) => !gone.has(id));
  const until = stays < 0 ? last : (ids[stays - 1] ?? null);
  return { ...batch, erased: gone.size, last: until, isMore: stays >= 0 || ids.length === UPDATES };
}

async function deleteSpoken(sql: Sql, spoken: readonly Spoken[]): Promise<void> {
  const keysOf = (table: Table): [number[], number[]] => {
    const rows = spoken.filter((row) => row.table === table);
    return [rows.map((row) => row.lane_id), rows.map((row) => row.id)];
  };
  await sql.query(LOCK.dead_letter, keysOf('dead_letter'));
  await sql.query(LOCK.history, keysOf('history'));
  for (const table of ['dead_letter', 'history', 'delivery'] as const) await sql.query(DELETE[table], keysOf(table));
}

async function deleteAround(sql: Sql, ids: string[], before: string, requestId: string): Promise<void> {
  const tasks = await sql.query<{ id: string }>(TASKS, [ids, before]);
  const containers = await sql.query<{ id: string }>(CONTAINERS, [ids, before, requestId]);
  await sql.query(DELETE_TASKS, [tasks.map(({ id }) => id)]);
  await sql.query(DELETE_CONTAINERS, [containers.map(({ id }) => id)]);
  await sql.query(DELETE_IDS, [ids, before]);
}
