import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { Channel } from '../../src/database/channel.js';
import { Database } from '../../src/database/database.js';
import { Dispatcher } from '../../src/dispatch/dispatcher.js';
import { DispatchEvents } from '../../src/dispatch/events.js';
import { DispatchMetrics } from '../../src/dispatch/metrics.js';
import { Queue } from '../../src/queue/queue.js';
import { Wake } from '../../src/queue/wake.js';
import type { Sink } from '../../src/sinks/sink.js';
import { DatabaseFailures } from '../../src/telemetry/database-failures.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import type { Outcome } from '../../src/updates/outcome.js';
import { eachOnItsOwnDatabase, LIMITS as QUEUE_LIMITS, ME, update } from './queue.js';
import { until } from './until.js';
import { vaultWith } from './vault.js';

/** A dispatcher over a database that answers when the test says so, and with attempts that end when the test says so. */

/** What the statements are known by. */
export const CLAIM = 'CASE WHEN due.is_failing';
export const READ = 'ALL ($7::bigint[]) AND (d.attempts';
export const READ_PROBES = 'ORDER BY d.tried_at, d.id';
export const TARGETS = 'AS "isActive"';
export const SETTLE_FAILED = 'SET attempts = r.attempts';
export const HEALTH = 'SET failed_subjects';
export const DUE_TIMES = 'max(due_at)';

const disconnected = () => Promise.reject(new Error('Connection terminated unexpectedly'));
const nothing = (): void => undefined;

/** Holds back, or breaks, the next statement with a certain text in it. */
class FaultyDatabase extends Database {
  /** The statements that were answered. */
  readonly answered: string[] = [];
  private readonly faults: { text: string; before: () => Promise<void>; after: () => Promise<void> }[] = [];

  /** The next such statement fails before it is run. */
  breakNext(text: string): void {
    this.faults.push({ text, before: disconnected, after: async () => undefined });
  }

  /** The next such statement waits before it is run, or its answer does; `arrived` resolves when it waits. */
  holdNext(text: string, where: 'before' | 'after'): { arrived: Promise<void>; letGo: () => void } {
    const [arrived, released] = [deferred(), deferred()];
    const wait = async (): Promise<void> => {
      arrived.resolve();
      await released.promise;
    };
    this.faults.push({ text, before: async () => undefined, after: async () => undefined, [where]: wait });
    return { arrived: arrived.promise, letGo: released.resolve };
  }

  override async query<Row extends object>(statement: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const index = this.faults.findIndex(({ text }) => statement.includes(text));
    const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
    await fault?.before();
    const rows = await super.query<Row>(statement, parameters);
    await fault?.after();
    this.answered.push(statement);
    return rows;
  }

  count(text: string): number {
    return this.answered.filter((statement) => statement.includes(text)).length;
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = nothing;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** An attempt that arrived at the receiver, which answers when the test says so. */
export interface Attempt {
  body: string;
  uri: string;
  answer(status: number, durationMillis?: number): void;
}

const LIMITS = {
  ...QUEUE_LIMITS,
  checkWebhooksEveryMillis: 10_000,
  maxQueuedUpdatesPerWebhook: 50,
  deleteUndeliverableWebhooksAfterHours: 168,
  maxConcurrentWebhooks: 100,
  maxConcurrentPerWebhook: 16,
  maxBufferedBytes: 1_000_000,
  drainPerSecond: 0,
  leaseMillis: ME.leaseMillis,
  maxWaitingDeliveries: 1_000_000,
};
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export let database: FaultyDatabase;
export let queue: Queue;
export let wake: Wake;
export let events: DispatchEvents;
export let dispatcher: Dispatcher;
export let attempts: Attempt[];

/** Gives each test a dispatcher of its own, on a database of its own. */
export function eachWithItsOwnDispatcher(): void {
  eachOnItsOwnDatabase((url) => (database = new FaultyDatabase(url, 10, nothing)));

  beforeEach(() => {
    wake = new Wake(new Channel(database.url, nothing), ME.owner, false);
    queue = new Queue(database, wake, ME, LIMITS, vaultWith());
    const metrics = new Metrics();
    const dispatchMetrics = new DispatchMetrics(metrics);
    events = new DispatchEvents(SILENT, dispatchMetrics, new DatabaseFailures(SILENT, metrics));
    attempts = [];
    const sink: Sink = {
      send: ({ body, destination: uri }) =>
        new Promise((resolve) =>
          attempts.push({ body, uri, answer: (status, millis = 1) => resolve(outcomeOf(status, millis)) }),
        ),
    };
    dispatcher = new Dispatcher(queue, sink, LIMITS, events, nothing);
  });

  afterEach(async () => {
    await dispatcher.drain(0);
  });
}

const outcomeOf = (status: number, durationMillis: number): Outcome => ({
  reason: status < 300 ? 'delivered' : 'server_error',
  status,
  detail: `answered ${status}`,
  durationMillis,
});

/** Payload `a1` is about the subject `a`. */
export async function enqueue(...payloads: string[]): Promise<void> {
  const { ids } = await queue.enqueue(payloads.map((payload) => update(payload.charAt(0), payload)));
  const statement = 'SELECT DISTINCT lane_id AS id FROM hooktide.delivery WHERE update_id = ANY ($1)';
  const lanes = await database.query<{ id: number }>(statement, [ids]);
  dispatcher.intake.nudge(
    lanes.map(({ id }) => id),
    true,
  );
}

/** A poll of now: whatever failed before it is due. */
export function poll(): Promise<void> {
  return dispatcher.intake.poll({ poll: new Date(Date.now() + 1), untilNextMillis: 10_000 });
}

export function bodies(): string[] {
  return attempts.map(({ body }) => body);
}

/** The attempt of this payload, the `nth` of it, as soon as it arrived. */
export function attemptOf(body: string, nth = 1): Promise<Attempt> {
  return until(() => attempts.filter((attempt) => attempt.body === body)[nth - 1], 3_000);
}

/** Answers, and waits until that is written down. */
export async function answer(attempt: Attempt, status: number): Promise<void> {
  const text = status < 300 ? 'INSERT INTO hooktide.history' : SETTLE_FAILED;
  const [settled, healthy] = [database.count(text), database.count(HEALTH)];
  attempt.answer(status);
  await until(() => database.count(text) > settled && (status < 300 || database.count(HEALTH) > healthy));
  await turn();
}

/** One success: from then on two attempts may be under way at once. */
export async function warmUp(): Promise<void> {
  await enqueue('w0');
  await answer(await attemptOf('w0'), 200);
}

/** Changes the webhook of a lane in the way of src/webhooks/webhook-changes.repository.ts, and tells nobody. */
export async function changeSilently(laneId: number, change: string): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query('UPDATE hooktide.lane SET revision = revision + 1 WHERE id = $1', [laneId]);
    await sql.query(`UPDATE hooktide.webhook SET ${change} WHERE lane_id = $1`, [laneId]);
  });
}
