import type { Sql } from '../../database/database.js';
import type { Outcome } from '../../updates/outcome.js';
import type { QueuedType } from '../../updates/update.js';
import type { DropReason } from './drop.js';
import { likeUri } from './messages.js';
import { named, type IdRange } from './update-ids.js';

export const DROP_REASONS = [
  'over_cap',
  'over_age',
  'attempts_exhausted',
  'too_large',
  'webhook_deleted',
] as const satisfies readonly DropReason[];

/** So many go in one statement: short locks, and a crash repeats little. */
export const BATCH = 1_000;

/** Dead letters `g`, with their updates `u`, that a filter names: the parameters from $1 to $11. */
export const MATCHING = `
  ($1::bigint IS NULL OR g.id = $1)
  AND ($2::text[] IS NULL OR g.webhook_id = ANY ($2))
  AND ($3::text IS NULL OR g.reason = $3)
  AND ($4::text IS NULL OR g.update_id = ANY (${named('$4')}))
  AND ($5::text IS NULL OR u.request_id = $5)
  AND ($6::text IS NULL OR u.type = $6)
  AND g.update_id >= $7::uuid AND g.update_id < $8::uuid
  AND ($9::text IS NULL OR u.direct ->> 'group' = $9)
  AND ($10::text IS NULL OR u.direct ->> 'tag' = $10)
  AND ($11::text IS NULL OR u.direct ->> 'uri' LIKE $11)`;

const LIST = `
SELECT g.id, g.webhook_id AS "webhookId", g.update_id AS "updateId", u.type, u.request_id AS "requestId",
       u.deploy_id AS "deployId", u.task_id AS "taskId", u.state, g.reason, g.attempts,
       g.first_tried_at AS "firstTriedAt", g.tried_at AS "triedAt", g.dropped_at AS "droppedAt", g.outcome
FROM hooktide.dead_letter AS g LEFT JOIN hooktide.update AS u ON u.id = g.update_id
WHERE ${MATCHING} AND g.id > $12
ORDER BY g.id LIMIT $13`;

/** Locked in the order of their ids: two that discard or replay the same wait for each other, and never in a ring. */
const DISCARD = `
DELETE FROM hooktide.dead_letter WHERE id = ANY (ARRAY(
  SELECT g.id FROM hooktide.dead_letter AS g LEFT JOIN hooktide.update AS u ON u.id = g.update_id
  WHERE ${MATCHING} AND g.id <= $12 AND g.id > $13
  ORDER BY g.id LIMIT $14 FOR UPDATE OF g))
RETURNING id`;

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

/** What is null is not asked for. */
export interface DeadLetterFilter {
  id: number | null;
  /** Spellings of the id of one webhook. */
  webhookId: string[] | null;
  reason: DropReason | null;
  /** Hooktide's or the client's. */
  updateId: string | null;
  requestId: string | null;
  type: QueuedType | null;
  updates: IdRange;
  /** What the sender of a direct message said of it; missing: all are asked for. */
  direct?: { group: string | null; tag: string | null; uri: string | null };
}

export function matching(filter: DeadLetterFilter): unknown[] {
  const { id, webhookId, reason, updateId, requestId, type, updates, direct } = filter;
  const ofDirect = [direct?.group, direct?.tag, likeUri(direct?.uri ?? null)];
  return [id, webhookId, reason, updateId, requestId, type, updates.from, updates.before, ...ofDirect];
}

/** Dead letters with ids above `after`, oldest first. */
export function listDeadLetters(
  sql: Sql,
  filter: DeadLetterFilter,
  after: number,
  limit: number,
): Promise<DeadLetter[]> {
  return sql.query(LIST, [...matching(filter), after, limit]);
}

/** Deletes one batch of dead letters with ids above `after` and up to `last`; answers with their ids. */
export async function discard(
  sql: Sql,
  filter: DeadLetterFilter,
  last: number,
  after = 0,
  limit = BATCH,
): Promise<number[]> {
  return (await sql.query<{ id: number }>(DISCARD, [...matching(filter), last, after, limit])).map(({ id }) => id);
}
