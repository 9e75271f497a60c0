import type { Sql } from '../../database/database.js';
import { newestOf, type MessageStatus } from './messages.js';

/** So many go in one transaction: short locks, and a crash repeats little. */
export const BATCH = 1_000;

/** Two that delete the same wait for each other. */
const LOCK_UPDATES = `
SELECT id FROM hooktide.update WHERE id = ANY ($1::uuid[]) AND type = 'MESSAGE' ORDER BY id FOR UPDATE`;

/** Before any delivery, and in the order of their ids, like whoever settles: none of them waits in a ring. */
const LOCK_LANES = `
SELECT l.id::float8 AS id FROM hooktide.lane AS l
WHERE l.id = ANY (ARRAY(SELECT d.lane_id FROM hooktide.delivery AS d WHERE d.update_id = ANY ($1::uuid[])))
ORDER BY l.id FOR NO KEY UPDATE`;

/** In the order in which replays lock them. */
const LOCK_DROPPED = `SELECT FROM hooktide.dead_letter WHERE update_id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;
const LOCK_DELIVERED = `
SELECT FROM hooktide.history WHERE update_id = ANY ($1::uuid[]) ORDER BY lane_id, delivery_id FOR UPDATE`;

/** Those that were replayed, or arrived, since they were found have another status. */
const STILL = `
SELECT c.id FROM unnest($1::uuid[]) AS c(id) CROSS JOIN LATERAL (${newestOf('c.id')}) AS n
WHERE $2::text IS NULL OR n.status = $2`;

const DELETE = ['dead_letter', 'history', 'delivery'].map(
  (table) => `DELETE FROM hooktide.${table} WHERE update_id = ANY ($1::uuid[])`,
);

/** An update goes when nothing speaks of it any more. Each statement sees what was committed while another one waited. */
const DELETE_UPDATES = `
DELETE FROM hooktide.update AS u
WHERE u.id = ANY ($1::uuid[])
  AND NOT EXISTS (SELECT FROM hooktide.delivery AS d WHERE d.update_id = u.id)
  AND NOT EXISTS (SELECT FROM hooktide.dead_letter AS g WHERE g.update_id = u.id)
  AND NOT EXISTS (SELECT FROM hooktide.history AS h WHERE h.update_id = u.id)
RETURNING u.id`;

/** What a batch came to: how many messages are gone, and lanes whose claims were passed over meanwhile. */
export interface DeletedBatch {
  deleted: number;
  lanes: number[];
}

/**
 * Deletes direct messages with all that is known of them: what waits, dead letters, history, and the updates. What a
 * dispatcher has in its hands is sent nevertheless, and nothing is kept of it.
 * @param sql a transaction
 * @param status only those that have it still
 */
export async function deleteMessages(
  sql: Sql,
  updateIds: readonly string[],
  status: MessageStatus | null,
): Promise<DeletedBatch> {
  const found = await sql.query<{ id: string }>(LOCK_UPDATES, [updateIds]);
  const ids = [found.map(({ id }) => id)];
  const lanes = await sql.query<{ id: number }>(LOCK_LANES, ids);
  await sql.query(LOCK_DROPPED, ids);
  await sql.query(LOCK_DELIVERED, ids);
  const still = await sql.query<{ id: string }>(STILL, [...ids, status]);
  let left = still.map(({ id }) => id);
  // What was being replayed or settled becomes visible by and by.
  while (left.length > 0) {
    for (const statement of DELETE) await sql.query(statement, [left]);
    const gone = new Set((await sql.query<{ id: string }>(DELETE_UPDATES, [left])).map(({ id }) => id));
    left = left.filter((id) => !gone.has(id));
  }
  return { deleted: still.length, lanes: lanes.map(({ id }) => id) };
}
