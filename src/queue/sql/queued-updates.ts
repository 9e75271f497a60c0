import type { Sql } from '../../database/database.js';
import type { ContainerChange } from '../../updates/container.js';
import type { Direct } from '../../updates/direct.js';
import type { TraceContext } from '../../updates/trace-context.js';
import type { QueuedType } from '../../updates/update.js';

/** An update as it is sent. All deliveries of it that are in memory share it. */
export interface QueuedUpdate extends Partial<TraceContext> {
  updateId: string;
  type: QueuedType;
  requestId: string;
  deployId?: string;
  taskId?: string;
  userId?: string;
  scope?: string;
  application?: string;
  state: string;
  subject: string;
  occurredAtMillis: number;
  payload: string;
  /** Of a direct message. */
  direct?: Direct;
  /** Of a TASK update that changes its container. */
  container?: ContainerChange;
}

/**
 * Updates are looked up twice: for the length of their payloads first, so that only those are read that the byte budget
 * has room for. At least one always is. `OFFSET 0` keeps Postgres from joining the whole table.
 */
const READ = `
SELECT u.id AS "updateId", u.type, u.request_id AS "requestId", u.deploy_id AS "deployId", u.task_id AS "taskId",
       u.user_id AS "userId", u.scope, u.application, u.state, u.subject,
       (extract(epoch FROM u.occurred_at) * 1000)::float8 AS "occurredAtMillis", u.payload, u.direct, u.container,
       u.trace_parent AS "traceParent", u.trace_state AS "traceState"
FROM (
  SELECT w.id, sum(s.bytes) OVER (ORDER BY w.position) - s.bytes AS before
  FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, position)
  CROSS JOIN LATERAL (
    SELECT octet_length(u.payload) AS bytes FROM hooktide.update AS u WHERE u.id = w.id OFFSET 0
  ) AS s
) AS w
CROSS JOIN LATERAL (SELECT * FROM hooktide.update AS u WHERE u.id = w.id AND w.before < $2 OFFSET 0) AS u`;

const MAY_BE_MISSING = [
  'deployId',
  'taskId',
  'userId',
  'scope',
  'application',
  'direct',
  'container',
  'traceParent',
  'traceState',
] as const;

/**
 * @param ids without repetition; of two, the first goes first where there isn't room for both
 * @param maxBytes of payload to read altogether
 */
export async function readQueuedUpdates(sql: Sql, ids: readonly string[], maxBytes: number): Promise<QueuedUpdate[]> {
  if (ids.length === 0) return [];
  const updates = await sql.query<QueuedUpdate>(READ, [`{${ids.join()}}`, maxBytes]);
  // What a type doesn't have is null in Postgres, and missing here.
  for (const update of updates) for (const field of MAY_BE_MISSING) update[field] ??= undefined;
  return updates;
}
