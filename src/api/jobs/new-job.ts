import { nearest } from '../../config/nearest.js';
import { InvalidInputError } from '../../errors/errors.js';
import type { JobTask, NewJob } from '../../queue/sql/job.js';
import { firstIdAt } from '../../queue/sql/update-ids.js';
import { readObject, readText, readWord } from '../../updates/fields.js';
import { readMoment } from '../moment.js';
import { deliveredIn, droppedIn } from '../replay.service.js';

const FIELDS = ['kind', 'of', 'filter', 'ratePerSecond', 'paused', 'dryRun'];
const ERASED = ['requestId', 'before'];
export const MOST_PER_SECOND = 100_000;
/** The longest that any id can be, in bytes. */
const MAX_BYTES = 2_000;

/** Of what each kind of job can be. */
export const JOBS = {
  replay: ['dead_letters', 'deliveries'],
  discard: ['dead_letters'],
  erase: ['request'],
} as const satisfies Record<JobTask['kind'], readonly JobTask['what'][]>;
const KINDS = Object.keys(JOBS) as (keyof typeof JOBS)[];

export type JobRequest = Omit<NewJob, 'total'> & JobTask & { isDryRun: boolean };

/**
 * What a job is to be, out of `{kind, of, filter, ratePerSecond?, paused?, dryRun?}`.
 * @param nowMillis by Postgres' clock: what is accepted later is not erased
 * @throws InvalidInputError
 */
export function readNewJob(fields: Record<string, unknown>, nowMillis: number): JobRequest {
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) refuseUnknown(unknown, FIELDS, '');
  const kind = readWord(fields['kind'], 'kind', KINDS);
  const what = readWord(fields['of'], 'of', JOBS[kind]);
  const filter = readObject(fields['filter'], 'filter');
  return {
    ...toTask(kind, what, filter, nowMillis),
    filter,
    ratePerSecond: readRate(fields['ratePerSecond'] ?? null, kind),
    isPaused: readFlag(fields['paused'] ?? false, 'paused'),
    isDryRun: readFlag(fields['dryRun'] ?? false, 'dryRun'),
  };
}

function toTask(kind: JobTask['kind'], what: JobTask['what'], filter: Record<string, unknown>, now: number): JobTask {
  if (what === 'request') return { kind: 'erase', what, wanted: readErased(filter, now) };
  if (what === 'deliveries') return { kind: 'replay', what, wanted: within(() => deliveredIn(filter)) };
  return { kind: kind === 'discard' ? kind : 'replay', what, wanted: within(() => droppedIn(filter)) };
}

/** The filter stands in a field of the body. */
function within<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    if (error.field === 'body') throw new InvalidInputError('filter', error.message.replace(/^body/, 'filter'));
    throw new InvalidInputError(`filter.${error.field}`, `filter.${error.message}`);
  }
}

function readErased(filter: Record<string, unknown>, now: number): { requestId: string; before: string } {
  const unknown = Object.keys(filter).find((field) => !ERASED.includes(field));
  if (unknown !== undefined) refuseUnknown(unknown, ERASED, 'filter.');
  const requestId = readText(filter['requestId'], 'filter.requestId', MAX_BYTES);
  const given = filter['before'] ?? null;
  const before = given === null ? Infinity : readMoment(given, 'filter.before');
  return { requestId, before: firstIdAt(Math.min(before, now + 1)) };
}

function readRate(value: unknown, kind: JobTask['kind']): number | null {
  if (value === null) return null;
  if (kind === 'erase') {
    throw new InvalidInputError('ratePerSecond', 'ratePerSecond is for replays and discards: leave it out');
  }
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_PER_SECOND) return Number(value);
  throw new InvalidInputError('ratePerSecond', `ratePerSecond: write a whole number from 1 to ${MOST_PER_SECOND}`);
}

function readFlag(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidInputError(field, `${field}: write true or false`);
}

function refuseUnknown(given: string, known: string[], path: string): never {
  const name = `${path}${given.slice(0, 64)}`;
  throw new InvalidInputError(name, `${name} is not known here: write ${path}${nearest(given, known)}?`);
}
