import { setTimeout as pause } from 'node:timers/promises';
import type { Queue } from '../queue/queue.js';
import type { PollClock } from '../queue/sql/clock.js';
import type { Sink } from '../sinks/sink.js';
import type { Outcome } from '../updates/outcome.js';
import type { Budget, Departure } from './backlog.js';
import type { DispatchEvents } from './events.js';
import { Claimer } from './claimer.js';
import { Holdings, type Room } from './holdings.js';
import type { Lane } from './lane.js';
import { toMessage } from './message.js';
import { judge, type Limits } from './policy.js';
import { Reader } from './reader.js';
import { Settler, type Attempted } from './settler.js';
import { PATIENCE_MILLIS, Slots, type Flight } from './slots.js';

export interface DispatcherLimits extends Limits {
  maxConcurrentWebhooks: number;
  maxConcurrentPerWebhook: number;
  maxBufferedBytes: number;
  leaseMillis: number;
}

/** While so many lanes are ready to send, no more are claimed: other processes may have them. */
const ENOUGH_LANES = 200;
/** A busy process sends in bursts, so far apart. */
const BURST_MILLIS = 1;
const DRAIN_CHECK_MILLIS = 10;

/**
 * Moves deliveries: claim → read → send → settle. This is the hot path.
 *
 * Lanes are claimed at a poll or a nudge (`Holdings`), and read many at a time (`Reader`). `Slots` says whose turn it
 * is to send. Each outcome is judged at once, and written down in batches (`Settler`). No step waits for a send.
 */
export class Dispatcher {
  private readonly holdings: Holdings;
  private readonly claimer: Claimer;
  private readonly reader: Reader;
  private readonly slots: Slots;
  private readonly settler: Settler;
  private readonly laneLimits;
  private nextPollAt = 0;
  private isPumping = false;
  private state: 'running' | 'draining' | 'stopped' = 'running';

  constructor(
    queue: Queue,
    private readonly sink: Sink,
    private readonly limits: DispatcherLimits,
    private readonly events: DispatchEvents,
    /** Called with lanes nudged by this process that it can't claim: another one may hold them. */
    onMissed: (lanes: number[]) => void,
  ) {
    const budget: Budget = { bytes: 0 };
    this.holdings = new Holdings(queue, limits.leaseMillis, budget);
    this.claimer = new Claimer(this.holdings, () => this.room(), {
      claimed: (lanes) => this.begin(lanes),
      missed: onMissed,
      failed: (error) => events.databaseFailed('claim', error),
    });
    this.reader = new Reader(queue, budget, limits.maxBufferedBytes, {
      read: (lanes) => this.offer(lanes),
      failed: (error) => events.databaseFailed('read', error),
    });
    this.slots = new Slots(limits.maxConcurrentWebhooks);
    this.settler = new Settler(queue, events, (attempts, mine) => this.settled(attempts, mine));
    this.laneLimits = { maxWindow: limits.maxConcurrentPerWebhook, patienceMillis: PATIENCE_MILLIS };
  }

  /** Deliveries were enqueued in these lanes. */
  nudge(lanes: readonly number[], isLocal: boolean): void {
    for (const id of lanes) this.wake(this.holdings.nudge(id, isLocal), null);
    this.goOn();
  }

  /** A poll begins: what failed before it is due again. */
  poll(clock: PollClock): void {
    this.nextPollAt = performance.now() + clock.untilNextMillis;
    this.holdings.poll(clock.poll);
    for (const lane of this.holdings.lanes) this.wake(lane, clock.poll);
    this.goOn();
  }

  /** The webhooks of these lanes were deleted: nothing more is sent to them. */
  async close(lanes: readonly number[]): Promise<void> {
    for (const id of lanes) this.holdings.get(id)?.shut();
    await this.holdings.releaseIdle(performance.now(), this.reader.horizonId);
  }

  /** To be called a few times a second: keeps leases, hands back what is idle, makes room for those that answer. */
  async keep(): Promise<void> {
    const now = performance.now();
    this.slots.check(now);
    this.goOn();
    for (const lane of await this.holdings.renew(now, this.reader.horizonId)) this.lose(lane);
    await this.holdings.releaseIdle(now, this.reader.horizonId);
  }

  /** Finishes what is in flight, within `timeoutMillis`, and hands everything back. */
  async drain(timeoutMillis: number): Promise<void> {
    const deadline = performance.now() + timeoutMillis;
    this.state = 'draining';
    await this.claimer.idle();
    for (const lane of this.holdings.lanes) lane.shut();
    while (this.slots.inFlight > 0 && performance.now() < deadline) {
      await pause(DRAIN_CHECK_MILLIS);
    }
    this.state = 'stopped';
    this.slots.cutAll();
    await this.settler.finish(Math.max(1_000, deadline - performance.now()));
    await this.holdings.release([...this.holdings.lanes], 0);
  }

  private goOn(): void {
    this.claimer.run();
    void this.reader.run();
    this.pumpSoon();
  }

  private wake(lane: Lane | null, poll: Date | null): void {
    if (lane?.mode !== 'open') return;
    lane.wake(poll);
    this.reader.feed(lane);
  }

  private async begin(lanes: Lane[]): Promise<void> {
    const probing = lanes.filter((lane) => lane.mode === 'probing');
    for (const lane of lanes) this.reader.feed(lane);
    void this.reader.run();
    if (probing.length > 0) await this.reader.probe(probing);
  }

  private room(): Room {
    if (this.state !== 'running') return { lanes: 0, probes: 0 };
    return { lanes: ENOUGH_LANES - this.reader.size - this.slots.waiting, probes: this.slots.roomForProbes };
  }

  private offer(lanes: readonly Lane[]): void {
    for (const lane of lanes) this.slots.offer(lane);
    this.pumpSoon();
  }

  /** Sends with whatever else this moment frees: receivers woken once for many requests cost less than for each. */
  private pumpSoon(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    if (this.slots.isBusy) setTimeout(() => this.pump(), BURST_MILLIS);
    else setImmediate(() => this.pump());
  }

  private pump(): void {
    this.isPumping = false;
    for (let lane = this.slots.next(); lane; lane = this.slots.next()) {
      this.send(lane);
      this.slots.offer(lane);
    }
  }

  private send(lane: Lane): void {
    const startedAt = performance.now();
    if (startedAt >= lane.heldUntil) return this.lose(lane);
    const departure = lane.backlog.depart();
    if (!departure) return;
    const flight = this.slots.begin(lane, startedAt);
    void this.sink
      .send(toMessage(lane.id, lane.uri, departure.delivery), flight.cut)
      .catch((error: unknown) => this.events.sinkBroke(lane, error, performance.now() - startedAt))
      .then((outcome) => this.land(flight, departure, outcome));
  }

  private land(flight: Flight, departure: Departure, outcome: Outcome): void {
    this.slots.end(flight);
    if (this.state === 'stopped') return; // cut short by the shutdown: it is sent again by whoever claims the lane
    const { lane, startedAt } = flight;
    const { delivery } = departure;
    const attempt = {
      outcome,
      ageMillis: delivery.ageMillis,
      failingMillis: lane.health.failingMillis(startedAt),
      isProbe: lane.mode === 'probing',
      severalFail: lane.health.severalFailWith(delivery.subject),
    };
    const verdict = judge(attempt, this.limits, Math.max(0, this.nextPollAt - performance.now()));
    lane.land(departure, verdict, outcome.durationMillis, this.laneLimits);
    this.events.attempted(lane, delivery, outcome, verdict);
    this.settler.add({ lane, delivery, outcome, verdict });
    this.reader.feed(lane);
    this.slots.offer(lane);
    void this.reader.run();
    this.pumpSoon();
  }

  private settled(attempts: readonly Attempted[], mine: ReadonlySet<number>): void {
    const now = performance.now();
    for (const { lane, delivery } of attempts) {
      lane.settle(delivery, now);
      if (!mine.has(lane.id)) this.lose(lane);
      this.reader.feed(lane);
    }
    void this.holdings
      .releaseIdle(now, this.reader.horizonId)
      .catch((error: unknown) => this.events.databaseFailed('release', error));
    this.goOn();
  }

  private lose(lane: Lane): void {
    if (this.holdings.get(lane.id) !== lane) return;
    this.events.leaseLost(lane);
    this.holdings.lose(lane);
  }
}
