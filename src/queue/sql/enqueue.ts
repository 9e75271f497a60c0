import { createHash } from 'node:crypto';
import type { Sql } from '../../database/database.js';
import { IdConflictError } from '../../errors/errors.js';
import type { Origin } from '../../updates/target.js';
import type { Update } from '../../updates/update.js';

/** What one enqueue stored. */
export interface Enqueued {
  /** One id for each update, in their order: the client's, else a new one. */
  ids: string[];
  /** How many deliveries are owed for each of them, in the same order, and altogether. */
  owed: number[];
  deliveries: number;
  /** The lanes that got deliveries. */
  lanes: number[];
}

/**
 * Stores updates and what is owed for them, in one statement.
 *
 * The order of the parts matters. `checked` waits for `stored`, and `queued` for `checked`: so the transaction has its
 * number (xid) before it takes its first delivery id, which `Horizon` relies on, and the ids follow the order of the
 * array. Tasks are followed first: what that locks keeps the order of a container's changes, and of their deliveries, the
 * same. No lane row is touched. Too large a fan-out raises HT001 and stores nothing; so does a wait beyond the lock
 * timeout, which is set first, for this transaction. The types are named, as lanes of direct messages stand in the registry
 * too: the index leaves them out. To plan it costs more than to store one update, so its plan is kept: it is as good for
 * 1 update as for 1 000, for 1 webhook as for 10 000.
 */
const ENQUEUE = `
WITH input AS MATERIALIZED (
  SELECT hooktide.new_update_id() AS id, i.*
  FROM set_config('lock_timeout', coalesce($17, current_setting('lock_timeout')), true) CROSS JOIN
       unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::text[], $11::float8[], $12::text[], $15::text[], $16::text[], $18::text[], $19::text[])
       WITH ORDINALITY
    AS i(type, client_id, application, request_id, deploy_id, task_id, user_id, scope, state, subject,
         occurred_at_millis, payload, container_id, request_group, trace_parent, trace_state, position)
), followed AS MATERIALIZED (
  SELECT f.position, f.change
  FROM (
    SELECT array_agg(position) AS positions, array_agg(task_id) AS tasks, array_agg(state) AS states,
           array_agg(coalesce(container_id, task_id)) AS containers,
           array_agg(coalesce(application, request_group, request_id)) AS applications
    FROM input WHERE type = 'TASK' AND task_id IS NOT NULL
  ) AS t
  CROSS JOIN LATERAL hooktide.follow_tasks(t.positions, t.tasks, t.states, t.containers, t.applications) AS f
  WHERE t.positions IS NOT NULL
), stored AS (
  INSERT INTO hooktide.update (id, type, client_id, application, request_id, deploy_id, task_id, user_id, scope,
                               state, subject, occurred_at, payload, container, trace_parent, trace_state)
  SELECT id, type, client_id, application, request_id, deploy_id, task_id, user_id, scope, state, subject,
         to_timestamp(occurred_at_millis / 1000), payload, f.change, trace_parent, trace_state
  FROM input LEFT JOIN followed AS f USING (position)
  RETURNING id
), owed AS MATERIALIZED (
  SELECT w.lane_id, i.id, i.subject, i.position, least(to_timestamp(i.occurred_at_millis / 1000), now()) AS age_from
  FROM input AS i LEFT JOIN followed AS f USING (position)
  JOIN hooktide.webhook AS w ON hooktide.webhook_matches(w, i.type, i.application, i.request_id, i.state, f.change)
    AND w.type IN ('REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS', 'WEBHOOK_HEALTH') AND w.origin = ANY ($14::text[])
), checked AS MATERIALIZED (
  SELECT hooktide.refuse_fan_out((SELECT count(*) FROM owed), $13) AS fits, (SELECT count(*) FROM stored) AS updates
), queued AS (
  INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT o.lane_id, o.id, o.subject, o.age_from
  FROM owed AS o CROSS JOIN checked AS c WHERE c.fits AND c.updates > 0
  ORDER BY o.position, o.lane_id
  RETURNING lane_id
)
SELECT (SELECT array_agg(id::text ORDER BY position) FROM input) AS ids,
       (SELECT array_agg(deliveries ORDER BY position) FROM (
          SELECT position, count(lane_id)::int AS deliveries
          FROM (SELECT position, lane_id FROM owed UNION ALL SELECT position, NULL FROM input) AS p GROUP BY position
        ) AS c) AS owed,
       (SELECT coalesce(array_agg(DISTINCT lane_id::float8), '{}') FROM queued) AS lanes`;

/**
 * Takes idempotency ids, in sorted order so that two requests with the same ids never wait for each other in a ring.
 * Returns those that were free, or had run out.
 */
const TAKE_IDS = `
INSERT INTO hooktide.idempotency_id AS taken (id, digest)
SELECT id, digest FROM unnest($1::text[], $2::bytea[]) AS i(id, digest) ORDER BY id
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, accepted_at = now()
  WHERE taken.accepted_at < now() - make_interval(secs => $3 * 3600)
RETURNING id`;

const READ_DIGESTS = `SELECT id, digest FROM hooktide.idempotency_id WHERE id = ANY ($1::text[])`;

export interface EnqueueLimits {
  /** Of whose webhooks updates are delivered to. */
  origins: readonly Origin[];
  maxFanOut: number;
  idempotencyHours: number;
  /** Rather than to wait longer for what others have locked, store nothing; missing: as long as the server lets it. */
  lockTimeoutMillis?: number;
}

/**
 * Enqueues all updates or none. An update whose id was accepted before with the same content is skipped.
 * @param sql a transaction when any update has an id
 * @throws IdConflictError when an id was used for other content
 */
export async function enqueue(sql: Sql, updates: readonly Update[], limits: EnqueueLimits): Promise<Enqueued> {
  const fresh = updates.some((update) => update.id !== undefined)
    ? await withoutRepeats(sql, updates, limits.idempotencyHours)
    : updates;
  const { ids, owed, lanes } = fresh.length > 0 ? await insert(sql, fresh, limits) : NOTHING;
  const stored = new Map(fresh.map((update, index) => [update, { id: ids[index], owed: owed[index] }]));
  return {
    ids: updates.map((update) => update.id ?? stored.get(update)?.id ?? ''),
    owed: updates.map((update) => stored.get(update)?.owed ?? 0),
    deliveries: owed.reduce((sum, deliveries) => sum + deliveries, 0),
    lanes,
  };
}

/** A fan-out to a million takes its time. */
const LONGEST_MILLIS = 60_000;

type Inserted = Omit<Enqueued, 'deliveries'>;
const NOTHING: Inserted = { ids: [], owed: [], lanes: [] };

async function insert(sql: Sql, updates: readonly Update[], limits: EnqueueLimits): Promise<Inserted> {
  const column = <T>(read: (update: Update) => T | undefined) => updates.map((update) => read(update) ?? null);
  const [row] = await sql.query<Inserted>(
    ENQUEUE,
    [
      column((u) => u.type),
      column((u) => u.id),
      column((u) => u.application),
      column((u) => u.requestId),
      column((u) => u.deployId),
      column((u) => u.taskId),
      column((u) => u.userId),
      column((u) => u.scope),
      column((u) => u.state),
      column((u) => u.subject),
      column((u) => u.occurredAtMillis),
      column((u) => u.payload),
      limits.maxFanOut,
      limits.origins,
      column((u) => u.containerId),
      column((u) => u.group),
      limits.lockTimeoutMillis?.toString() ?? null,
      column((u) => u.traceParent),
      column((u) => u.traceState),
    ],
    { name: 'enqueue', timeoutMillis: LONGEST_MILLIS },
  );
  return row ?? NOTHING;
}

async function withoutRepeats(sql: Sql, updates: readonly Update[], hours: number): Promise<Update[]> {
  const byId = new Map<string, { update: Update; digest: Buffer }>();
  for (const update of updates) {
    if (update.id === undefined) continue;
    const digest = digestOf(update);
    const earlier = byId.get(update.id);
    if (earlier && !earlier.digest.equals(digest)) throw conflict(update.id);
    if (!earlier) byId.set(update.id, { update, digest });
  }
  const taken = await takeIds(sql, byId, hours);
  return updates.filter((u) => u.id === undefined || (taken.has(u.id) && byId.get(u.id)?.update === u));
}

async function takeIds(sql: Sql, byId: Map<string, { digest: Buffer }>, hours: number): Promise<Set<string>> {
  const ids = [...byId.keys()];
  const rows = await sql.query<{ id: string }>(TAKE_IDS, [ids, ids.map((id) => byId.get(id)?.digest), hours]);
  const taken = new Set(rows.map((row) => row.id));
  const repeated = ids.filter((id) => !taken.has(id));
  if (repeated.length > 0) {
    for (const known of await sql.query<{ id: string; digest: Buffer }>(READ_DIGESTS, [repeated])) {
      if (!byId.get(known.id)?.digest.equals(known.digest)) throw conflict(known.id);
    }
  }
  return taken;
}

function digestOf(update: Update): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([update.type, update.application ?? null]))
    .update(update.payload)
    .digest();
}

function conflict(id: string): IdConflictError {
  return new IdConflictError(
    `The id ${JSON.stringify(id)} was used for another update. Send the same update again, or choose a new id.`,
  );
}
