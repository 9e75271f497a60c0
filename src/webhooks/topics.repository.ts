import type { Sql } from '../database/database.js';
import type { Retry } from '../updates/target.js';
import type { UpdateType } from '../updates/update.js';

/** A topic of the config stands in the registry as a webhook of its own. */
export const topicId = (type: UpdateType): string => `sns:${type}`;

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
), added AS (
  INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE SELECT lane_id, id FROM registered
), audited AS (
  INSERT INTO hooktide.audit (actor, actor_kind, action, target)
  SELECT 'webhookQueue', 'config', 'webhook.registered', id FROM registered
  UNION ALL SELECT 'webhookQueue', 'config', 'webhook.changed', id FROM changed
)
SELECT id FROM bumped`;

/**
 * Registers the topics of the config, or gives them their new places. Answers with the lanes that changed.
 * @param topics destinations by type: an ARN, or `sns:<name>`
 */
export async function writeTopics(
  sql: Sql,
  topics: Record<UpdateType, string>,
  maxConcurrent: number,
): Promise<number[]> {
  const types = Object.keys(topics) as UpdateType[];
  const rows = await sql.query<{ id: number }>(WRITE_TOPICS, [
    types.map(topicId),
    types,
    types.map((type) => topics[type]),
    JSON.stringify(RETRY),
    maxConcurrent,
  ]);
  return rows.map((row) => row.id);
}
