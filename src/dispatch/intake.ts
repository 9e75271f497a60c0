import type { Queue } from '../queue/queue.js';
import type { PollClock } from '../queue/sql/clock.js';
import { Alarms } from './alarms.js';
import { Budget } from './budget.js';
import { Claimer } from './claimer.js';
import type { DispatchEvents } from './events.js';
import { Holdings, NOWHERE, type HoldingLimits, type Renewals, type Room } from './holdings.js';
import type { Lane } from './lane.js';
import type { Held } from './metrics.js';
import { Reader } from './reader.js';
import type { Slots } from './slots.js';

export interface IntakeLimits extends HoldingLimits {
  maxBufferedBytes: number;
}

/** While so many lanes are ready to send, no more are claimed: other processes may have them. */
const ENOUGH_LANES = 200;

/**
 * What there is to send. Lanes are claimed at a poll, at a nudge or when something is due (`Holdings`), read many at a
 * time (`Reader`), and handed on as soon as they have something to send. No step waits for a send.
 */
export class Intake {
  private readonly budget = new Budget();
  private readonly holdings: Holdings;
  private readonly claimer: Claimer;
  private readonly reader: Reader;
  private readonly alarms: Alarms;
  private nextPollAt = 0;
  /** When the poll under way began, by Postgres' clock. */
  private pollAt: Date | null = null;
  private isOpen = true;

  constructor(
    private readonly queue: Queue,
    private readonly slots: Slots,
    limits: IntakeLimits,
    private readonly events: DispatchEvents,
    private readonly on: {
      /** These lanes may have something to send. */
      read(lanes: readonly Lane[]): void;
      /** Lanes nudged by this process that it can't claim: another one may hold them. */
      missed(lanes: number[]): void;
    },
  ) {
    const { budget } = this;
    this.holdings = new Holdings(queue, limits, budget, (lane) => on.read([lane]));
    this.claimer = new Claimer(this.holdings, () => this.room(), {
      claimed: (lanes, by) => {
        events.claimed(lanes.length, by);
        return this.begin(lanes);
      },
      missed: (lanes) => on.missed(lanes),
      failed: (error) => events.databaseFailed('claim', error),
    });
    this.reader = new Reader(queue, budget, limits.maxBufferedBytes, {
      read: (lanes) => on.read(lanes),
      outdated: (lanes) => void this.change(lanes).catch((error: unknown) => events.databaseFailed('change', error)),
      startedOver: () => void this.startOver(),
      failed: (error) => events.databaseFailed('read', error),
    });
    this.alarms = new Alarms((id) => this.due(id));
  }

  /** How many attempts are under way. */
  get inFlight(): number {
    return this.slots.inFlight;
  }

  get held(): Held {
    return { lanes: this.holdings.size, inFlight: this.slots.inFlight, bufferedBytes: this.budget.bytes };
  }

  untilNextPoll(now: number): number {
    return Math.max(0, this.nextPollAt - now);
  }

  /** A poll begins: what failed before it is due again, and what has a due time before the next one gets an alarm. */
  async poll(clock: PollClock): Promise<void> {
    this.nextPollAt = performance.now() + clock.untilNextMillis;
    this.pollAt = clock.poll;
    this.holdings.poll(clock.poll);
    for (const lane of this.holdings.lanes) {
      if (lane.mode !== 'open') continue;
      lane.retry(clock.poll);
      this.reader.feed(lane);
    }
    this.run();
    await this.setAlarms(clock.poll, null);
  }

  /** Deliveries were enqueued in these lanes. */
  nudge(lanes: readonly number[], isLocal: boolean): void {
    for (const id of lanes) {
      const lane = this.holdings.nudge(id, isLocal);
      if (!lane) continue;
      lane.cursor.wake();
      this.reader.feed(lane);
    }
    this.run();
  }

  /** A failed delivery of this lane is due in so many milliseconds. The poll sees to what comes after it. */
  remind(laneId: number, inMillis: number): void {
    if (this.isOpen && inMillis <= this.untilNextPoll(performance.now())) this.alarms.set(laneId, inMillis);
  }

  /** The webhooks of these lanes were changed, paused or resumed. */
  async change(lanes: readonly number[]): Promise<void> {
    if (lanes.length === 0) return;
    const held = lanes.flatMap((id) => this.holdings.get(id) ?? []);
    if (held.length > 0) await this.askWhatChanged(held);
    this.nudge(lanes, false);
    await this.handBack();
  }

  /** The webhooks of these lanes were deleted: nothing more is sent to them. */
  async close(lanes: readonly number[]): Promise<void> {
    for (const id of lanes) this.holdings.get(id)?.shut();
    await this.handBack();
  }

  /** Keeps leases, and hands back what is idle. */
  async keep(): Promise<void> {
    this.run();
    await this.noteRenewals(await this.holdings.renew(performance.now(), this.reader.horizon));
    await this.handBack();
  }

  /** The lane may want to be read on. */
  feed(lane: Lane): void {
    this.reader.feed(lane);
  }

  /** Goes on claiming and reading, as far as there is room. */
  run(): void {
    this.claimer.run();
    void this.reader.run();
  }

  readOn(): void {
    void this.reader.run();
  }

  /** Hands back the lanes that have nothing left to do. */
  handBack(): Promise<void> {
    return this.holdings.releaseIdle(performance.now(), this.reader.horizon);
  }

  /** Another process has it now, or this one under a later claim. */
  lose(lane: Lane): void {
    if (this.holdings.get(lane.id) === lane) this.events.leaseLost(lane);
    this.holdings.lose(lane);
  }

  /** Nothing more comes in, and no lane sends any more. */
  async stop(): Promise<void> {
    this.isOpen = false;
    this.alarms.stop();
    await this.claimer.idle();
    for (const lane of this.holdings.lanes) lane.shut();
  }

  /** Hands back every lane. */
  releaseAll(): Promise<void> {
    return this.holdings.release([...this.holdings.lanes], NOWHERE);
  }

  /**
   * The server is another one, or has forgotten what was not committed. What waits here may not be so there: it is read
   * anew, of the lanes that are this process's own there as well. What is in flight lands as ever.
   */
  private async startOver(): Promise<void> {
    const lanes = [...this.holdings.lanes];
    this.events.serverChanged(lanes.length);
    for (const lane of lanes) lane.backlog.giveBack();
    const asked = this.holdings.startOver(performance.now());
    try {
      await Promise.all(lanes.map((lane) => lane.whileDropping(() => asked.then(() => undefined))));
      await this.noteRenewals(await asked);
    } catch (error) {
      this.holdings.giveUp(lanes);
      this.events.databaseFailed('start over', error);
    }
    for (const lane of lanes) this.reader.feed(lane);
    this.run();
  }

  private async noteRenewals({ lost, changed }: Renewals): Promise<void> {
    for (const lane of lost) this.lose(lane);
    if (changed.length > 0) await this.change(changed);
  }

  /** They send nothing until it is known. */
  private async askWhatChanged(lanes: readonly Lane[]): Promise<void> {
    for (const lane of lanes) lane.doubts += 1;
    const asked = this.queue.readTargets(lanes.map((lane) => lane.id)).finally(() => {
      for (const lane of lanes) lane.doubts -= 1;
    });
    const answer = await asked.catch((error: unknown) => {
      this.holdings.giveUp(lanes);
      throw error;
    });
    const targets = new Map(answer.map((target) => [target.id, target]));
    const now = performance.now();
    for (const lane of lanes) {
      if (this.holdings.get(lane.id) !== lane) continue;
      const target = targets.get(lane.id);
      if (target?.fence !== lane.fence) lane.shut();
      else if (target.revision > lane.revision && this.isOpen) this.holdings.change(lane, target, now);
      this.reader.feed(lane);
    }
    this.on.read(lanes);
  }

  private due(id: number): void {
    const lane = this.holdings.nudge(id, false);
    if (lane) {
      lane.retry();
      this.reader.feed(lane);
    }
    this.run();
  }

  private async begin(lanes: Lane[]): Promise<void> {
    const probing = lanes.filter((lane) => lane.mode === 'probing');
    for (const lane of lanes) this.reader.feed(lane);
    this.readOn();
    if (probing.length > 0) await this.reader.probe(probing);
    // Whoever held a lane before may be the only one who knows what is due in it.
    const own = lanes.filter((lane) => !lane.followsPoll).map((lane) => lane.id);
    if (own.length > 0 && this.pollAt) await this.setAlarms(this.pollAt, own);
  }

  /** For what has a due time before the next poll. */
  private async setAlarms(poll: Date, lanes: readonly number[] | null): Promise<void> {
    const untilNextMillis = this.untilNextPoll(performance.now());
    for (const { laneId, inMillis } of await this.queue.dueTimes({ poll, untilNextMillis }, lanes)) {
      if (this.isOpen) this.alarms.set(laneId, inMillis);
    }
  }

  private room(): Room {
    if (!this.isOpen) return { lanes: 0, probes: 0 };
    return { lanes: ENOUGH_LANES - this.reader.size - this.slots.waiting, probes: this.slots.roomForProbes };
  }
}
