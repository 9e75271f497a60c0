import type { Sql } from '../../database/database.js';

/** Singularity's routes have no paging: what they show is bounded, by upstream's own number and by memory. */
const MOST_WAITING = 3_000;
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

const WAITING = `
SELECT payload FROM (
  SELECT d.id, u.payload, sum(octet_length(u.payload)) OVER (ORDER BY d.id) - octet_length(u.payload) AS before
  FROM hooktide.webhook AS w
  CROSS JOIN LATERAL (
    SELECT id, update_id FROM hooktide.delivery WHERE lane_id = w.lane_id ORDER BY id LIMIT ${MOST_WAITING}
  ) AS d
  JOIN hooktide.update AS u ON u.id = d.update_id
  WHERE w.id = $1 AND w.type = $2
) AS waiting
WHERE before < ${MOST_WAITING_BYTES}
ORDER BY id`;

const QUEUE_SIZES = `
SELECT w.id, count(d.id) AS size
FROM hooktide.webhook AS w LEFT JOIN hooktide.delivery AS d ON d.lane_id = w.lane_id
GROUP BY w.id`;

const COUNT_TIMEOUT_MILLIS = 60_000;

const DEPTH = `SELECT count(*) AS depth FROM hooktide.delivery`;

/** Payloads of what waits for a webhook, oldest first. */
export async function listWaiting(sql: Sql, webhookId: string, type: string): Promise<string[]> {
  const rows = await sql.query<{ payload: string }>(WAITING, [webhookId, type]);
  return rows.map((row) => row.payload);
}

/** How many deliveries wait for each webhook, by its id. */
export async function readQueueSizes(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql.query<{ id: string; size: number }>(QUEUE_SIZES);
  return new Map(rows.map((row) => [row.id, row.size]));
}

/** Counts every waiting delivery: some 100 ms for a million. */
export async function readDepth(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ depth: number }>(DEPTH, [], { timeoutMillis: COUNT_TIMEOUT_MILLIS });
  return row?.depth ?? 0;
}
