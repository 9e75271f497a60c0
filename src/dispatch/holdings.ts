import type { Queue } from '../queue/queue.js';
import type { ClaimedLane } from '../queue/sql/claim.js';
import type { KnownHorizon } from '../queue/sql/lease.js';
import type { LaneTarget } from '../queue/sql/target.js';
import type { Budget } from './budget.js';
import type { Claim } from './claim.js';
import { Drain } from './drain.js';
import { Lane } from './lane.js';
import type { ClaimedBy } from './metrics.js';

/** Lanes claimed in one statement. */
const LANES_A_CLAIM = 50;
/** A lane with nothing to do is kept for so long: the next nudge needs no claim. */
const LINGER_MILLIS = 5_000;

/** How much may be claimed now. */
export interface Room {
  lanes: number;
  probes: number;
}

/** What one claim brought; `missed`: lanes nudged by this process that it could not have. */
export interface Claimed {
  lanes: Lane[];
  missed: number[];
  by: ClaimedBy;
}

/** Lanes that others have taken, and the ids of those whose webhooks were changed. */
export interface Renewals {
  lost: Lane[];
  changed: number[];
}

export interface HoldingLimits {
  readonly leaseMillis: number;
  readonly maxConcurrentPerWebhook: number;
  /** Of what waited when a webhook was resumed; 0 or less: no limit. */
  readonly drainPerSecond: number;
}

/** Nothing is known of what may come: floors stay where they are. */
export const NOWHERE: KnownHorizon = { id: 0, serverRun: null };

/** A poll goes through all lanes, as far as there is room; what is left of one goes on in the next. */
interface Wave {
  poll: Date;
  /** Lanes up to this id have had their turn; null: all have. */
  openAfter: number | null;
  mayProbe: boolean;
}

/** The lanes that this process holds: claims them, renews their leases, and hands them back. */
export class Holdings {
  private readonly held = new Map<number, Lane>();
  /** Lanes to claim soon, and whether it was this process that enqueued. */
  private readonly nudged = new Map<number, boolean>();
  private wave: Wave | null = null;
  private releasing: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: Queue,
    private readonly limits: HoldingLimits,
    private readonly budget: Budget,
    /** What is held back may leave now. */
    private readonly onRefill: (lane: Lane) => void,
  ) {}

  get lanes(): Iterable<Lane> {
    return this.held.values();
  }

  get size(): number {
    return this.held.size;
  }

  get(id: number): Lane | undefined {
    return this.held.get(id);
  }

  /** Deliveries came in: answers with the lane if it is held and may read; else it is claimed when its turn comes. */
  nudge(id: number, isLocal: boolean): Lane | null {
    const lane = this.held.get(id);
    if (lane?.mode === 'open') return lane;
    if (lane) lane.nudged = true;
    else this.nudged.set(id, isLocal || this.nudged.get(id) === true);
    return null;
  }

  /** A poll begins: all lanes are gone through again. */
  poll(poll: Date): void {
    this.wave = { poll, openAfter: this.wave?.openAfter ?? 0, mayProbe: true };
  }

  /** Claims one batch; null: there is nothing to claim, or no room. */
  async claim(room: Room): Promise<Claimed | null> {
    await this.releasing;
    if (room.lanes > 0 && this.nudged.size > 0) return this.claimNudged();
    if (room.lanes > 0 && this.wave && this.wave.openAfter !== null) return this.claimOpen(this.wave);
    if (room.probes > 0 && this.wave?.mayProbe) return this.claimProbes(this.wave, room.probes);
    return null;
  }

  /** Renews leases that have used up a third of their time. Answers with lanes that others have taken, and with changed ones. */
  async renew(now: number, horizon: KnownHorizon): Promise<Renewals> {
    const due = [...this.held.values()].filter((lane) => lane.heldUntil - now < (this.limits.leaseMillis * 2) / 3);
    return this.renewThese(due, now, horizon, (lane, floorId) => lane.cursor.raiseFloor(floorId));
  }

  /** Renews all leases, with a server that may not know of them; what waits in the lanes is to be read anew. */
  async startOver(now: number): Promise<Renewals> {
    return this.renewThese([...this.held.values()], now, NOWHERE, (lane, floorId) => lane.cursor.startOver(floorId));
  }

  /** Hands back what has nothing left to do. */
  async releaseIdle(now: number, horizon: KnownHorizon): Promise<void> {
    const idle = [...this.held.values()].filter(
      (lane) => lane.isIdle && (lane.mode === 'shut' || now - lane.idleSince > LINGER_MILLIS),
    );
    await this.release(idle, horizon);
  }

  async release(lanes: Lane[], horizon: KnownHorizon): Promise<void> {
    if (lanes.length === 0) return;
    for (const lane of lanes) {
      this.held.delete(lane.id);
      if (lane.nudged) this.nudged.set(lane.id, false);
    }
    // A lease that could not be handed back runs out by itself.
    const released = this.queue.release(lanes, horizon);
    this.releasing = Promise.allSettled([this.releasing, released]).then(() => undefined);
    await released;
  }

  /** The lane's webhook was changed, paused or resumed. */
  change(lane: Lane, target: LaneTarget, now: number): void {
    lane.change(target, now);
    this.drain(lane, target.drainToId);
  }

  /** What waits in the lane up to this id leaves slowly; null: nothing does any more. */
  private drain(lane: Lane, toId: number | null): void {
    const { drainPerSecond } = this.limits;
    lane.backlog.drain?.stop();
    const isSlow = toId !== null && drainPerSecond > 0;
    lane.backlog.drain = isSlow ? new Drain(toId, drainPerSecond, () => this.onRefill(lane)) : null;
  }

  /** To be handed back, and claimed anew as soon as that is done. */
  giveUp(lanes: readonly Lane[]): void {
    for (const lane of lanes) {
      lane.shut();
      lane.nudged = true;
    }
  }

  /** Another process has it now, or this one under a later claim. */
  lose(lane: Lane): void {
    lane.shut();
    if (this.held.get(lane.id) === lane) this.held.delete(lane.id);
  }

  private async renewThese(
    lanes: Lane[],
    now: number,
    horizon: KnownHorizon,
    place: (lane: Lane, floorId: number) => void,
  ): Promise<Renewals> {
    if (lanes.length === 0) return { lost: [], changed: [] };
    const mine = await this.queue.renew(lanes, horizon);
    const changed: number[] = [];
    for (const lane of lanes) {
      const renewed = mine.get(lane.id);
      if (!renewed) continue;
      lane.heldUntil = now + this.limits.leaseMillis;
      place(lane, renewed.floorId);
      if ((lane.backlog.drain?.toId ?? Infinity) <= renewed.floorId) this.drain(lane, null);
      if (renewed.revision > lane.revision) changed.push(lane.id);
    }
    return { lost: lanes.filter((lane) => !mine.has(lane.id)), changed };
  }

  private async claimNudged(): Promise<Claimed> {
    const batch = [...this.nudged].slice(0, LANES_A_CLAIM);
    for (const [id] of batch) this.nudged.delete(id);
    const at = performance.now();
    const lanes = this.hold(await this.queue.claimNamed(batch.map(([id]) => id)), 'open', null, at);
    const missed = batch.filter(([id, isLocal]) => isLocal && !this.held.has(id)).map(([id]) => id);
    return { lanes, missed, by: 'nudge' };
  }

  private async claimOpen(wave: Wave): Promise<Claimed> {
    const at = performance.now();
    const page = { poll: wave.poll, after: wave.openAfter ?? 0, limit: LANES_A_CLAIM };
    const claimed = await this.queue.claimOpenLanes(page);
    wave.openAfter = claimed.length < page.limit ? null : Math.max(...claimed.map((lane) => lane.id));
    return { lanes: this.hold(claimed, 'open', wave.poll, at), missed: [], by: 'poll' };
  }

  private async claimProbes(wave: Wave, limit: number): Promise<Claimed> {
    const at = performance.now();
    const claimed = await this.queue.claimProbes(wave.poll, limit);
    wave.mayProbe = claimed.length === limit;
    return { lanes: this.hold(claimed, 'probing', wave.poll, at), missed: [], by: 'probe' };
  }

  private hold(claimed: ClaimedLane[], mode: Claim['mode'], poll: Date | null, at: number): Lane[] {
    return claimed.map((lane) => {
      // After a standstill longer than the lease, a process may claim what it still takes for its own.
      this.held.get(lane.id)?.shut();
      const { leaseMillis, maxConcurrentPerWebhook: maxConcurrent } = this.limits;
      const held = new Lane(lane, { mode, poll, at, leaseMillis, maxConcurrent }, this.budget);
      this.drain(held, lane.drainToId);
      this.held.set(lane.id, held);
      return held;
    });
  }
}
