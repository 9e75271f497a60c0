import type { Database, Sql } from '../database/database.js';
import { FanOutTooLargeError } from '../errors/errors.js';
import type { Update } from '../updates/update.js';
import { HighWater } from './high-water.js';
import { claimNamed, claimOpenLanes, claimProbes, type ClaimedLane, type Lease, type PollPage } from './sql/claim.js';
import { readClock, type PollClock } from './sql/clock.js';
import {
  dropBeyondCap,
  dropClosed,
  dropOverAge,
  dropOverAgeUntried,
  dropTried,
  type DropFrom,
  type Dropped,
} from './sql/drop.js';
import { enqueue, type Enqueued } from './sql/enqueue.js';
import { writeHealth, type LaneHealth } from './sql/health.js';
import { release, renew, type HeldLane } from './sql/lease.js';
import { listDeadLetters, listWaiting, readDepth, readQueueSizes, type DeadLetter } from './sql/list.js';
import { readHeads, readProbes, type Read, type Want } from './sql/read.js';
import { forgetOld, type Retention } from './sql/retention.js';
import { settleDelivered, settleFailed, type Result } from './sql/settle.js';
import type { Wake } from './wake.js';

export interface QueueLimits {
  checkWebhooksEveryMillis: number;
  maxFanOut: number;
  maxWaitingDeliveries: number;
  idempotencyHours: number;
}

/** Where deliveries wait: enqueue, claim (with read and release), settle, drop, list. One statement a file, in `sql/`. */
export class Queue {
  private readonly highWater: HighWater;

  constructor(
    private readonly database: Database,
    private readonly wake: Wake,
    private readonly lease: Lease,
    private readonly limits: QueueLimits,
  ) {
    this.highWater = new HighWater(limits.maxWaitingDeliveries, () => readDepth(database));
  }

  /**
   * Stores all updates and their deliveries, or none, and wakes the dispatchers after the commit.
   * @throws TooManyWaitingError, FanOutTooLargeError, IdConflictError
   */
  async enqueue(updates: readonly Update[]): Promise<Enqueued> {
    await this.highWater.check();
    const withIds = updates.some((update) => update.id !== undefined);
    const store = (sql: Sql) => enqueue(sql, updates, this.limits);
    const enqueued = await (withIds ? this.database.transaction(store) : store(this.database)).catch(
      (error: unknown) => {
        throw isFanOutRefusal(error) ? this.fanOutTooLarge(error) : error;
      },
    );
    this.highWater.add(enqueued.deliveries);
    this.wake.nudge(enqueued.lanes);
    return enqueued;
  }

  clock(): Promise<PollClock> {
    return readClock(this.database, this.limits.checkWebhooksEveryMillis);
  }

  claimNamed(lanes: number[]): Promise<ClaimedLane[]> {
    return claimNamed(this.database, this.lease, lanes);
  }

  claimOpenLanes(page: PollPage): Promise<ClaimedLane[]> {
    return claimOpenLanes(this.database, this.lease, page);
  }

  claimProbes(poll: Date, limit: number): Promise<ClaimedLane[]> {
    return claimProbes(this.database, this.lease, poll, limit);
  }

  readHeads(wants: Want[], except: number[], maxBytes: number): Promise<Read> {
    return readHeads(this.database, wants, except, maxBytes);
  }

  readProbes(wants: Want[], maxBytes: number): Promise<Read> {
    return readProbes(this.database, wants, maxBytes);
  }

  renew(lanes: readonly HeldLane[]): Promise<Set<number>> {
    return renew(this.database, this.lease, lanes);
  }

  release(lanes: readonly HeldLane[]): Promise<void> {
    return release(this.database, lanes);
  }

  /** Writes down how attempts ended. Answers with the lanes that are still this process's own. */
  async settle(delivered: readonly Result[], failed: readonly Result[]): Promise<Set<number>> {
    const kept = [
      ...(delivered.length > 0 ? await settleDelivered(this.database, delivered) : []),
      ...(failed.length > 0 ? await settleFailed(this.database, failed) : []),
    ];
    return new Set(kept.map((lane) => lane.id));
  }

  writeHealth(lanes: readonly LaneHealth[]): Promise<{ id: number; fence: number; failingMillis: number | null }[]> {
    return writeHealth(this.database, lanes);
  }

  dropTried(results: readonly Result[]): Promise<Dropped[]> {
    return dropTried(this.database, results);
  }

  dropBeyondCap(from: DropFrom, keep: number): Promise<Dropped[]> {
    return dropBeyondCap(this.database, from, keep);
  }

  dropOverAge(from: DropFrom, maxAgeMillis: number): Promise<Dropped[]> {
    return dropOverAge(this.database, from, maxAgeMillis);
  }

  dropClosed(): Promise<Dropped[]> {
    return dropClosed(this.database);
  }

  dropOverAgeUntried(maxAgeMillis: number): Promise<Dropped[]> {
    return dropOverAgeUntried(this.database, maxAgeMillis);
  }

  forgetOld(retention: Retention): Promise<void> {
    return forgetOld(this.database, retention);
  }

  /** Payloads that wait for a webhook, oldest first. */
  listWaiting(webhookId: string, type: string): Promise<string[]> {
    return listWaiting(this.database, webhookId, type);
  }

  queueSizes(): Promise<Map<string, number>> {
    return readQueueSizes(this.database);
  }

  listDeadLetters(webhookIds: string[] | null, after: number, limit: number): Promise<DeadLetter[]> {
    return listDeadLetters(this.database, webhookIds, after, limit);
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
