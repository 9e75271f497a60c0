import type { Sql } from '../../database/database.js';
import type { Outcome } from '../../updates/outcome.js';

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

const DEAD_LETTERS = `
SELECT l.id, l.webhook_id AS "webhookId", l.update_id AS "updateId", u.type, u.request_id AS "requestId",
       u.deploy_id AS "deployId", u.task_id AS "taskId", u.state, l.reason, l.attempts,
       l.first_tried_at AS "firstTriedAt", l.tried_at AS "triedAt", l.dropped_at AS "droppedAt", l.outcome
FROM hooktide.dead_letter AS l LEFT JOIN hooktide.update AS u ON u.id = l.update_id
WHERE ($1::text[] IS NULL OR l.webhook_id = ANY ($1)) AND l.id > $2
ORDER BY l.id LIMIT $3`;

const COUNT_TIMEOUT_MILLIS = 60_000;

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

/** Dead letters with ids above `after`, of webhooks with these ids or of all. */
export function listDeadLetters(
  sql: Sql,
  webhookIds: string[] | null,
  after: number,
  limit: number,
): Promise<DeadLetter[]> {
  return sql.query(DEAD_LETTERS, [webhookIds, after, limit]);
}

/** Counts every waiting delivery: some 100 ms for a million. */
export async function readDepth(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ depth: number }>(DEPTH, [], COUNT_TIMEOUT_MILLIS);
  return row?.depth ?? 0;
}
