import type { Sql } from '../../database/database.js';

/** One that is not heard of for so long is not alive. */
const MISSED_AFTER_SECONDS = 20;
/** So many of the webhooks that a process works on are named. */
export const MOST_NAMED = 20;

const WRITE = `
INSERT INTO hooktide.process (id, host, pid, version, roles, started_at, delivered, failed, in_flight, seals)
VALUES ($1, $2, $3, $4, $5, coalesce($6, now()), $7, $8, $9, true)
ON CONFLICT (id) DO UPDATE
SET seen_at = now(), delivered = excluded.delivered, failed = excluded.failed, in_flight = excluded.in_flight
RETURNING started_at AS "startedAt", NOT EXISTS (
  SELECT FROM hooktide.process WHERE NOT seals AND seen_at > now() - interval '${MISSED_AFTER_SECONDS} seconds'
) AS "everybodySeals"`;

/** What is known once a process has said that it is there. */
export interface Written {
  /** When it was first said, by Postgres' clock. */
  startedAt: Date;
  /** Whether no process of a build is alive that can't open what is sealed. */
  everybodySeals: boolean;
}

const REMOVE = `DELETE FROM hooktide.process WHERE id = $1`;
const REMOVE_TIMEOUT_MILLIS = 2_000;

/** Who holds which lanes is gathered once for all of them. */
const LIST = `
SELECT p.id, p.host, p.pid, p.version, p.roles, p.started_at AS "startedAt", p.seen_at AS "seenAt",
       p.seen_at > now() - interval '${MISSED_AFTER_SECONDS} seconds' AS "isAlive",
       p.delivered, p.failed, p.in_flight AS "inFlight",
       coalesce(h.lanes, 0) AS lanes, coalesce(h.webhook_ids, '{}') AS "webhookIds"
FROM hooktide.process AS p LEFT JOIN (
  SELECT l.leased_by, count(*) AS lanes, (array_agg(l.webhook_id ORDER BY l.id))[:${MOST_NAMED}] AS webhook_ids
  FROM hooktide.lane AS l WHERE l.leased_until > now() GROUP BY l.leased_by
) AS h ON h.leased_by = p.id
WHERE p.id > $1 ORDER BY p.id LIMIT $2`;

const FORGET = `DELETE FROM hooktide.process WHERE seen_at < now() - interval '1 day'`;

/** What a process says of itself once: `id` is the owner in its leases. */
export interface ProcessFacts {
  id: string;
  host: string;
  pid: number;
  version: string;
  roles: readonly string[];
}

/** What a process has done since its start, and does now. */
export interface Work {
  /** Attempts that arrived. */
  delivered: number;
  /** Attempts that did not. */
  failed: number;
  inFlight: number;
}

export interface ProcessRow extends ProcessFacts, Work {
  startedAt: Date;
  /** When it was heard of last. */
  seenAt: Date;
  isAlive: boolean;
  /** How many lanes it holds. */
  lanes: number;
  /** Whose they are: the first `MOST_NAMED`. */
  webhookIds: string[];
}

/**
 * Says that a process is there.
 * @param startedAt null: it is said for the first time
 */
export async function writeProcess(
  sql: Sql,
  facts: ProcessFacts,
  work: Work,
  startedAt: Date | null,
): Promise<Written> {
  const { id, host, pid, version, roles } = facts;
  const values = [id, host, pid, version, roles, startedAt, work.delivered, work.failed, work.inFlight];
  const [row] = await sql.query<Written>(WRITE, values);
  return row!;
}

export async function removeProcess(sql: Sql, id: string): Promise<void> {
  await sql.query(REMOVE, [id], { timeoutMillis: REMOVE_TIMEOUT_MILLIS });
}

/** Processes with ids above `after`. Those that ended without a word are there for a day. */
export function listProcesses(sql: Sql, after: string, limit: number): Promise<ProcessRow[]> {
  return sql.query(LIST, [after, limit]);
}

export async function forgetProcesses(sql: Sql): Promise<void> {
  await sql.query(FORGET);
}
