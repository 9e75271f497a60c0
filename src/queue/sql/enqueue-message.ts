import type { Sql } from '../../database/database.js';
import { originOf, type DirectMessage } from '../../updates/direct.js';
import type { Retry } from '../../updates/target.js';

/** The lane of an origin stands in the registry as a webhook that no update is for. */
const PREFIX = 'message:';
export const laneIdOf = (origin: string): string => PREFIX + origin;

/** Whether direct messages wait in the lane of this webhook. */
export const isOfMessages = (webhookId: string): boolean => webhookId.startsWith(PREFIX);

/** Each message has a policy of its own. This one says that the lane doesn't follow the poll, and knows neither cap nor age. */
const LANE_RETRY: Retry = { policy: 'constant', delayMillis: 5_000, maxAgeHours: 0, maxQueued: 0 };

/**
 * Stores messages with their deliveries, but for those whose origin has no lane. The lock keeps a lane from being forgotten
 * (`forget-origins.ts`) until its deliveries can be seen. The transaction has its number (xid) before it takes a delivery
 * id, which `Horizon` relies on; the ids follow the order of the messages.
 */
const ENQUEUE_MESSAGES = `
WITH input AS MATERIALIZED (
  SELECT hooktide.new_update_id() AS update_id, i.*
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
    AS i(lane, id, payload, direct, trace_parent, trace_state, position)
), lane AS MATERIALIZED (
  SELECT lane_id, id FROM hooktide.webhook WHERE id = ANY ($1) AND origin = 'message' ORDER BY id FOR KEY SHARE
), stored AS (
  INSERT INTO hooktide.update (id, type, client_id, request_id, state, subject, occurred_at, payload, direct,
                               trace_parent, trace_state)
  SELECT i.update_id, 'MESSAGE', i.id, i.id, 'MESSAGE', i.id, now(), i.payload, i.direct::jsonb, i.trace_parent,
         i.trace_state
  FROM input AS i JOIN lane AS l ON l.id = i.lane
  RETURNING id
), queued AS (
  INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT l.lane_id, i.update_id, i.id, now()
  FROM input AS i JOIN lane AS l ON l.id = i.lane WHERE (SELECT count(*) FROM stored) > 0
  ORDER BY i.position
)
SELECT array_agg(l.lane_id::float8 ORDER BY i.position) AS lanes
FROM input AS i LEFT JOIN lane AS l ON l.id = i.lane`;

const OPEN_LANE = `
WITH opened AS (
  INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", "order", retry, origin)
  VALUES ($1, nextval(pg_get_serial_sequence('hooktide.lane', 'id')), 'MESSAGE', $2,
          (extract(epoch FROM now()) * 1000)::bigint, 'none', $3, 'message')
  ON CONFLICT (id) DO NOTHING
  RETURNING lane_id, id
)
INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE SELECT lane_id, id FROM opened`;

/**
 * Queues messages, each in the lane of its origin. Answers with the lanes, in their order; null: its origin has none yet,
 * and it isn't queued.
 */
export async function enqueueMessages(sql: Sql, messages: readonly DirectMessage[]): Promise<(number | null)[]> {
  const columns = [
    messages.map(({ direct }) => laneIdOf(originOf(direct.uri))),
    messages.map(({ id }) => id),
    messages.map(({ payload }) => payload),
    messages.map(({ direct }) => JSON.stringify(direct)),
    messages.map(({ traceParent }) => traceParent ?? null),
    messages.map(({ traceState }) => traceState ?? null),
  ];
  const [row] = await sql.query<{ lanes: (number | null)[] }>(ENQUEUE_MESSAGES, columns, { name: 'enqueue-messages' });
  return row?.lanes ?? [];
}

/** Opens the lane of an origin for its first message. */
export async function openLane(sql: Sql, origin: string): Promise<void> {
  await sql.query(OPEN_LANE, [laneIdOf(origin), origin, JSON.stringify(LANE_RETRY)]);
}

/** A lane that was opened may be forgotten at that very moment, but not again and again. */
const MOST_ROUNDS = 5;

/**
 * Queues a message in the lane of its origin, which is opened for the first one. Answers with the lane.
 * @param put queues it where it has a lane, as `enqueueMessages` does
 */
export async function enqueueMessage(
  sql: Sql,
  message: DirectMessage,
  put = (messages: readonly DirectMessage[]) => enqueueMessages(sql, messages),
): Promise<number> {
  const origin = originOf(message.direct.uri);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [lane] = await put([message]);
    if (typeof lane === 'number') return lane;
    await openLane(sql, origin);
  }
  throw new Error(
    `${laneIdOf(origin)} is the id of a webhook: register that under another, for direct messages need it`,
  );
}
