import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { ForbiddenError } from '../../auth/forbidden.error.js';
import { covers } from '../../auth/scopes.js';
import type { Actor } from '../../database/audit.js';
import { NotFoundError } from '../../errors/errors.js';
import { Jobs } from '../../queue/jobs.js';
import type { JobRow, JobTask } from '../../queue/sql/job.js';
import { Log } from '../../telemetry/log.js';
import { readBody } from '../body.js';
import { Clocks } from '../clocks.js';
import { readFilter } from '../filter.js';
import { LIMIT, mapPage, readNumber, toPage, type Page } from '../page.js';
import { toJob, type Job } from './job.js';
import { readNewJob } from './new-job.js';

const ID = /^\d{1,15}$/;

/** The answer to a dry run. */
export interface Matching {
  /** How many the job would be about. Null: it takes too long to count them. */
  matching: number | null;
  /** Whether it is all of them: beyond 100 000 nobody counts on. */
  isExact: boolean;
}

/** Jobs, as their routes have them. */
@Injectable()
export class JobsService {
  constructor(
    private readonly jobs: Jobs,
    private readonly clocks: Clocks,
    private readonly log: Log,
  ) {}

  /** @throws InvalidInputError, ForbiddenError */
  async create(body: Buffer | undefined, caller: Caller, by: Actor): Promise<Job | Matching> {
    const { now } = await this.clocks.read();
    const { isDryRun, ...job } = readNewJob(readBody(body, 'a job'), now.getTime());
    refuseUnless(caller, job.kind);
    const total = await this.jobs.count(job);
    if (isDryRun) return { matching: total?.count ?? null, isExact: total?.isExact ?? false };
    const row = await this.jobs.create({ ...job, total }, by);
    this.log.info('job.created', { job: row.id, kind: row.kind, of: row.what, by: by.name, total: row.total });
    return toJob(row);
  }

  /** @throws InvalidInputError */
  async list(query: Record<string, unknown>): Promise<Page<Job>> {
    const { limit, after } = readFilter(query, ['limit', 'after']);
    const size = limit ?? LIMIT;
    const before = after === null ? Number.MAX_SAFE_INTEGER : readNumber(after, 'after');
    return mapPage(toPage(await this.jobs.list(before, size + 1), size), toJob);
  }

  /** @throws InvalidInputError, NotFoundError */
  async get(id: string, query: Record<string, unknown>): Promise<Job> {
    readFilter(query, []);
    return toJob(await this.find(id));
  }

  /** @throws NotFoundError, ConflictError, ForbiddenError */
  async pause(id: string, caller: Caller, by: Actor): Promise<Job> {
    refuseUnless(caller, (await this.find(id)).kind);
    return toJob(await this.jobs.pause(Number(id), by));
  }

  /** @throws NotFoundError, ConflictError, ForbiddenError */
  async resume(id: string, caller: Caller, by: Actor): Promise<Job> {
    refuseUnless(caller, (await this.find(id)).kind);
    return toJob(await this.jobs.resume(Number(id), by));
  }

  /** @throws NotFoundError, ConflictError, ForbiddenError */
  async cancel(id: string, caller: Caller, by: Actor): Promise<Job> {
    refuseUnless(caller, (await this.find(id)).kind);
    return toJob(await this.jobs.cancel(Number(id), by));
  }

  private async find(id: string): Promise<JobRow> {
    const row = ID.test(id) ? await this.jobs.find(Number(id)) : null;
    if (row) return row;
    throw new NotFoundError('job', `No job has the id ${id.slice(0, 64)}: GET /api/jobs lists them all`);
  }
}

/** What is erased is gone for good, dead letters or not: that takes all scopes. */
function refuseUnless(caller: Caller, kind: JobTask['kind']): void {
  if (kind === 'erase' && !covers(caller.scopes, 'admin')) throw ForbiddenError.forScope(caller, 'admin');
}
