import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../database/database.js';

/** So many blocks of a table are looked at by one statement: half a megabyte, some thousand rows, a few milliseconds. */
const BLOCKS = 64;
/** A table of up to 128 MB is gone through in one round. */
const LEAST_BLOCKS_PER_ROUND = 16_384;

/** A table whose rows go when `old` holds of row `t`: an expression with the hours in $3. */
export interface Swept {
  table: 'history' | 'update' | 'idempotency_id' | 'task_state' | 'container';
  old: string;
}

const WHERE = `
SELECT next_block AS "next", pg_relation_size($2) / current_setting('block_size')::bigint AS blocks
FROM hooktide.retention WHERE what = $1`;

const NOTE = `UPDATE hooktide.retention SET next_block = $2 WHERE what = $1`;

/**
 * By place, not by time. An index in the order of time would be written with every row and read once in its life; and one
 * that only knows each block's oldest row (BRIN) never forgets it, so that it names all blocks as soon as each has been
 * used twice. What somebody else has locked is left for the next round: nobody waits.
 */
const sweep = ({ table, old }: Swept): string => `
DELETE FROM hooktide.${table} WHERE ctid = ANY (ARRAY(
  SELECT t.ctid FROM hooktide.${table} AS t
  WHERE t.ctid >= format('(%s,0)', $1::bigint)::tid AND t.ctid < format('(%s,0)', $2::bigint)::tid AND (${old})
  FOR UPDATE OF t SKIP LOCKED))`;

/** How much of a table is gone through at once. */
export interface Round {
  /** Within so many all of it is. */
  rounds: number;
  /** In blocks: a smaller table is gone through in one. */
  least?: number;
}

/** Goes through a part of a table, and deletes what is old. The rest follows in the next rounds. */
export async function sweepTable(
  database: Database,
  swept: Swept,
  hours: number,
  { rounds, least = LEAST_BLOCKS_PER_ROUND }: Round,
): Promise<void> {
  const { table } = swept;
  const [at] = await database.query<{ next: number; blocks: number }>(WHERE, [table, `hooktide.${table}`]);
  if (!at || at.blocks === 0) return;
  const many = Math.min(at.blocks, Math.max(least, Math.ceil(at.blocks / rounds)));
  const statement = sweep(swept);
  let block = at.next < at.blocks ? at.next : 0;
  for (let left = many; left > 0;) {
    const end = Math.min(block + Math.min(BLOCKS, left), at.blocks);
    await restingAfter(() => database.query(statement, [block, end, hours]));
    left -= end - block;
    block = end === at.blocks ? 0 : end;
  }
  await database.query(NOTE, [table, block]);
}

/** As long as it took, so that the queue has half of the time at least. */
export async function restingAfter<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  await pause(performance.now() - began);
  return result;
}
