import type { Sql } from '../../database/database.js';
import type { Outcome } from '../../updates/outcome.js';

/** Payloads of what waits for a webhook, oldest first: `[{payload}]`. Singularity's routes have no paging. */
const WAITING = `
SELECT u.payload
FROM hooktide.webhook AS w
JOIN hooktide.delivery AS d ON d.lane_id = w.lane_id
JOIN hooktide.update AS u ON u.id = d.update_id
WHERE w.id = $1 AND w.type = $2
ORDER BY d.id
LIMIT $3`;

const QUEUE_SIZES = `
SELECT w.id, count(d.id) AS size
FROM hooktide.webhook AS w LEFT JOIN hooktide.delivery AS d ON d.lane_id = w.lane_id
GROUP BY w.id`;

const DEAD_LETTERS = `
SELECT l.id, l.webhook_id AS "webhookId", l.update_id AS "updateId", u.type, u.request_id AS "requestId",
       u.deploy_id AS "deployId", u.task_id AS "taskId", u.state, l.reason, l.attempts,
       l.first_tried_at AS "firstTriedAt", l.tried_at AS "triedAt", l.dropped_at AS "droppedAt", l.outcome
FROM hooktide.dead_letter AS l LEFT JOIN hooktide.update AS u ON u.id = l.update_id
WHERE ($1::text IS NULL OR l.webhook_id = $1) AND l.id > $2
ORDER BY l.id LIMIT $3`;

const DEPTH = `SELECT count(*) AS depth FROM hooktide.delivery`;

/** A dropped delivery, kept with its reason. */
export interface DeadLetter {
  id: number;
  webhookId: string;
  updateId: string;
  type: string;
  requestId: string;
  deployId: string | null;
  taskId: string | null;
  state: string;
  reason: string;
  attempts: number;
  firstTriedAt: Date | null;
  triedAt: Date | null;
  droppedAt: Date;
  outcome: Outcome | null;
}

export async function listWaiting(sql: Sql, webhookId: string, type: string, limit: number): Promise<string[]> {
  const rows = await sql.query<{ payload: string }>(WAITING, [webhookId, type, limit]);
  return rows.map((row) => row.payload);
}

/** How many deliveries wait for each webhook, by its id. */
export async function readQueueSizes(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql.query<{ id: string; size: number }>(QUEUE_SIZES);
  return new Map(rows.map((row) => [row.id, row.size]));
}

/** Dead letters with ids above `after`, of one webhook or of all. */
export function listDeadLetters(
  sql: Sql,
  webhookId: string | null,
  after: number,
  limit: number,
): Promise<DeadLetter[]> {
  return sql.query(DEAD_LETTERS, [webhookId, after, limit]);
}

/** Counts every waiting delivery: some 100 ms for a million. */
export async function readDepth(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ depth: number }>(DEPTH);
  return row?.depth ?? 0;
}
