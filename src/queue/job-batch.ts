import type { Sql } from '../database/database.js';
import { BATCH, discard } from './sql/dead-letters.js';
import { eraseBatch } from './sql/erase.js';
import { deliveredWindow, droppedWindow } from './sql/job-window.js';
import type { Step, TakenJob } from './sql/job-work.js';
import { END, replayDelivered, replayDropped, type Position } from './sql/replay.js';

/** So often something is done in a second, where a batch isn't larger than it may be. */
const STEPS_PER_SECOND = 4;
const FIRST_UPDATE = '00000000-0000-0000-0000-000000000000';

/** What a batch did, and who is to know. */
export interface JobBatch extends Step {
  /** Deliveries that it has queued. */
  queued: number;
  /** Lanes with something new, or rid of what stood before it. */
  lanes: number[];
  /** Lanes that are judged anew. */
  changed: number[];
}

/** How many go at once, and how far apart. */
export interface JobPace {
  size: number;
  millisApart: number;
}

/** In no second that begins anywhere do more batches begin than the rate allows, each as large as it may be. */
export function paceOf(ratePerSecond: number | null): JobPace {
  if (ratePerSecond === null) return { size: BATCH, millisApart: 0 };
  const batches = Math.max(Math.min(STEPS_PER_SECOND, ratePerSecond), Math.ceil(ratePerSecond / BATCH));
  return { size: Math.floor(ratePerSecond / batches), millisApart: 1_000 / batches };
}

/** Does the next batch of a job, in the transaction that has taken it. */
export function workOn(sql: Sql, job: TakenJob): Promise<JobBatch> {
  if (job.what === 'request') return erase(sql, job);
  return job.kind === 'discard' ? discardSome(sql, job) : replay(sql, job);
}

async function replay(sql: Sql, job: TakenJob & { what: 'dead_letters' | 'deliveries' }): Promise<JobBatch> {
  const after = (job.reached ?? [0, 0]) as Position;
  const limit = paceOf(job.ratePerSecond).size;
  const isDropped = job.what === 'dead_letters';
  const upTo = await (isDropped ? droppedWindow(sql, job.wanted, after) : deliveredWindow(sql, job.wanted, after));
  const { replayed, skipped, isMore, last, lanes } = await (isDropped
    ? replayDropped(sql, job.wanted, Math.min(upTo[1], job.lastId), after, limit)
    : replayDelivered(sql, job.wanted, job.lastId, after, { upTo, limit }));
  const reached = isMore ? last : upTo;
  const isLast = reached === END || (isDropped && reached[1] >= job.lastId);
  return { done: replayed, queued: replayed, skipped, reached, isLast, lanes, changed: [] };
}

async function discardSome(sql: Sql, job: TakenJob & { what: 'dead_letters' | 'deliveries' }): Promise<JobBatch> {
  if (job.what !== 'dead_letters') throw new Error('Only dead letters are discarded.');
  const after = (job.reached ?? [0, 0]) as Position;
  const limit = paceOf(job.ratePerSecond).size;
  const upTo = await droppedWindow(sql, job.wanted, after);
  const ids = await discard(sql, job.wanted, Math.min(upTo[1], job.lastId), after[1], limit);
  const reached: Position = ids.length === limit ? [0, Math.max(...ids)] : upTo;
  const isLast = reached[1] >= job.lastId;
  return { done: ids.length, queued: 0, skipped: 0, reached, isLast, lanes: [], changed: [] };
}

async function erase(sql: Sql, job: TakenJob & { what: 'request' }): Promise<JobBatch> {
  const after = (job.reached ?? FIRST_UPDATE) as string;
  const { erased, last, isMore, lanes, changed } = await eraseBatch(sql, job.wanted, after);
  return { done: erased, queued: 0, skipped: 0, reached: last ?? after, isLast: !isMore, lanes, changed };
}
