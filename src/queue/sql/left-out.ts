import type { Sql } from '../../database/database.js';
import type { Origin } from '../../updates/target.js';
import type { WebhookType } from '../../updates/update.js';

/**
 * The webhooks that got nothing of an update, in the order of their ids, and what the rule says of each as it stands now.
 * Who got something is gathered once; `NOT IN` is looked up in a hash, where a join may compare each with each.
 */
const LEFT_OUT = `
WITH the AS MATERIALIZED (SELECT * FROM hooktide.update WHERE id = $1), got AS MATERIALIZED (
  SELECT l.webhook_id FROM (
    SELECT d.lane_id FROM the AS u JOIN hooktide.delivery AS d ON d.update_id = u.id
    UNION ALL SELECT h.lane_id FROM the AS u JOIN hooktide.history AS h ON h.update_id = u.id
    UNION ALL SELECT g.lane_id FROM the AS u JOIN hooktide.dead_letter AS g ON g.update_id = u.id
  ) AS r JOIN hooktide.lane AS l ON l.id = r.lane_id
)
SELECT w.id AS "webhookId", w.type, w.origin, w.origin = ANY ($5::text[]) AS "isOfMode", w.filter, w.registered_at AS "registeredAt", w.type = u.type AS "isOfType",
  hooktide.webhook_matches(w, u.type, u.application, u.request_id, u.state, u.container) AS matches,
  CASE WHEN w.format = 'sail' THEN u.container ->> 'application' ELSE u.application END AS application,
  CASE WHEN w.format <> 'sail' THEN hooktide.passes(w.applications, u.application)
       ELSE u.container IS NULL OR hooktide.passes(w.applications, u.container ->> 'application') END AS "passesApplication",
  hooktide.passes(w.request_ids, u.request_id) AS "passesRequestId",
  hooktide.passes(w.states, u.state) AS "passesState",
  w.format <> 'sail' OR u.container IS NOT NULL AS "isChange"
FROM hooktide.webhook AS w CROSS JOIN the AS u
WHERE w.id > $2 AND w.origin <> 'message' AND u.type <> 'MESSAGE' AND ($3::text[] IS NULL OR w.id = ANY ($3)) AND w.id NOT IN (SELECT webhook_id FROM got)
ORDER BY w.id LIMIT $4`;

/** A webhook that got nothing of an update. */
export interface LeftOut {
  webhookId: string;
  type: WebhookType;
  origin: Origin;
  /** Updates are delivered to webhooks of its origin now. */
  isOfMode: boolean;
  filter: { applications?: string[]; requestIds?: string[]; states?: string[] } | null;
  registeredAt: Date;
  /** It wants the update, as it stands now. */
  matches: boolean;
  isOfType: boolean;
  /** By which its filter judges: of a container the one that it counts as, which is known of changes alone. */
  application: string | null;
  passesApplication: boolean;
  passesRequestId: boolean;
  passesState: boolean;
  /** Its format tells every update, or changes of containers alone, and this is one. */
  isChange: boolean;
}

/**
 * Webhooks with ids above `after`.
 * @param origins of whose webhooks updates are delivered to
 */
export function listLeftOut(
  sql: Sql,
  origins: readonly Origin[],
  updateId: string,
  webhookIds: string[] | null,
  after: string,
  limit: number,
): Promise<LeftOut[]> {
  return sql.query(LEFT_OUT, [updateId, after, webhookIds, limit, origins]);
}
