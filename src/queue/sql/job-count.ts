import type { Sql } from '../../database/database.js';
import { matching, MATCHING } from './dead-letters.js';
import type { Counted, JobTask } from './job.js';
import { DELIVERED_MATCHING, matchingDelivered } from './replay.js';

/** Beyond so many, there are more. */
export const MOST_COUNTED = 100_000;

const DROPPED = `
SELECT count(*) FROM (
  SELECT FROM hooktide.dead_letter AS g LEFT JOIN hooktide.update AS u ON u.id = g.update_id
  WHERE ${MATCHING} LIMIT $12
) AS m`;

const DELIVERED = `SELECT count(*) FROM (SELECT FROM hooktide.history AS h WHERE ${DELIVERED_MATCHING} LIMIT $9) AS m`;

const ERASED = `
SELECT count(*) FROM (
  SELECT FROM hooktide.update WHERE request_id = $1 AND id < $2::uuid ORDER BY request_id, id LIMIT $3
) AS m`;

/** Counts what a job would be about, up to `most`. */
export async function countFor(sql: Sql, task: JobTask, most: number): Promise<Counted> {
  const [statement, values] = counting(task);
  const [row] = await sql.query<{ count: number }>(statement, [...values, most + 1]);
  const count = row?.count ?? 0;
  return { count: Math.min(count, most), isExact: count <= most };
}

function counting({ what, wanted }: JobTask): [statement: string, values: unknown[]] {
  if (what === 'dead_letters') return [DROPPED, matching(wanted)];
  if (what === 'deliveries') return [DELIVERED, matchingDelivered(wanted)];
  return [ERASED, [wanted.requestId, wanted.before]];
}
