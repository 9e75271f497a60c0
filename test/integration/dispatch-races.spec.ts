import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Channel } from '../../src/database/channel.js';
import { Database } from '../../src/database/database.js';
import { Dispatcher } from '../../src/dispatch/dispatcher.js';
import { DispatchEvents } from '../../src/dispatch/events.js';
import { Queue } from '../../src/queue/queue.js';
import { Wake } from '../../src/queue/wake.js';
import type { Sink } from '../../src/sinks/sink.js';
import type { Outcome } from '../../src/updates/outcome.js';
import { addLane, eachOnItsOwnDatabase, LIMITS as QUEUE_LIMITS, ME, update } from '../setup/queue.js';
import { until } from '../setup/until.js';

/** What only goes wrong when the database answers at a bad moment: the dispatcher over a slow or failing connection. */

const CLAIM = 'CASE WHEN due.is_failing';
const READ = 'ALL ($7::bigint[]) AND (d.attempts';
const READ_PROBES = 'ORDER BY d.tried_at, d.id';
const SETTLE_FAILED = 'SET attempts = r.attempts';
const HEALTH = 'SET failed_subjects';

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
interface Attempt {
  body: string;
  answer(status: number): void;
}

const LIMITS = {
  ...QUEUE_LIMITS,
  checkWebhooksEveryMillis: 10_000,
  maxQueuedUpdatesPerWebhook: 50,
  deleteUndeliverableWebhooksAfterHours: 168,
  maxConcurrentWebhooks: 100,
  maxConcurrentPerWebhook: 16,
  maxBufferedBytes: 1_000_000,
  leaseMillis: ME.leaseMillis,
  maxWaitingDeliveries: 1_000_000,
};
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let database: FaultyDatabase;
let queue: Queue;
let dispatcher: Dispatcher;
let attempts: Attempt[];

eachOnItsOwnDatabase((url) => (database = new FaultyDatabase(url, 10, () => undefined)));

beforeEach(() => {
  const wake = new Wake(new Channel(database.url, () => undefined), ME.owner, false);
  queue = new Queue(database, wake, ME, LIMITS);
  attempts = [];
  const sink: Sink = {
    send: ({ body }) =>
      new Promise((resolve) => attempts.push({ body, answer: (status) => resolve(outcomeOf(status)) })),
  };
  dispatcher = new Dispatcher(queue, sink, LIMITS, new DispatchEvents(SILENT), () => undefined);
});

afterEach(async () => {
  await dispatcher.drain(0);
});

const outcomeOf = (status: number): Outcome => ({
  reason: status < 300 ? 'delivered' : 'server_error',
  status,
  detail: `answered ${status}`,
  durationMillis: 1,
});
/** Payload `a1` is about the subject `a`. */
const enqueue = async (...payloads: string[]): Promise<void> => {
  const { lanes } = await queue.enqueue(payloads.map((payload) => update(payload.charAt(0), payload)));
  dispatcher.intake.nudge(lanes, true);
};
/** A poll of now: whatever failed before it is due. */
const poll = (): Promise<void> => dispatcher.intake.poll({ poll: new Date(Date.now() + 1), untilNextMillis: 10_000 });
const bodies = (): string[] => attempts.map(({ body }) => body);
/** The attempt of this payload, the `nth` of it, as soon as it arrived. */
const attemptOf = (body: string, nth = 1): Promise<Attempt> =>
  until(() => attempts.filter((attempt) => attempt.body === body)[nth - 1], 3_000);
/** Answers, and waits until that is written down. */
const answer = async (attempt: Attempt, status: number): Promise<void> => {
  const text = status < 300 ? 'INSERT INTO hooktide.history' : SETTLE_FAILED;
  const [settled, healthy] = [database.count(text), database.count(HEALTH)];
  attempt.answer(status);
  await until(() => database.count(text) > settled && (status < 300 || database.count(HEALTH) > healthy));
  await turn();
};
/** One success: from then on two attempts may be under way at once. */
const warmUp = async (): Promise<void> => {
  await enqueue('w0');
  await answer(await attemptOf('w0'), 200);
};

describe('a read whose answer comes late', () => {
  it('brings no later update of a subject whose failure it did not see, though a poll began since', async () => {
    await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    const [failing] = [await attemptOf('a1'), await attemptOf('b1')];
    const read = database.holdNext(READ, 'after');
    await enqueue('a2');
    await read.arrived;
    await answer(failing, 500);
    void poll();
    read.letGo();
    await until(() => attempts.length > 3, 3_000);
    expect(bodies()).toEqual(['w0', 'a1', 'b1', 'a1']);
  });

  it('does not hide what a success has opened meanwhile', async () => {
    await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    await answer(await attemptOf('a1'), 500);
    const reads = database.count(READ);
    await enqueue('a2');
    await until(() => database.count(READ) > reads);
    await turn();
    void poll();
    const retried = await attemptOf('a1', 2);
    const read = database.holdNext(READ, 'after');
    await enqueue('c1');
    await read.arrived;
    await answer(retried, 200);
    read.letGo();
    await attemptOf('c1');
    await enqueue('a3');
    await until(() => attempts.length > 5, 3_000);
    expect(bodies().filter((body) => body.startsWith('a'))).toEqual(['a1', 'a1', 'a2']);
  });

  it('does not swallow a poll that began meanwhile', async () => {
    await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    await answer(await attemptOf('a1'), 500);
    // Two more reads, and nothing can appear any more before what was read.
    await enqueue('c1');
    await answer(await attemptOf('c1'), 200);
    const read = database.holdNext(READ, 'after');
    await enqueue('d1');
    await read.arrived;
    void poll();
    read.letGo();
    await attemptOf('d1');
    await attemptOf('a1', 2);
    expect(bodies()).toEqual(expect.arrayContaining(['w0', 'b1', 'c1', 'd1']));
  });
});

describe('a database that fails', () => {
  it('while a probe is read leaves the lane to be probed again', async () => {
    await addLane(database);
    await enqueue('a1');
    await answer(await attemptOf('a1'), 500);
    database.breakNext(READ_PROBES);
    await until(async () => {
      void poll();
      await dispatcher.keep();
      return attempts.length > 1;
    }, 3_000);
    expect(bodies()).toEqual(['a1', 'a1']);
  });

  it('while an attempt is written down counts that attempt once', async () => {
    await addLane(database);
    await enqueue('a1');
    const attempt = await attemptOf('a1');
    database.breakNext(HEALTH);
    attempt.answer(500);
    await until(() => database.count(HEALTH) > 0);
    expect(await database.query('SELECT attempts FROM hooktide.delivery')).toEqual([{ attempts: 1 }]);
  });
});

describe('a shutdown', () => {
  it('hands back lanes whose claim was under way', async () => {
    await addLane(database);
    const claim = database.holdNext(CLAIM, 'before');
    await enqueue('a1');
    await claim.arrived;
    const drained = dispatcher.drain(1_000);
    claim.letGo();
    await drained;
    await until(() => database.count(CLAIM) > 0);
    await turn();
    expect(await database.query('SELECT leased_by FROM hooktide.lane')).toEqual([{ leased_by: null }]);
  });
});
