import type { Sql } from './database.js';

/**
 * Who changed something: by a token, that of `auth.tokenFile`, a JWT, or without any where none is asked for; `hooktide token`
 * in the database, the config at a start or by a limit of it, a receiver by its answer.
 */
export type ActorKind = 'token' | 'file' | 'jwt' | 'open' | 'command' | 'config' | 'receiver';

export interface Actor {
  readonly name: string;
  readonly kind: ActorKind;
  /** Where the connection came from; null: nobody called. */
  readonly address: string | null;
}

/** What is written down. */
export const AUDITED = [
  'webhook.registered',
  'webhook.changed',
  'webhook.paused',
  'webhook.resumed',
  'webhook.secret_replaced',
  'webhook.disabled',
  'webhook.deleted',
  'webhook.tested',
  'action.disabled',
  'action.enabled',
  'dead_letter.replayed',
  'dead_letter.discarded',
  'delivery.replayed',
  'message.replayed',
  'message.deleted',
  'job.created',
  'job.paused',
  'job.resumed',
  'job.canceled',
  'request.erased',
  'token.created',
  'token.revoked',
] as const;
export type Audited = (typeof AUDITED)[number];

/** One change. */
export interface Entry {
  by: Actor;
  action: Audited;
  /** Whose; null: of all that a filter names. */
  target: string | null;
  /** Names of fields, filters and numbers: no value that may be a secret. */
  details?: Record<string, unknown>;
}

/** The transaction that makes the change: that of the queue's pool, or of TypeORM's. */
interface Writer {
  query(statement: string, parameters: unknown[]): Promise<unknown>;
}

const WRITE = `
INSERT INTO hooktide.audit (actor, actor_kind, address, action, target, details)
VALUES ($1, $2, $3, $4, $5, $6)`;

/** Writes down a change with it: whoever can't be remembered has changed nothing. */
export async function writeAudit(sql: Writer, { by, action, target, details = {} }: Entry): Promise<void> {
  await sql.query(WRITE, [by.name, by.kind, by.address, action, target, JSON.stringify(details)]);
}

/** One change as it is shown. */
export interface AuditRow {
  id: number;
  at: Date;
  actor: string;
  actorKind: ActorKind;
  address: string | null;
  action: Audited;
  target: string | null;
  details: Record<string, unknown>;
}

/** What is null is not asked for. */
export interface AuditFilter {
  /** Spellings of the id of one webhook. */
  webhookId: string[] | null;
  actor: string | null;
  action: Audited | null;
  /** Epoch milliseconds; `since` belongs, `until` doesn't. */
  since: number | null;
  until: number | null;
}

/** A webhook's own changes, and what was sent again or discarded by a filter that names it. */
const LIST = `
SELECT id, at, actor, actor_kind AS "actorKind", address, action, target, details
FROM hooktide.audit
WHERE id < $1
  AND ($2::text[] IS NULL OR (target = ANY ($2) AND (starts_with(action, 'webhook.') OR details ? 'filter')))
  AND ($3::text IS NULL OR actor = $3)
  AND ($4::text IS NULL OR action = $4)
  AND ($5::float8 IS NULL OR at >= to_timestamp($5 / 1000))
  AND ($6::float8 IS NULL OR at < to_timestamp($6 / 1000))
ORDER BY id DESC LIMIT $7`;

/** Changes with ids below `before`, newest first. */
export function listAudit(
  sql: Sql,
  { webhookId, actor, action, since, until }: AuditFilter,
  before: number,
  limit: number,
): Promise<AuditRow[]> {
  return sql.query(LIST, [before, webhookId, actor, action, since, until, limit]);
}
