import type { ClaimedLane } from '../queue/sql/claim.js';
import type { LaneHealth } from '../queue/sql/health.js';
import { REFUSALS_THAT_HOLD_UP, type Delivery, type Want } from '../queue/sql/read.js';
import { Backlog, type Budget, type Departure } from './backlog.js';
import { Health } from './health.js';
import type { Verdict } from './policy.js';

/** How a lane was claimed. */
export interface Claim {
  mode: 'open' | 'probing';
  /** Deliveries tried before it are due; null: a nudge, which is for untried ones. */
  poll: Date | null;
  /** When the claim was asked for, by the process' own clock. */
  at: number;
  leaseMillis: number;
}

/** A page of a lane: enough to keep its window busy, few where the receiver hasn't shown how fast it is. */
const PAGE = 500;
const PAGE_OF_A_NEWCOMER = 16;

/**
 * A lane while this process holds it.
 *
 *   open     reads and sends. Shut when two subjects have failed, or every waiting one; when the receiver asks for rest
 *            or is gone; when the webhook is deleted; when the lease is lost
 *   probing  sends one delivery: its success opens the lane, its failure shuts it
 *   shut     sends no more: what is in flight is settled, then the lane is handed back
 */
export class Lane {
  readonly backlog: Backlog;
  readonly health: Health;
  mode: 'open' | 'probing' | 'shut';
  /** The receiver answers within a second, has not answered yet, or is late: decides who gets a slot first. */
  standing: 'brisk' | 'fresh' | 'slow';
  /** It stands in the line for slots. */
  queued = false;
  /** The last read came to the end of what is eligible. */
  exhausted = false;
  /** A nudge came that could not be followed, as the lane sends no more. */
  nudged = false;
  /** Counts how often the lane went back to read again. */
  epoch = 0;
  /** A nudge came since the last read was asked for. */
  private moreCame = false;
  heldUntil: number;
  idleSince: number;
  private poll: Date | null;
  private afterId: number;
  /** How many deliveries may be in flight: doubles with each success, back to one when the receiver is late. */
  private window = 1;
  /** A probe has just succeeded: all is to be read again. */
  private reopened = false;

  constructor(
    private readonly claimed: ClaimedLane,
    claim: Claim,
    budget: Budget,
  ) {
    this.backlog = new Backlog(budget);
    this.mode = claim.mode;
    this.poll = claim.poll;
    this.afterId = claimed.floorId;
    this.health = new Health(claimed, claim.at);
    this.standing = claim.mode === 'probing' || claimed.failedSubjects.length > 0 ? 'slow' : 'fresh';
    if (this.standing === 'fresh' && claimed.answered) this.standing = 'brisk';
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

  get uri(): string {
    return this.claimed.uri;
  }

  /** Whether a delivery could leave now, if there were a slot. */
  get canSend(): boolean {
    return this.mode !== 'shut' && this.backlog.hasReady && this.backlog.inFlight < this.window;
  }

  /** Whether it should read on. A late receiver gets nothing read ahead: the memory is for those that answer. */
  get isHungry(): boolean {
    if (this.mode !== 'open' || this.exhausted) return false;
    return this.standing === 'slow' ? this.backlog.inFlight === 0 : this.backlog.waiting < this.page / 2;
  }

  /** Whether nothing of it is in this process's hands. */
  get isIdle(): boolean {
    return this.backlog.unsettled.size === 0 && (this.mode === 'shut' || this.exhausted);
  }

  want(): Want {
    this.moreCame = false;
    const afterId = Math.min(this.afterId, this.backlog.firstPinned);
    return { laneId: this.id, afterId, limit: this.page, poll: this.poll };
  }

  /**
   * Takes in what a read brought for this lane. One asked for before a poll, or before the lane went back, is of no use:
   * it knew nothing of what failed or became eligible since.
   * @param epoch that of the lane when the read was asked for
   * @param horizon up to where no id can appear any more
   */
  take(deliveries: readonly Delivery[], isAll: boolean, epoch: number, horizon: number): void {
    if (this.mode === 'shut' || epoch !== this.epoch) return;
    for (const delivery of deliveries) this.backlog.add(delivery);
    this.exhausted = isAll && !this.moreCame;
    const last = deliveries.at(-1)?.id ?? this.afterId;
    this.afterId = Math.max(this.afterId, this.exhausted ? horizon : Math.min(last, horizon));
  }

  /** There may be more to read: from the start where `poll` makes failed deliveries due again. */
  wake(poll: Date | null): void {
    this.exhausted = false;
    this.moreCame = true;
    if (!poll) return;
    this.poll = poll;
    this.backlog.letGo();
    this.rewind(this.claimed.floorId);
  }

  /** The next read starts after this id. */
  rewind(id: number): void {
    this.epoch += 1;
    this.afterId = Math.min(this.afterId, id);
    this.exhausted = false;
  }

  /** Books an attempt: what it means for the subject, for the lane, and for how fast it may go on. */
  land(departure: Departure, verdict: Verdict, durationMillis: number, limits: LaneLimits): void {
    this.standing = durationMillis < limits.patienceMillis ? 'brisk' : 'slow';
    if (verdict.delivery === 'delivered') this.succeed(departure, limits.maxWindow);
    else this.fail(departure, verdict);
  }

  /** The receiver is late: one at a time, and what waits is given back, so that others may use the memory. */
  slowDown(): void {
    this.standing = 'slow';
    this.window = 1;
    this.backlog.giveBack();
    this.rewind(this.claimed.floorId);
  }

  /** Sends no more. */
  shut(): void {
    this.mode = 'shut';
    this.backlog.giveBack();
  }

  /** An attempt is written down: those that waited behind it may follow now, and after a probe's success all. */
  settle(delivery: Delivery, now: number): void {
    const heldUpOthers = this.backlog.settle(delivery.id);
    this.idleSince = now;
    if (this.mode !== 'open') return;
    if (this.reopened) this.rewind(this.claimed.floorId);
    else if (heldUpOthers) this.rewind(delivery.id);
    this.reopened = false;
  }

  /** What is to be written down of its health; null when nothing has changed. */
  takeHealth(now: number): LaneHealth | null {
    const health = this.health.take(now);
    return health && { id: this.id, fence: this.fence, ...health };
  }

  /** Takes note of whether Postgres finds it failing, and since when: then it sends no more. */
  noteFailing(failingMillis: number | null, now: number): void {
    this.health.noteFailing(failingMillis, now);
    if (failingMillis !== null) this.shut();
  }

  private get page(): number {
    return this.standing === 'brisk' ? PAGE : PAGE_OF_A_NEWCOMER;
  }

  private succeed(departure: Departure, maxWindow: number): void {
    const isProbe = this.mode === 'probing';
    this.health.succeed(isProbe);
    this.window = this.standing === 'slow' ? 1 : Math.min(this.window * 2, maxWindow);
    if (isProbe) this.mode = 'open';
    this.reopened ||= isProbe;
    this.backlog.proceed(departure);
  }

  private fail(departure: Departure, verdict: Verdict): void {
    const { subject, delivery } = departure;
    const severalFail = this.health.severalFailWith(subject.name);
    this.health.fail(subject.name, verdict, performance.now());
    const holdsUp = delivery.refusals + Number(verdict.refusal) < REFUSALS_THAT_HOLD_UP;
    this.backlog.pin(delivery.id);
    if (holdsUp && verdict.delivery === 'retry') this.backlog.holdUp(departure);
    else this.backlog.proceed(departure);
    if (severalFail || this.mode === 'probing' || verdict.restMillis !== null || verdict.gone) this.shut();
  }
}

export interface LaneLimits {
  maxWindow: number;
  /** An attempt that takes longer makes the lane slow. */
  patienceMillis: number;
}
