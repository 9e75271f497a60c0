import type { Entry } from '../database/audit.js';
import type { Database, Sql } from '../database/database.js';
import type { Vault } from '../secrets/vault.js';
import type { Origin } from '../updates/target.js';
import type { DirectMessage } from '../updates/direct.js';
import type { Redact } from '../updates/redact.js';
import type { Update } from '../updates/update.js';
import { audited } from './audited.js';
import { Enqueuer, type Stored } from './enqueuer.js';
import { HighWater } from './high-water.js';
import { claimNamed, claimOpenLanes, claimProbes, type ClaimedLane, type Lease, type PollPage } from './sql/claim.js';
import { readClock, readDueTimes, type DueTime, type PollClock, type ReadClock } from './sql/clock.js';
import { BATCH, discard, type DeadLetterFilter } from './sql/dead-letters.js';
import { deleteMessages, type DeletedBatch } from './sql/delete-messages.js';
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
import { release, renew, type HeldLane, type KnownHorizon, type Renewed } from './sql/lease.js';
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
import { forgetOldIfDue, type Retention } from './sql/retention.js';
import { settleDelivered, settleFailed, type Result } from './sql/settle.js';
import { openTarget, readTargets, type LaneTarget, type StoredTarget } from './sql/target.js';
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

const replayedIn = ({ replayed }: ReplayedBatch) => (replayed > 0 ? { replayed } : null);
const deletedIn = ({ deleted }: DeletedBatch) => (deleted > 0 ? { deleted } : null);
const discardedIn = (discarded: number) => (discarded > 0 ? { discarded } : null);

/**
 * Where deliveries wait: enqueue, claim (with read and release), settle, drop, replay, list. One statement a file, in
 * `sql/`.
 */
export class Queue {
  readonly highWater: HighWater;
  private readonly enqueuer: Enqueuer;

  constructor(
    private readonly database: Database,
    private readonly wake: Wake,
    private readonly lease: Lease,
    private readonly limits: QueueLimits,
    private readonly vault: Vault,
    private readonly redact: Redact | null = null,
    onStored: ((tookMillis: number) => void) | null = null,
  ) {
    this.highWater = new HighWater(limits.maxWaitingDeliveries, () => readDepth(database));
    this.enqueuer = new Enqueuer(database, wake, this.highWater, limits, onStored);
  }

  /**
   * Stores all updates and their deliveries, or none, and wakes the dispatchers after the commit.
   * @throws TooManyWaitingError, FanOutTooLargeError, IdConflictError
   */
  enqueue(updates: readonly Update[]): Promise<Stored> {
    const { redact } = this;
    return this.enqueuer.enqueue(
      redact ? updates.map((update) => ({ ...update, payload: redact(update.payload) })) : updates,
    );
  }

  /**
   * Stores a direct message, and wakes the dispatchers after the commit.
   * @throws TooManyWaitingError
   */
  enqueueMessage(message: DirectMessage): Promise<void> {
    return this.enqueuer.enqueueMessage({ ...message, direct: this.vault.closeMessage(message.direct) });
  }

  clock(): Promise<ReadClock> {
    return readClock(this.database, this.limits.checkWebhooksEveryMillis);
  }

  dueTimes({ poll, untilNextMillis }: PollClock, lanes: readonly number[] | null): Promise<DueTime[]> {
    return readDueTimes(this.database, poll, untilNextMillis, lanes);
  }

  readTargets(lanes: number[]): Promise<LaneTarget[]> {
    return this.openTargets(readTargets(this.database, lanes));
  }

  claimNamed(lanes: number[]): Promise<ClaimedLane[]> {
    return this.openTargets(claimNamed(this.database, this.lease, lanes));
  }

  claimOpenLanes(page: PollPage): Promise<ClaimedLane[]> {
    return this.openTargets(claimOpenLanes(this.database, this.lease, page));
  }

  claimProbes(poll: Date, limit: number): Promise<ClaimedLane[]> {
    return this.openTargets(claimProbes(this.database, this.lease, poll, limit));
  }

  readHeads(wants: Want[], except: number[], maxBytes: number, known?: Known): Promise<Read> {
    return this.openMessages(readHeads(this.database, wants, except, maxBytes, known));
  }

  readProbes(wants: Want[], maxBytes: number, known?: Known): Promise<Read> {
    return this.openMessages(readProbes(this.database, wants, maxBytes, known));
  }

  renew(lanes: readonly HeldLane[], horizon: KnownHorizon): Promise<Map<number, Renewed>> {
    return renew(this.database, this.lease, lanes, horizon);
  }

  release(lanes: readonly HeldLane[], horizon: KnownHorizon): Promise<void> {
    return release(this.database, this.lease, lanes, horizon);
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

  /** If no process has done it lately. */
  forgetOld(retention: Retention): Promise<void> {
    return forgetOldIfDue(this.database, retention);
  }

  /** Payloads that wait for a webhook, oldest first. */
  listWaiting(webhookId: string, type: string): Promise<string[]> {
    return listWaiting(this.database, webhookId, type);
  }

  queueSizes(): Promise<Map<string, number>> {
    return readQueueSizes(this.database);
  }

  /** Queues dead letters again, and deletes them; in batches, of each of which the audit log has an entry. */
  async replayDropped(filter: DeadLetterFilter, entry: Entry): Promise<Replayed> {
    const last = await readLastId(this.database);
    return this.replay(entry, (sql, after) => replayDropped(sql, filter, last, after));
  }

  /** Queues again what was delivered, in batches, of each of which the audit log has an entry. */
  async replayDelivered(filter: DeliveredFilter, entry: Entry): Promise<Replayed> {
    const last = await readLastId(this.database);
    return this.replay(entry, (sql, after) => replayDelivered(sql, filter, last, after));
  }

  /** Deletes dead letters, in batches, of each of which the audit log has an entry; answers with how many there were. */
  async discard(filter: DeadLetterFilter, entry: Entry): Promise<number> {
    const last = await readLastId(this.database);
    const next = async (sql: Sql) => (await discard(sql, filter, last)).length;
    for (let count = 0; ;) {
      const discarded = await audited(this.database, entry, next, discardedIn);
      count += discarded;
      if (discarded < BATCH) return count;
    }
  }

  /** Deletes direct messages by the ids of their updates, if they have this status still; answers with how many. */
  async deleteMessages(updateIds: readonly string[], status: MessageStatus | null, entry: Entry): Promise<number> {
    const work = (sql: Sql) => deleteMessages(sql, updateIds, status);
    const { deleted, lanes } = await audited(this.database, entry, work, deletedIn);
    // Whoever came for them meanwhile has passed them over.
    this.wake.nudge(lanes);
    return deleted;
  }

  private async openTargets<Row extends { target: StoredTarget }>(stored: Promise<Row[]>) {
    return (await stored).map((row) => ({ ...row, target: openTarget(row.target, this.vault) }));
  }

  private async openMessages(stored: Promise<Read>): Promise<Read> {
    const read = await stored;
    for (const update of read.fresh) {
      if (update.direct) update.direct = this.vault.openMessage(update.direct);
      // Once more: what came by SQL, or before there was a rule, stands there as it came.
      else if (this.redact) update.payload = this.redact(update.payload);
    }
    return read;
  }

  private async replay(entry: Entry, next: (sql: Sql, after: Position) => Promise<ReplayedBatch>): Promise<Replayed> {
    const total: Replayed = { replayed: 0, skipped: 0, deliveryId: null };
    for (let after: Position = [0, 0]; ;) {
      await this.highWater.check();
      const from = after;
      const batch = await audited(this.database, entry, (sql) => next(sql, from), replayedIn);
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
