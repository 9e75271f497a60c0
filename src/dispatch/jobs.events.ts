import type { Worked } from '../queue/jobs.js';
import type { TakenJob } from '../queue/sql/job-work.js';
import type { DatabaseFailures } from '../telemetry/database-failures.js';
import type { Log } from '../telemetry/log.js';

/** A job's progress is told so often. */
const TELL_EVERY_MILLIS = 10_000;

/** What happens to jobs, one function each. */
export class JobEvents {
  /** When each job that runs was told of last. */
  private readonly toldAt = new Map<number, number>();

  constructor(
    private readonly log: Log,
    private readonly failures: DatabaseFailures,
  ) {}

  /** A batch is done. */
  worked({ job, batch, so }: Worked): void {
    const { id, kind, what: of } = job;
    if (job.isNew) this.log.info('job.started', { job: id, kind, of, by: job.createdBy });
    if (batch.isLast) {
      this.toldAt.delete(id);
      this.log.info('job.finished', { job: id, kind, of, done: so.done, skipped: so.skipped });
      return;
    }
    const now = performance.now();
    if (now - (this.toldAt.get(id) ?? -Infinity) < TELL_EVERY_MILLIS) return;
    this.toldAt.set(id, now);
    this.log.info('job.progressed', { job: id, kind, of, done: so.done, skipped: so.skipped });
  }

  /** A batch came to nothing, and is tried again; or the job has given up. */
  failed({ id, kind, what: of }: TakenJob, error: unknown, isOver: boolean): void {
    const message = error instanceof Error ? error.message : String(error);
    if (isOver) this.log.error('job.failed', { job: id, kind, of, error: message });
    else this.log.warn('job.hindered', { job: id, kind, of, error: message });
  }

  databaseFailed(error: unknown): void {
    this.failures.failed('jobs', error);
  }
}
