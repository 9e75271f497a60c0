import type { Job } from '../../api/jobs/job.js';

/** A job as it comes over HTTP: its times are texts. */
export type PrintedJob = { [K in keyof Job]: Date extends Job[K] ? string | Exclude<Job[K], Date> : Job[K] };

const COLUMNS: Record<string, (job: PrintedJob) => string> = {
  ID: ({ id }) => String(id),
  JOB: ({ kind, of }) => `${kind} ${of}`,
  STATE: ({ state }) => state,
  DONE: ({ done }) => String(done),
  OF: (job) => totalOf(job),
  FILTER: ({ filter }) => JSON.stringify(filter),
  'MADE BY': ({ createdBy }) => createdBy,
};

/** A table for people. */
export function tableOf(jobs: readonly PrintedJob[]): string {
  const rows = [Object.keys(COLUMNS), ...jobs.map((job) => Object.values(COLUMNS).map((column) => column(job)))];
  const widths = Object.keys(COLUMNS).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: string[]): string => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** One job in a few words: `Job 7, replay dead_letters: running, 300 of 1000 done, 100 a second`. */
export function wordsOf(job: PrintedJob): string {
  const { id, kind, of, state, done, skipped, perSecond, estimatedEndAt, why } = job;
  const words = [
    `Job ${id}, ${kind} ${of}: ${state}, ${done} of ${totalOf(job)} done`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(perSecond === null ? [] : [`${perSecond} a second`]),
    ...(estimatedEndAt === null ? [] : [`until ${estimatedEndAt}`]),
  ];
  return `${words.join(', ')}\n${why === null ? '' : `${why.detail}\n`}`;
}

function totalOf({ total, isTotalExact }: PrintedJob): string {
  if (total === null) return 'unknown';
  return isTotalExact ? String(total) : `more than ${total}`;
}
