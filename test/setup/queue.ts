import { randomUUID } from 'node:crypto';
import { beforeEach } from 'vitest';
import { Database, type Sql } from '../../src/database/database.js';
import type { EnqueueLimits } from '../../src/queue/sql/enqueue.js';
import type { Lease } from '../../src/queue/sql/claim.js';
import type { KnownHorizon } from '../../src/queue/sql/lease.js';
import { SERVER_RUN } from '../../src/queue/sql/server-run.js';
import type { Update } from '../../src/updates/update.js';
import { createTestDatabase } from './database.js';

/** What the specs of the queue and of the dispatcher over it have in common. */

export const LIMITS: EnqueueLimits = { maxFanOut: 1_000, idempotencyHours: 168, origins: ['client'] };
export const ME: Lease = { owner: 'me', leaseMillis: 30_000 };

/** Gives each test a database of its own, which `open` connects to: closed and dropped after the test's own hooks. */
export function eachOnItsOwnDatabase(open: (url: string) => Database): void {
  beforeEach(async () => {
    const own = await createTestDatabase();
    const database = open(own.url);
    return async () => {
      await database.close();
      await own.drop();
    };
  });
}

/** A pool of so many connections that keeps silent about those that break while idle. */
export function connect(url: string, maxConnections = 10): Database {
  return new Database(url, maxConnections, () => undefined);
}

/** A REQUEST update of now, whose request is its subject. */
export function update(subject: string, payload = '{}', fields: Partial<Update> = {}): Update {
  return {
    type: 'REQUEST',
    requestId: subject,
    state: 'UPDATED',
    subject,
    occurredAtMillis: Date.now(),
    payload,
    ...fields,
  };
}

/** Stores a webhook with an empty lane, and answers with the lane's id. */
export async function addLane(sql: Sql, webhookId = 'w', type = 'REQUEST'): Promise<number> {
  const [lane] = await sql.query<{ id: number }>(
    `WITH l AS (INSERT INTO hooktide.lane (webhook_id) VALUES ($1) RETURNING id), w AS (
       INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp")
       SELECT $1, id, $2, 'http://receiver/', 0 FROM l)
     SELECT id FROM l`,
    [webhookId, type],
  );
  return lane?.id ?? 0;
}

/** Nothing can come with an id up to this one, in the server as it runs now. */
export async function horizonAt(sql: Sql, id: number): Promise<KnownHorizon> {
  const [row] = await sql.query<{ run: number }>(`SELECT ${SERVER_RUN} AS run`);
  return { id, serverRun: row?.run ?? null };
}

/** The update that a waiting delivery owes; one of nobody's if it waits no more. */
export async function updateOf(database: Database, deliveryId: number): Promise<string> {
  const find = 'SELECT update_id AS id FROM hooktide.delivery WHERE id = $1';
  const [update] = await database.query<{ id: string }>(find, [deliveryId]);
  return update?.id ?? randomUUID();
}
