import type { Database } from '../database/database.js';
import type { Origin } from '../updates/target.js';
import type { DirectMessage } from '../updates/direct.js';
import type { Update } from '../updates/update.js';
import { Enqueuer, type Stored } from './enqueuer.js';
import { HighWater } from './high-water.js';
import { claimNamed, claimOpenLanes, claimProbes, type ClaimedLane, type Lease, type PollPage } from './sql/claim.js';
import { readClock, readDueTimes, type DueTime, type PollClock } from './sql/clock.js';
import { BATCH, discard, type DeadLetterFilter } from './sql/dead-letters.js';
import { deleteMessages } from './sql/delete-messages.js';
import {
  dropBeyondCap,
  dropClosed,
  dropOverAge,
  dropOverAgeUntried,
  dropTried,
  type DropFrom,
  type Dropped,
  type DropReason,
} from './sql/drop.js';
import { writeHealth, type LaneHealth, type WrittenHealth } from './sql/health.js';
import { release, renew, type HeldLane, type Renewed } from './sql/lease.js';
import { listWaiting, readDepth, readQueueSizes } from './sql/list.js';
import type { MessageStatus } from './sql/messages.js';
import { readHeads, readProbes, type Known, type Read, type Want } from './sql/read.js';
import {
  readLastId,
  replayDelivered,
  replayDropped,
  type DeliveredFilter,
  type Position,
  type ReplayedBatch,
} from './sql/replay.js';
import { forgetOld, type Retention } from './sql/retention.js';
import { settleDelivered, settleFailed, type Result } from './sql/settle.js';
import { readTargets, type LaneTarget } from './sql/target.js';
import type { Wake } from './wake.js';

export interface QueueLimits {
  checkWebhooksEveryMillis: number;
  maxFanOut: number;
  origins: readonly Origin[];
  maxWaitingDeliveries: number;
  idempotencyHours: number;
}

/** What a replay made, and how many it left as they are, for their webhooks are deleted. */
export type Replayed = Pick<ReplayedBatch, 'replayed' | 'skipped' | 'deliveryId'>;

/**
 * Where deliveries wait: enqueue, claim (with read and release), settle, drop, replay, list. One statement a file, in
 * `sql/`.
 */
export class Queue {
  private readonly highWater: HighWater;
  private readonly enqueuer: Enqueuer;

  constructor(
    private readonly database: Database,
    private readonly wake: Wake,
    private readonly lease: Lease,
    private readonly limits: QueueLimits,
  ) {
    this.highWater = new HighWater(limits.maxWaitingDeliveries, () => readDepth(database));
    this.enqueuer = new Enqueuer(database, wake, this.highWater, limits);
  }

  /**
   * Stores all updates and their deliveries, or none, and wakes the dispatchers after the commit.
   * @throws TooManyWaitingError, FanOutTooLargeError, IdConflictError
   */
  enqueue(updates: readonly Update[]): Promise<Stored> {
    return this.enqueuer.enqueue(updates);
  }

  /**
   * Stores a direct message, and wakes the dispatchers after the commit.
   * @throws TooManyWaitingError
   */
  enqueueMessage(message: DirectMessage): Promise<void> {
    return this.enqueuer.enqueueMessage(message);
  }

  clock(): Promise<PollClock> {
    return readClock(this.database, this.limits.checkWebhooksEveryMillis);
  }

  dueTimes({ poll, untilNextMillis }: PollClock, lanes: readonly number[] | null): Promise<DueTime[]> {
    return readDueTimes(this.database, poll, untilNextMillis, lanes);
  }

  readTargets(lanes: number[]): Promise<LaneTarget[]> {
    return readTargets(this.database, lanes);
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

  readHeads(wants: Want[], except: number[], maxBytes: number, known?: Known): Promise<Read> {
    return readHeads(this.database, wants, except, maxBytes, known);
  }

  readProbes(wants: Want[], maxBytes: number, known?: Known): Promise<Read> {
    return readProbes(this.database, wants, maxBytes, known);
  }

  renew(lanes: readonly HeldLane[]): Promise<Map<number, Renewed>> {
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

  writeHealth(lanes: readonly LaneHealth[]): Promise<WrittenHealth[]> {
    return writeHealth(this.database, lanes);
  }

  dropTried(results: readonly Result[], reason: DropReason): Promise<Dropped[]> {
    return dropTried(this.database, results, reason);
  }

  dropBeyondCap(lanes: readonly DropFrom[]): Promise<Dropped[]> {
    return dropBeyondCap(this.database, lanes);
  }

  dropOverAge(lanes: readonly DropFrom[]): Promise<Dropped[]> {
    return dropOverAge(this.database, lanes);
  }

  dropClosed(): Promise<Dropped[]> {
    return dropClosed(this.database, this.lease.leaseMillis);
  }

  dropOverAgeUntried(maxAgeMillis: number | null): Promise<Dropped[]> {
    return dropOverAgeUntried(this.database, maxAgeMillis, this.lease.leaseMillis);
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

  /** Queues dead letters again, and deletes them; in batches. */
  async replayDropped(filter: DeadLetterFilter): Promise<Replayed> {
    const last = await readLastId(this.database);
    return this.replay((after) => replayDropped(this.database, filter, last, after));
  }

  /** Queues again what was delivered, in batches. */
  async replayDelivered(filter: DeliveredFilter): Promise<Replayed> {
    const last = await readLastId(this.database);
    return this.replay((after) => replayDelivered(this.database, filter, last, after));
  }

  /** Deletes dead letters, in batches; answers with how many there were. */
  async discard(filter: DeadLetterFilter): Promise<number> {
    const last = await readLastId(this.database);
    for (let count = 0; ;) {
      const discarded = await discard(this.database, filter, last);
      count += discarded;
      if (discarded < BATCH) return count;
    }
  }

  /** Deletes direct messages by the ids of their updates, if they have this status still; answers with how many. */
  async deleteMessages(updateIds: readonly string[], status: MessageStatus | null): Promise<number> {
    const { deleted, lanes } = await deleteMessages(this.database, updateIds, status);
    // Whoever came for them meanwhile has passed them over.
    this.wake.nudge(lanes);
    return deleted;
  }

  private async replay(next: (after: Position) => Promise<ReplayedBatch>): Promise<Replayed> {
    const total: Replayed = { replayed: 0, skipped: 0, deliveryId: null };
    for (let after: Position = [0, 0]; ;) {
      await this.highWater.check();
      const batch = await next(after);
      this.highWater.add(batch.replayed);
      this.wake.nudge(batch.lanes);
      total.replayed += batch.replayed;
      total.skipped += batch.skipped;
      total.deliveryId = batch.deliveryId ?? total.deliveryId;
      if (!batch.isMore) return total;
      after = batch.last;
    }
  }
}
