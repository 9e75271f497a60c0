import { setTimeout as pause } from 'node:timers/promises';
import type { Jobs } from '../queue/jobs.js';
import type { JobEvents } from './jobs.events.js';

/** A new job is found after this at the latest, by the process that is asked first. */
const LOOK_EVERY_MILLIS = 1_000;

/** Works on jobs, one batch after another: at most one at a time, so that jobs never take more than one connection. */
export class JobWorker {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private isStopped = false;

  constructor(
    private readonly jobs: Jobs,
    private readonly events: JobEvents,
  ) {}

  start(inMillis = 0): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.running = this.turn();
    }, inMillis);
  }

  /** The batch under way is finished within `timeoutMillis`; else Postgres undoes it, and somebody else does it again. */
  async stop(timeoutMillis: number): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    if (!this.running) return;
    const inTime = new AbortController();
    const late = pause(timeoutMillis, undefined, { signal: inTime.signal }).catch(() => undefined);
    await Promise.race([this.running, late]);
    inTime.abort();
  }

  private async turn(): Promise<void> {
    this.start(await this.workOff());
  }

  /** Answers with how long there is nothing to do. */
  private async workOff(): Promise<number> {
    try {
      while (!this.isStopped) {
        const next = await this.jobs.nextInMillis();
        if (next === null || next > 0) return Math.min(next ?? LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS);
        const worked = await this.jobs.work((job, error, isOver) => this.events.failed(job, error, isOver));
        // Whatever is due is in the hands of others.
        if (worked === null) return LOOK_EVERY_MILLIS;
        if (worked !== 'put off') this.events.worked(worked);
      }
    } catch (error) {
      this.events.databaseFailed(error);
    }
    return LOOK_EVERY_MILLIS;
  }
}
