import type { Queue } from '../queue/queue.js';
import type { Work } from '../queue/sql/processes.js';
import type { Wake } from '../queue/wake.js';
import type { Dispatcher } from './dispatcher.js';
import type { DispatchEvents } from './events.js';
import type { Reaper } from './reaper.js';

const KEEP_EVERY_MILLIS = 200;
const RETRY_MILLIS = 1_000;

/**
 * The rhythm of a dispatching process: a poll at each turn of Postgres' clock, at once on a nudge, and the small
 * housekeeping between. Polls never overlap and never wait for their sends.
 */
export class Poller {
  private pollTimer: NodeJS.Timeout | undefined;
  private keepTimer: NodeJS.Timeout | undefined;
  /** What of the rhythm runs at the moment, by name: none of it runs twice at once. */
  private readonly running = new Set<string>();
  private stopped = false;
  private readonly onNudge = (lanes: number[], isLocal: boolean): void => this.dispatcher.intake.nudge(lanes, isLocal);
  // One that comes while another is under way may tell of something later: none is left out.
  private readonly onClosed = (lanes: number[]): void => void this.begin('close', () => this.close(lanes));
  private readonly onChanged = (lanes: number[]): void =>
    void this.begin('change', () => this.dispatcher.intake.change(lanes));

  constructor(
    private readonly queue: Queue,
    private readonly wake: Wake,
    private readonly dispatcher: Dispatcher,
    private readonly reaper: Reaper,
    private readonly events: DispatchEvents,
  ) {}

  /** What it has done so far, and does now. */
  get work(): Work {
    return { ...this.events.attempts, inFlight: this.dispatcher.intake.inFlight };
  }

  start(): void {
    this.wake.on('nudge', this.onNudge);
    this.wake.on('closed', this.onClosed);
    this.wake.on('changed', this.onChanged);
    this.keepTimer = setInterval(() => this.run('keep', () => this.dispatcher.keep()), KEEP_EVERY_MILLIS);
    this.pollIn(0);
  }

  /** Stops the rhythm, and finishes or hands back what is in flight. */
  async stop(timeoutMillis: number): Promise<void> {
    this.stopped = true;
    this.wake.off('nudge', this.onNudge);
    this.wake.off('closed', this.onClosed);
    this.wake.off('changed', this.onChanged);
    clearTimeout(this.pollTimer);
    clearInterval(this.keepTimer);
    await this.dispatcher.drain(timeoutMillis);
  }

  private pollIn(millis: number): void {
    if (this.stopped) return;
    this.pollTimer = setTimeout(() => this.run('poll', () => this.poll()), millis);
  }

  private async poll(): Promise<void> {
    let next = RETRY_MILLIS;
    try {
      const askedAt = performance.now();
      const clock = await this.queue.clock();
      next = clock.untilNextMillis;
      this.events.polled(clock.nowMillis, (askedAt + performance.now()) / 2);
      this.run('poll lanes', () => this.dispatcher.intake.poll(clock));
      this.run('reap', () => this.reaper.reap());
      this.run('forget', () => this.reaper.forget());
    } finally {
      this.pollIn(next);
    }
  }

  private async close(lanes: number[]): Promise<void> {
    await this.dispatcher.intake.close(lanes);
    await this.reaper.reap();
  }

  private run(name: string, work: () => Promise<void>): void {
    if (this.stopped || this.running.has(name)) return;
    this.running.add(name);
    void this.begin(name, work).finally(() => this.running.delete(name));
  }

  private async begin(name: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.stopped || this.events.databaseFailed(name, error));
  }
}
