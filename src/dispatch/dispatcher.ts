import { setTimeout as pause } from 'node:timers/promises';
import type { Queue } from '../queue/queue.js';
import { toMessage } from '../sinks/message.js';
import type { Sink } from '../sinks/sink.js';
import type { AttemptSpan } from '../telemetry/tracing.js';
import type { Outcome } from '../updates/outcome.js';
import type { Departure } from './backlog.js';
import type { DispatchEvents } from './events.js';
import { Intake, type IntakeLimits } from './intake.js';
import type { Lane } from './lane.js';
import { judge, type Limits } from './policy.js';
import { Settler, type Attempted } from './settler.js';
import { Slots, type Flight } from './slots.js';

export interface DispatcherLimits extends Limits, IntakeLimits {
  maxConcurrentWebhooks: number;
  maxConcurrentPerWebhook: number;
}

/** A busy process sends in bursts, so far apart. */
const BURST_MILLIS = 1;
const DRAIN_CHECK_MILLIS = 10;

/**
 * Moves deliveries: claim → read → send → settle. This is the hot path.
 *
 * `Intake` claims lanes and reads them. `Slots` says whose turn it is to send. Each outcome is judged at once, and written
 * down in batches (`Settler`). No step waits for a send.
 */
export class Dispatcher {
  readonly intake: Intake;
  private readonly slots: Slots;
  private readonly settler: Settler;
  private isPumping = false;
  private isStopped = false;

  constructor(
    queue: Queue,
    private readonly sink: Sink,
    private readonly limits: DispatcherLimits,
    private readonly events: DispatchEvents,
    onMissed: (lanes: number[]) => void,
  ) {
    this.slots = new Slots(limits.maxConcurrentWebhooks);
    this.intake = new Intake(queue, this.slots, limits, events, {
      read: (lanes) => this.offer(lanes),
      missed: onMissed,
    });
    this.settler = new Settler(queue, events, (attempts, mine) => this.settled(attempts, mine));
  }

  /** To be called a few times a second: keeps leases, hands back what is idle, makes room for those that answer. */
  async keep(): Promise<void> {
    this.slots.check(performance.now());
    this.pumpSoon();
    await this.intake.keep();
  }

  /** Finishes what is in flight, within `timeoutMillis`, and hands everything back. */
  async drain(timeoutMillis: number): Promise<void> {
    const deadline = performance.now() + timeoutMillis;
    await this.intake.stop();
    while (this.slots.inFlight > 0 && performance.now() < deadline) {
      await pause(DRAIN_CHECK_MILLIS);
    }
    this.isStopped = true;
    this.slots.cutAll();
    await this.settler.finish(Math.max(1_000, deadline - performance.now()));
    await this.intake.releaseAll();
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
    if (startedAt >= lane.heldUntil) return this.intake.lose(lane);
    const departure = lane.backlog.depart();
    if (!departure) return;
    const flight = this.slots.begin(lane, startedAt, departure.delivery.wasCut);
    void this.attempt(flight, departure);
  }

  private async attempt(flight: Flight, departure: Departure): Promise<void> {
    const { lane, target, startedAt, cut } = flight;
    let outcome: Outcome;
    let span: AttemptSpan | undefined;
    try {
      const message = toMessage(target, departure.delivery);
      span = this.events.attempting(lane, departure.delivery, message);
      outcome = await this.sink.send(span ? { ...message, trace: span.trace } : message, cut);
    } catch (error) {
      outcome = this.events.sinkBroke(lane, error, performance.now() - startedAt);
    }
    span?.end(outcome);
    this.land(flight, departure, outcome);
  }

  private land(flight: Flight, departure: Departure, outcome: Outcome): void {
    this.slots.end(flight);
    if (this.isStopped) return; // cut short by the shutdown: it is sent again by whoever claims the lane
    const { lane, startedAt, target } = flight;
    const { delivery } = departure;
    const { direct } = delivery.update;
    const isOutdated = target !== lane.target;
    const attempt = {
      outcome,
      attempts: delivery.attempts + 1,
      isDirect: direct !== undefined,
      retry: direct?.retry ?? target.retry,
      isOutdated,
      ageMillis: delivery.ageMillis,
      failingMillis: lane.health.failingMillis(startedAt),
      isProbe: lane.mode === 'probing',
      severalFail: lane.health.severalFailWith(departure.subject.name),
    };
    const verdict = judge(attempt, this.limits, this.intake.untilNextPoll(performance.now()), Math.random());
    lane.land(departure, verdict, outcome.durationMillis, this.limits.maxConcurrentPerWebhook, isOutdated);
    this.events.attempted(lane, delivery, outcome, verdict);
    this.settler.add({ lane, revision: lane.revision, delivery, outcome, verdict });
    this.intake.feed(lane);
    this.slots.offer(lane);
    this.intake.readOn();
    this.pumpSoon();
  }

  private settled(attempts: readonly Attempted[], mine: ReadonlySet<number>): void {
    const now = performance.now();
    for (const { lane, revision, delivery, verdict } of attempts) {
      lane.settle(delivery, now);
      if (!mine.has(lane.id)) this.intake.lose(lane);
      this.intake.feed(lane);
      // Changed since: it is due at once, see FAILED in queue/sql/settle.ts.
      const retryInMillis = revision === lane.revision ? verdict.retryInMillis : 0;
      if (retryInMillis !== null) this.intake.remind(lane.id, retryInMillis);
    }
    this.intake.handBack().catch((error: unknown) => this.events.databaseFailed('release', error));
    this.intake.run();
    this.pumpSoon();
  }
}
