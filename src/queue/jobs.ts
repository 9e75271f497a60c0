import { writeAudit, type Actor, type Audited } from '../database/audit.js';
import type { Database, Sql } from '../database/database.js';
import { ConflictError, NotFoundError, TooManyWaitingError } from '../errors/errors.js';
import type { HighWater } from './high-water.js';
import { paceOf, workOn, type JobBatch } from './job-batch.js';
import { countFor, MOST_COUNTED } from './sql/job-count.js';
import {
  createJob,
  findJob,
  listJobs,
  lockJob,
  turnJob,
  type Counted,
  type JobRow,
  type JobState,
  type JobTask,
  type NewJob,
} from './sql/job.js';
import {
  advanceJob,
  failJob,
  putOffJob,
  readNextJob,
  takeJob,
  tellJob,
  type Advanced,
  type Ordered,
  type TakenJob,
} from './sql/job-work.js';
import { readStorage, type TableSize } from './sql/storage.js';
import type { Wake } from './wake.js';

/** While too much waits, a replay is tried again after this. */
const PUT_OFF_MILLIS = 1_000;
const ERROR_LENGTH = 1_000;
/** Postgres ended a statement that took too long. */
const QUERY_CANCELED = '57014';

/** One batch of one job. */
export interface Worked {
  job: TakenJob;
  batch: JobBatch;
  /** How far the job is with it. */
  so: Advanced;
}

/** What jobs need. */
export interface JobParts {
  database: Database;
  /** Counts and lists are read over other connections, whose statements end after a while. */
  reading: Database;
  wake: Wake;
  highWater: HighWater;
  /** The name of this process, as in its leases. */
  owner: string;
}

/**
 * Replays, discards and erasures that are too many for one request. A job is a row with how far it came; each batch is one
 * transaction that has locked the row, does the batch and books it. So a batch is done whole or not at all, by one process
 * at a time, and whoever comes next goes on where it ended.
 *
 *   running   batches are done, as its rate and the queue's high-water mark allow
 *   paused    by somebody, until somebody resumes it
 *   failed    a batch failed five times in a row; somebody may resume it
 *   done      nothing that was there when it was made is left to do
 *   canceled  by somebody; what was done stays done
 */
export class Jobs {
  constructor(private readonly parts: JobParts) {}

  /** How many it would be about, up to `most`; null: that takes too long. */
  async count(task: JobTask, most = MOST_COUNTED): Promise<Counted | null> {
    try {
      return await countFor(this.parts.reading, task, most);
    } catch (error) {
      if ((error as { code?: unknown }).code === QUERY_CANCELED) return null;
      throw error;
    }
  }

  async create(job: NewJob, by: Actor): Promise<JobRow> {
    return this.parts.database.transaction(async (sql) => {
      const row = await createJob(sql, job, by);
      const { kind, what, filter, ratePerSecond } = row;
      const details = { kind, of: what, filter, ratePerSecond };
      await writeAudit(sql, { by, action: 'job.created', target: String(row.id), details });
      return row;
    });
  }

  /** With ids below `before`, newest first. */
  list(before: number, limit: number): Promise<JobRow[]> {
    return listJobs(this.parts.reading, before, limit);
  }

  find(id: number): Promise<JobRow | null> {
    return findJob(this.parts.reading, id);
  }

  /** How much is kept, table by table. */
  storage(): Promise<TableSize[]> {
    return readStorage(this.parts.reading);
  }

  /** No batch begins after this. @throws NotFoundError, ConflictError when it is over */
  pause(id: number, by: Actor): Promise<JobRow> {
    return this.turn(id, 'paused', by);
  }

  /** Also one that has failed. @throws NotFoundError, ConflictError when it is done or canceled */
  resume(id: number, by: Actor): Promise<JobRow> {
    return this.turn(id, 'running', by);
  }

  /** No batch begins after this, nor ever. @throws NotFoundError, ConflictError when it is over */
  cancel(id: number, by: Actor): Promise<JobRow> {
    return this.turn(id, 'canceled', by);
  }

  /** How long nothing is to be done, in milliseconds; null: no job is running. */
  nextInMillis(): Promise<number | null> {
    return readNextJob(this.parts.database);
  }

  /**
   * Does one batch of the job that is due longest and that nobody works on; null: there is none.
   * @param onFailed is told of the job and what went wrong, unless Postgres is away
   */
  async work(onFailed: (job: TakenJob, error: unknown, isOver: boolean) => void): Promise<Worked | 'put off' | null> {
    const { database, wake, highWater, owner } = this.parts;
    const isFull = await this.isFull();
    let taken: TakenJob | null = null;
    try {
      const worked = await database.transaction(async (sql) => {
        const job = (taken = await takeJob(sql));
        if (job === null) return null;
        if (isFull && job.kind === 'replay') {
          await putOffJob(sql, job.id, PUT_OFF_MILLIS);
          return 'put off';
        }
        const batch = await workOn(sql, job);
        const { millisApart } = paceOf(job.ratePerSecond);
        const so = await advanceJob(sql, job.id, batch, { owner, millisApart });
        await tell(sql, job, job.id, so.tell);
        return { job, batch, so };
      });
      if (worked === null || worked === 'put off') return worked;
      highWater.add(worked.batch.queued);
      if (worked.batch.changed.length > 0) wake.changed(worked.batch.changed);
      wake.nudge(worked.batch.lanes);
      return worked;
    } catch (error) {
      // Assigned in a callback, which the compiler doesn't follow.
      const job = taken as TakenJob | null;
      if (job === null) throw error;
      onFailed(job, error, await this.fail(job, error));
      return 'put off';
    }
  }

  private async isFull(): Promise<boolean> {
    try {
      await this.parts.highWater.check();
      return false;
    } catch (error) {
      if (error instanceof TooManyWaitingError) return true;
      throw error;
    }
  }

  private async fail({ id }: TakenJob, error: unknown): Promise<boolean> {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_LENGTH);
    return this.parts.database.transaction(async (sql) => {
      const isOver = await failJob(sql, id, message);
      if (isOver) await tellRest(sql, id);
      return isOver;
    });
  }

  private async turn(id: number, to: 'running' | 'paused' | 'canceled', by: Actor): Promise<JobRow> {
    return this.parts.database.transaction(async (sql) => {
      const state = await lockJob(sql, id);
      if (state === null) throw new NotFoundError('job', `No job has the id ${id}: GET /api/jobs lists them all`);
      if (!LEADS_TO[to].includes(state)) {
        throw new ConflictError('job_is_over', `Job ${id} is ${state}: make another one to do the rest`);
      }
      if (state === to) return (await findJob(sql, id))!;
      if (to !== 'running') await tellRest(sql, id);
      const row = await turnJob(sql, id, to);
      await writeAudit(sql, { by, action: TURNED[to], target: String(id), details: { done: row.done } });
      return row;
    });
  }
}

const LEADS_TO: Record<'running' | 'paused' | 'canceled', readonly JobState[]> = {
  running: ['running', 'paused', 'failed'],
  paused: ['running', 'paused'],
  canceled: ['running', 'paused', 'failed'],
};
const TURNED = {
  running: 'job.resumed',
  paused: 'job.paused',
  canceled: 'job.canceled',
} as const satisfies Record<string, Audited>;

/** What the audit log calls what was done, and how many. */
const TOLD: Record<string, { action: Audited; counted: string }> = {
  'replay dead_letters': { action: 'dead_letter.replayed', counted: 'replayed' },
  'replay deliveries': { action: 'delivery.replayed', counted: 'replayed' },
  'discard dead_letters': { action: 'dead_letter.discarded', counted: 'discarded' },
  'erase request': { action: 'request.erased', counted: 'erased' },
};

async function tellRest(sql: Sql, id: number): Promise<void> {
  const job = await tellJob(sql, id);
  if (job) await tell(sql, job, id, job.untold);
}

/** In the name of whoever made the job. */
async function tell(sql: Sql, job: Ordered, id: number, count: number): Promise<void> {
  const told = TOLD[`${job.kind} ${job.what}`];
  if (count === 0 || !told) return;
  const { createdBy: name, createdByKind: kind, createdFrom: address, filter } = job;
  const { webhookId, requestId } = filter;
  const named = job.kind === 'erase' ? requestId : webhookId;
  await writeAudit(sql, {
    by: { name, kind, address },
    action: told.action,
    target: typeof named === 'string' ? named : null,
    details: { job: id, filter, [told.counted]: count },
  });
}
