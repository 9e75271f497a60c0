import type { Sql } from '../../database/database.js';
import type { QueuedType } from '../../updates/update.js';
import { named, type IdRange } from './update-ids.js';

/** What became of an update is counted for the page alone, by the indexes over updates. */
const COLUMNS = `
  u.id, u.client_id AS "clientId", u.type, u.state, u.request_id AS "requestId", u.deploy_id AS "deployId",
  u.task_id AS "taskId", u.user_id AS "userId", u.application, u.subject, u.occurred_at AS "occurredAt",
  u.accepted_at AS "acceptedAt",
  (SELECT count(*) FROM hooktide.delivery AS d WHERE d.update_id = u.id) AS waiting,
  (SELECT count(*) FROM hooktide.history AS h WHERE h.update_id = u.id) AS delivered,
  (SELECT count(*) FROM hooktide.dead_letter AS g WHERE g.update_id = u.id) AS dropped`;

/**
 * Newest first. Ids follow the time of acceptance, so one range holds the time and where the page before ended. Without
 * a request, task, application or id, it goes through the updates themselves from the newest on.
 */
const LIST = `
SELECT ${COLUMNS}
FROM (
  SELECT u.* FROM hooktide.update AS u
  WHERE u.id >= $1::uuid AND u.id < $2::uuid
    AND ($3::text IS NULL OR u.type = $3)
    AND ($4::text IS NULL OR u.request_id = $4)
    AND ($5::text IS NULL OR u.deploy_id = $5)
    AND ($6::text IS NULL OR u.task_id = $6)
    AND ($7::text IS NULL OR u.application = $7)
    AND ($8::text IS NULL OR u.id = ANY (${named('$8')}))
  ORDER BY u.id DESC LIMIT $9
) AS u
ORDER BY u.id DESC`;

/** A client may use its id again once it has run out: the newest is meant. */
const FIND = `
SELECT ${COLUMNS}, CASE WHEN $2 THEN u.payload END AS payload
FROM hooktide.update AS u WHERE u.id = ANY (${named('$1::text')})
ORDER BY u.id DESC LIMIT 1`;

/** An update as it is listed. */
export interface UpdateRow {
  id: string;
  clientId: string | null;
  type: QueuedType;
  state: string;
  requestId: string;
  deployId: string | null;
  taskId: string | null;
  userId: string | null;
  application: string | null;
  subject: string;
  occurredAt: Date;
  acceptedAt: Date;
  waiting: number;
  delivered: number;
  dropped: number;
}

/** What is null is not asked for. */
export interface UpdateFilter {
  type: QueuedType | null;
  requestId: string | null;
  deployId: string | null;
  taskId: string | null;
  application: string | null;
  /** Hooktide's or the client's. */
  id: string | null;
}

export function listUpdates(sql: Sql, filter: UpdateFilter, ids: IdRange, limit: number): Promise<UpdateRow[]> {
  const { type, requestId, deployId, taskId, application, id } = filter;
  return sql.query(LIST, [ids.from, ids.before, type, requestId, deployId, taskId, application, id, limit]);
}

/** The newest update with this id, Hooktide's or the client's; its payload only if it is asked for. */
export async function findUpdate(
  sql: Sql,
  id: string,
  withPayload: boolean,
): Promise<(UpdateRow & { payload: string | null }) | null> {
  const [row] = await sql.query<UpdateRow & { payload: string | null }>(FIND, [id, withPayload]);
  return row ?? null;
}
