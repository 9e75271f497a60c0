import type { JobRow } from '../../queue/sql/job.js';

/** Why a job does nothing. */
export const JOB_WHYS = {
  paused: 'somebody has paused it, or made it so',
  not_started: 'no process with the role `dispatch` has come to it yet',
  too_many_waiting: '`maxWaitingDeliveries` wait already: it goes on when there is room',
  failed_before: 'its last batch came to nothing, and is tried again',
  failed: 'a batch came to nothing five times in a row',
} as const;
export type JobWhy = keyof typeof JOB_WHYS;

/** A job as it is shown. */
export interface Job {
  id: number;
  kind: JobRow['kind'];
  of: JobRow['what'];
  filter: Record<string, unknown>;
  ratePerSecond: number | null;
  state: JobRow['state'];
  /** Why it does nothing at the moment; null: it does, or it has ended. */
  why: { code: JobWhy; detail: string } | null;
  /** How many there were when it was made; null: nobody could count them in time. */
  total: number | null;
  /** False: there are more than `total`. */
  isTotalExact: boolean;
  done: number;
  /** Of webhooks that are deleted: they stay as they are. */
  skipped: number;
  /** How many it did a second since it was started or resumed; null: it isn't running, or nobody knows yet. */
  perSecond: number | null;
  estimatedEndAt: Date | null;
  createdAt: Date;
  createdBy: string;
  startedAt: Date | null;
  finishedAt: Date | null;
  error: string | null;
}

/** Pure. */
export function toJob(row: JobRow): Job {
  const perSecond = speedOf(row);
  return {
    id: row.id,
    kind: row.kind,
    of: row.what,
    filter: row.filter,
    ratePerSecond: row.ratePerSecond,
    state: row.state,
    why: whyOf(row),
    total: row.total,
    isTotalExact: row.isTotalExact,
    done: row.done,
    skipped: row.skipped,
    perSecond,
    estimatedEndAt: endOf(row, perSecond),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    error: row.error,
  };
}

function speedOf({ state, ranMillis, done, doneBefore }: JobRow): number | null {
  if (state !== 'running' || ranMillis === null || ranMillis <= 0 || done === doneBefore) return null;
  return Math.round(((done - doneBefore) / ranMillis) * 1_000_000) / 1_000;
}

function endOf({ total, isTotalExact, done, skipped, now }: JobRow, perSecond: number | null): Date | null {
  if (perSecond === null || perSecond <= 0 || total === null || !isTotalExact) return null;
  return new Date(now.getTime() + (Math.max(0, total - done - skipped) / perSecond) * 1_000);
}

function whyOf({ id, state, startedAt, waitsFor, error, nextInMillis }: JobRow): Job['why'] {
  if (state === 'paused') return { code: 'paused', detail: `It is paused: POST /api/jobs/${id}/resume lets it go on` };
  if (state === 'failed') {
    const detail = `A batch came to nothing five times in a row: ${error}. POST /api/jobs/${id}/resume tries again`;
    return { code: 'failed', detail };
  }
  if (state !== 'running') return null;
  if (waitsFor === 'too_many_waiting') {
    return { code: waitsFor, detail: 'maxWaitingDeliveries wait already: it goes on when there is room' };
  }
  if (waitsFor === 'failed_before') {
    const seconds = Math.ceil(nextInMillis / 1_000);
    return { code: waitsFor, detail: `Its last batch came to nothing, and is tried again in ${seconds} s: ${error}` };
  }
  if (startedAt !== null) return null;
  return { code: 'not_started', detail: 'No process with the role dispatch has come to it yet: that takes a second' };
}
