import type { Database, Sql } from '../database/database.js';
import { FanOutTooLargeError } from '../errors/errors.js';
import type { DirectMessage } from '../updates/direct.js';
import type { Update } from '../updates/update.js';
import { Gather } from './gather.js';
import type { HighWater } from './high-water.js';
import { enqueue, type EnqueueLimits } from './sql/enqueue.js';
import { enqueueMessage, enqueueMessages } from './sql/enqueue-message.js';
import type { Wake } from './wake.js';

/** What became of the updates of one request: their ids, in their order, and how many deliveries are owed for all. */
export interface Stored {
  ids: string[];
  deliveries: number;
}

/** Requests that are stored together wait no longer for what somebody has locked for one of them. */
const LOCK_MILLIS = 100;

/**
 * Puts into the queue what comes in, small requests together (`Gather`), unless too much waits there; wakes the
 * dispatchers after the commit.
 */
export class Enqueuer {
  private readonly updates: Gather<Update, { id: string; deliveries: number }>;
  private readonly messages: Gather<DirectMessage, number | null>;

  constructor(
    private readonly database: Database,
    private readonly wake: Wake,
    private readonly highWater: HighWater,
    private readonly limits: EnqueueLimits,
    /** Told of what was stored at once, and how long it took. */
    private readonly onStored: ((tookMillis: number) => void) | null = null,
  ) {
    this.updates = new Gather((updates, isGathered) => this.storeUpdates(updates, isGathered));
    this.messages = new Gather((messages) => this.storeMessages(messages));
  }

  /**
   * Stores all updates and their deliveries, or none.
   * @throws TooManyWaitingError, FanOutTooLargeError, IdConflictError
   */
  async enqueue(updates: readonly Update[]): Promise<Stored> {
    await this.highWater.check();
    const withIds = updates.some((update) => update.id !== undefined);
    const stored = await (withIds ? this.storeWithIds(updates) : this.updates.add(updates)).catch((error: unknown) => {
      throw isFanOutRefusal(error) ? this.fanOutTooLarge(error) : error;
    });
    return {
      ids: stored.map(({ id }) => id),
      deliveries: stored.reduce((sum, { deliveries }) => sum + deliveries, 0),
    };
  }

  /**
   * Stores a direct message.
   * @throws TooManyWaitingError
   */
  async enqueueMessage(message: DirectMessage): Promise<void> {
    await this.highWater.check();
    await enqueueMessage(this.database, message, (messages) => this.messages.add(messages));
  }

  private async storeUpdates(updates: readonly Update[], isGathered: boolean) {
    const lockTimeoutMillis = isGathered ? LOCK_MILLIS : undefined;
    return this.tell(await this.timed(() => enqueue(this.database, updates, { ...this.limits, lockTimeoutMillis })));
  }

  private async storeWithIds(updates: readonly Update[]) {
    const store = (sql: Sql) => enqueue(sql, updates, this.limits);
    return this.tell(await this.timed(() => this.database.transaction(store)));
  }

  private async storeMessages(messages: readonly DirectMessage[]): Promise<(number | null)[]> {
    const lanes = await this.timed(() => enqueueMessages(this.database, messages));
    const stored = lanes.filter((lane) => lane !== null);
    this.highWater.add(stored.length);
    this.wake.nudge([...new Set(stored)]);
    return lanes;
  }

  private async timed<T>(store: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const stored = await store();
    this.onStored?.(performance.now() - startedAt);
    return stored;
  }

  /** Tells those who count and send, and answers for each update. */
  private tell({ ids, owed, deliveries, lanes }: Awaited<ReturnType<typeof enqueue>>) {
    this.highWater.add(deliveries);
    this.wake.nudge(lanes);
    return ids.map((id, index) => ({ id, deliveries: owed[index] ?? 0 }));
  }

  private fanOutTooLarge(cause: Error): FanOutTooLargeError {
    return new FanOutTooLargeError(
      `This request would owe more than maxFanOut (${this.limits.maxFanOut}) deliveries. Send fewer updates at once.`,
      { cause },
    );
  }
}

function isFanOutRefusal(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'HT001';
}
