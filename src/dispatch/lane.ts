import type { ClaimedLane } from '../queue/sql/claim.js';
import type { LaneHealth } from '../queue/sql/health.js';
import { isOfMessages } from '../queue/sql/enqueue-message.js';
import { REFUSALS_THAT_HOLD_UP, type Delivery, type Want } from '../queue/sql/read.js';
import type { LaneTarget } from '../queue/sql/target.js';
import type { Target } from '../updates/target.js';
import { Backlog, type Departure } from './backlog.js';
import type { Budget } from './budget.js';
import type { Claim } from './claim.js';
import { Cursor } from './cursor.js';
import { Health } from './health.js';
import { LEAST_MESSAGES, Pace, type Standing } from './pace.js';
import type { Verdict } from './policy.js';

/** Of a late receiver, so many are read at the most that wait for attempts made before a change of the webhook. */
const MOST_BEHIND_OTHERS = 16;

/**
 * A lane while this process holds it.
 *
 *   open     reads and sends. Shut when two subjects have failed, or every waiting one (where failed deliveries follow the
 *            poll); when the receiver asks for rest or is gone; when the webhook is paused or deleted; when the lease is lost
 *   probing  sends one delivery: its success opens the lane, its failure shuts it
 *   shut     sends no more: what is in flight is settled, then the lane is handed back. A change of the webhook opens it
 */
export class Lane {
  readonly backlog: Backlog;
  readonly cursor: Cursor;
  health: Health;
  pace: Pace;
  target: Target;
  mode: 'open' | 'probing' | 'shut';
  /** It stands in the line for slots. */
  queued = false;
  /** A nudge came that could not be followed. */
  nudged = false;
  /** How often it is being asked whether the webhook was changed: until that is known nothing leaves. */
  doubts = 0;
  heldUntil: number;
  idleSince: number;
  revision: number;
  private poll: Date | null;
  /** Attempts under way that began before the last change: they don't keep those to the new receiver waiting. */
  private outdated = 0;
  private isDropping = false;
  /** A probe has just succeeded: all is to be read again. */
  private reopened = false;

  constructor(
    private readonly claimed: ClaimedLane,
    claim: Claim,
    private readonly budget: Budget,
  ) {
    this.backlog = new Backlog(budget);
    this.cursor = new Cursor(claimed.floorId);
    this.health = new Health(claimed, claim.at);
    this.target = claimed.target;
    this.revision = claimed.revision;
    this.mode = claim.mode;
    this.poll = claim.poll;
    const isDoubtful = claim.mode === 'probing' || claimed.failedSubjects.length > 0;
    const least = isOfMessages(claimed.webhookId) ? Math.min(LEAST_MESSAGES, claim.maxConcurrent) : 1;
    this.pace = new Pace(isDoubtful ? 'slow' : claimed.answered ? 'brisk' : 'fresh', least);
    this.heldUntil = claim.at + claim.leaseMillis;
    this.idleSince = claim.at;
  }

  get id(): number {
    return this.claimed.id;
  }

  get fence(): number {
    return this.claimed.fence;
  }

  get webhookId(): string {
    return this.claimed.webhookId;
  }

  get standing(): Standing {
    return this.pace.standing;
  }

  /** Whether a delivery could leave now, if there were a slot. */
  get canSend(): boolean {
    return this.mode !== 'shut' && this.doubts === 0 && this.underWay < this.pace.window && this.backlog.mayDepart;
  }

  /** Whether it should read on. A late receiver gets nothing read ahead: the memory is for those that answer. */
  get isHungry(): boolean {
    if (this.mode !== 'open' || this.isDropping || this.cursor.isAtEnd) return false;
    if (this.standing !== 'slow') return this.backlog.waiting < this.page / 2;
    return !this.backlog.hasReady && this.underWay < this.pace.least && this.backlog.waiting < MOST_BEHIND_OTHERS;
  }

  /** Whether nothing of it is in this process's hands. */
  get isIdle(): boolean {
    return this.backlog.unsettled.size === 0 && (this.mode === 'shut' || this.cursor.isAtEnd);
  }

  want(): Want {
    const afterId = Math.min(this.cursor.start(), this.backlog.firstPinned);
    return {
      laneId: this.id,
      revision: this.revision,
      afterId,
      limit: this.page,
      poll: this.poll,
      isOrdered: this.isOrdered,
    };
  }

  /**
   * Takes in what a read brought for this lane. One asked for before a poll, or before the lane went back, is of no use:
   * it knew nothing of what failed or became eligible since.
   * @param epoch that of the cursor when the read was asked for
   * @param horizon up to where no id can appear any more
   */
  take(deliveries: readonly Delivery[], isAll: boolean, epoch: number, horizon: number): void {
    if (this.mode === 'shut' || this.isDropping || epoch !== this.cursor.epoch) return;
    for (const delivery of deliveries) this.add(delivery);
    this.cursor.advance(deliveries.at(-1)?.id, isAll, horizon);
  }

  add(delivery: Delivery): void {
    this.backlog.add(delivery, this.isOrdered ? delivery.subject : String(delivery.id));
  }

  /** What failed may be due again: all is read from the start. */
  retry(poll: Date | null = this.poll): void {
    this.poll = poll;
    this.backlog.letGo();
    this.cursor.wake();
    this.cursor.rewind();
  }

  /** The webhook was changed, paused or resumed: what its receiver did before counts no longer. */
  change({ target, revision, isActive }: LaneTarget, now: number): void {
    this.target = target;
    this.revision = revision;
    this.health = new Health({ failedSubjects: [], failingMillis: null, answered: this.claimed.answered }, now);
    this.outdated = this.backlog.inFlight;
    this.shut();
    if (!isActive) return;
    this.mode = 'open';
    this.pace = new Pace('fresh', this.pace.least);
    this.retry();
  }

  /**
   * Books an attempt: what it means for the subject, for the lane, and for how fast it may go on.
   * @param isOutdated the webhook was changed since it began: it says nothing of the lane
   */
  land(departure: Departure, verdict: Verdict, durationMillis: number, maxWindow: number, isOutdated: boolean): void {
    const isDelivered = verdict.delivery === 'delivered';
    if (isOutdated) this.outdated -= 1;
    // What is too large was never sent: it says nothing of the receiver.
    else if (verdict.dropReason !== 'too_large') {
      this.pace.note(durationMillis);
      if (isDelivered) this.succeed(this.target.maxConcurrent ?? maxWindow);
      else this.fail(departure.subject.name, verdict);
    }
    if (!isDelivered) this.backlog.pin(departure.delivery.id);
    if (this.holdsUp(departure.delivery, verdict)) this.backlog.holdUp(departure);
    else this.backlog.proceed(departure);
  }

  /** The receiver is late: one at a time, and what waits is given back, so that others may use the memory. */
  slowDown(): void {
    this.pace.slowDown();
    this.backlog.giveBack();
    this.cursor.rewind();
  }

  /** Sends no more. */
  shut(): void {
    this.mode = 'shut';
    this.backlog.giveBack();
  }

  /** What is being read, or would be, might be about to be dropped: it is read again after `drop`. */
  whileDropping(drop: () => Promise<void>): Promise<void> {
    this.isDropping = true;
    return drop().finally(() => {
      this.isDropping = false;
      this.cursor.rewind();
    });
  }

  /** An attempt is written down: those that waited behind it may follow now, and after a probe's success all. */
  settle(delivery: Delivery, now: number): void {
    const heldUpOthers = this.backlog.settle(delivery.id);
    this.idleSince = now;
    if (this.mode !== 'open') return;
    if (this.reopened) this.cursor.rewind();
    else if (heldUpOthers) this.cursor.rewind(delivery.id);
    this.reopened = false;
  }

  /** What is to be written down of its health; null when nothing has changed. */
  takeHealth(now: number): LaneHealth | null {
    const health = this.health.take(now);
    return health && { id: this.id, fence: this.fence, revision: this.revision, ...health };
  }

  /** Takes note of whether Postgres finds it failing, and since when: then it sends no more, but to its own rhythm. */
  noteFailing(failingMillis: number | null, now: number): void {
    this.health.noteFailing(failingMillis, now);
    if (failingMillis !== null && this.followsPoll) this.shut();
  }

  private get underWay(): number {
    return this.backlog.inFlight - this.outdated;
  }

  private get page(): number {
    return Math.min(this.pace.page(this.budget.lanes), this.backlog.drain?.page ?? Infinity);
  }

  private get isOrdered(): boolean {
    return this.target.order === 'subject';
  }

  /** Whether failed deliveries are tried again at the next poll, and not at due times of their own. */
  get followsPoll(): boolean {
    return this.target.retry === null || this.target.retry.policy === 'poll';
  }

  private succeed(maxWindow: number): void {
    const isProbe = this.mode === 'probing';
    this.health.succeed(isProbe);
    this.pace.succeed(maxWindow);
    if (isProbe) this.mode = 'open';
    this.reopened ||= isProbe;
  }

  private fail(subject: string, verdict: Verdict): void {
    const severalFail = this.health.severalFailWith(subject);
    this.health.fail(subject, verdict, performance.now());
    const isDown = this.mode === 'probing' || (severalFail && this.followsPoll);
    if (isDown || verdict.restMillis !== null || verdict.gone) this.shut();
  }

  /** A failed delivery holds up its subject, until the receiver has refused it often enough. */
  private holdsUp(delivery: Delivery, verdict: Verdict): boolean {
    return verdict.delivery === 'retry' && delivery.refusals + Number(verdict.refusal) < REFUSALS_THAT_HOLD_UP;
  }
}
