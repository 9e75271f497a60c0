import type { Sql } from '../../database/database.js';
import { originOf, type DirectMessage } from '../../updates/direct.js';
import type { Retry } from '../../updates/target.js';

/** The lane of an origin stands in the registry as a webhook that no update is for. */
const PREFIX = 'message:';
export const laneIdOf = (origin: string): string => PREFIX + origin;

/** Whether direct messages wait in the lane of this webhook. */
export const isOfMessages = (webhookId: string): boolean => webhookId.startsWith(PREFIX);

/** A lane that was opened may be forgotten at that very moment, but not again and again. */
const MOST_ROUNDS = 5;

/** Each message has a policy of its own. This one says that the lane doesn't follow the poll, and knows neither cap nor age. */
const LANE_RETRY: Retry = { policy: 'constant', delayMillis: 5_000, maxAgeHours: 0, maxQueued: 0 };

/**
 * Stores a message and its delivery. Nothing, where its origin has no lane. The lock keeps the lane from being forgotten
 * (`forget-origins.ts`) until the delivery can be seen. The transaction has its number (xid) before it takes a delivery id,
 * which `Horizon` relies on.
 */
const ENQUEUE_MESSAGE = `
WITH lane AS MATERIALIZED (
  SELECT lane_id FROM hooktide.webhook WHERE id = $1 AND origin = 'message' FOR KEY SHARE
), stored AS (
  INSERT INTO hooktide.update (type, client_id, request_id, state, subject, occurred_at, payload, direct)
  SELECT 'MESSAGE', $2, $2, 'MESSAGE', $2, now(), $3, $4::jsonb FROM lane
  RETURNING id
)
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
SELECT lane.lane_id, stored.id, $2, now() FROM lane, stored
RETURNING lane_id::float8 AS "laneId"`;

const OPEN_LANE = `
WITH opened AS (
  INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", "order", retry, origin)
  VALUES ($1, nextval(pg_get_serial_sequence('hooktide.lane', 'id')), 'MESSAGE', $2,
          (extract(epoch FROM now()) * 1000)::bigint, 'none', $3, 'message')
  ON CONFLICT (id) DO NOTHING
  RETURNING lane_id, id
)
INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE SELECT lane_id, id FROM opened`;

/** Queues a message in the lane of its origin, which is opened for the first one. Answers with the lane. */
export async function enqueueMessage(sql: Sql, { id, direct, payload }: DirectMessage): Promise<number> {
  const origin = originOf(direct.uri);
  const message = [laneIdOf(origin), id, payload, JSON.stringify(direct)];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [queued] = await sql.query<{ laneId: number }>(ENQUEUE_MESSAGE, message);
    if (queued) return queued.laneId;
    await sql.query(OPEN_LANE, [laneIdOf(origin), origin, JSON.stringify(LANE_RETRY)]);
  }
  throw new Error(
    `${laneIdOf(origin)} is the id of a webhook: register that under another, for direct messages need it`,
  );
}
