import type { Sql } from '../database/database.js';
import type { Retry } from '../updates/target.js';
import type { WebhookType } from '../updates/update.js';
import type { Topics } from './topics.js';

/** A topic of the config stands in the registry as a webhook of its own. */
export const topicId = (type: WebhookType): string => `sns:${type}`;

/** No cap and no age, as SNS mode always had none (contract §6): a topic that is away for a week gets everything. */
const RETRY: Retry = {
  policy: 'exponential',
  delayMillis: 1_000,
  maxDelayMillis: 60_000,
  jitter: 0.2,
  maxAgeHours: 0,
  maxQueued: 0,
};

/** One statement: a changed topic changes like a webhook (docs/adr/0009), the lane's row before the webhook's. */
const WRITE_TOPICS = `
WITH topic AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS t(id, type, uri)
), bumped AS (
  UPDATE hooktide.lane AS l SET revision = l.revision + 1
  FROM topic AS t JOIN hooktide.webhook AS w ON w.id = t.id AND (w.uri, w.type, w.origin, w.retry, w.max_concurrent) IS DISTINCT FROM (t.uri, t.type, 'config', $4::jsonb, $5::integer)
  WHERE l.id = w.lane_id RETURNING l.id
), changed AS (
  UPDATE hooktide.webhook AS w SET uri = t.uri, type = t.type, retry = $4::jsonb, max_concurrent = $5::integer, origin = 'config'
  FROM topic AS t, bumped AS b WHERE w.id = t.id AND w.lane_id = b.id
  RETURNING w.id
), registered AS (
  INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", retry, max_concurrent, origin)
  SELECT t.id, nextval(pg_get_serial_sequence('hooktide.lane', 'id')), t.type, t.uri,
         (extract(epoch FROM now()) * 1000)::bigint, $4::jsonb, $5::integer, 'config'
  FROM topic AS t ON CONFLICT (id) DO NOTHING
  RETURNING lane_id, id
), closed AS (
  UPDATE hooktide.lane AS l SET closed_at = now() FROM hooktide.webhook AS w
  WHERE w.origin = 'config' AND w.id <> ALL ($1) AND l.id = w.lane_id AND l.closed_at IS NULL
  RETURNING l.id
), deleted AS (
  DELETE FROM hooktide.webhook AS w USING closed AS c WHERE w.lane_id = c.id RETURNING w.id
), added AS (
  INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE SELECT lane_id, id FROM registered
), audited AS (
  INSERT INTO hooktide.audit (actor, actor_kind, action, target)
  SELECT 'webhookQueue', 'config', 'webhook.registered', id FROM registered
  UNION ALL SELECT 'webhookQueue', 'config', 'webhook.changed', id FROM changed
  UNION ALL SELECT 'webhookQueue', 'config', 'webhook.deleted', id FROM deleted
)
SELECT id FROM bumped UNION ALL SELECT id FROM closed`;

/**
 * Registers the topics of the config, or gives them their new places; one that the config doesn't name any more is deleted,
 * as a webhook is. Answers with the lanes that changed.
 */
export async function writeTopics(sql: Sql, topics: Topics, maxConcurrent: number): Promise<number[]> {
  const named = Object.entries(topics) as [WebhookType, string][];
  const rows = await sql.query<{ id: number }>(WRITE_TOPICS, [
    named.map(([type]) => topicId(type)),
    named.map(([type]) => type),
    named.map(([, destination]) => destination),
    JSON.stringify(RETRY),
    maxConcurrent,
  ]);
  return rows.map((row) => row.id);
}
