import type { Retry } from '../updates/target.js';

const DEFAULT_FACTOR = 2;
const LONGEST_MILLIS = 30 * 24 * 3_600_000;
/** For what should have been tried long ago: not all at once. */
const SHORTEST_MILLIS = 1_000;

/**
 * How long a delivery waits after its `attempts`th attempt has failed, in milliseconds; null: until the next poll. Pure.
 * @param ageMillis of the update, by when the attempt ended
 * @param chance at least 0, less than 1
 */
export function backoffMillis(retry: Retry | null, attempts: number, ageMillis: number, chance: number): number | null {
  if (retry === null || retry.policy === 'poll') return null;
  const wait = Math.min(fullMillis(retry, attempts), LONGEST_MILLIS);
  const shorter = wait * (retry.jitter ?? 0) * chance;
  if (!isFromUpdate(retry)) return Math.round(wait - shorter);
  const sinceUpdate = retry.delaysMillis.slice(0, attempts).reduce((sum, delay) => sum + delay, 0);
  return Math.round(Math.max(sinceUpdate - shorter - ageMillis, SHORTEST_MILLIS));
}

/** Whether the waits are counted from the update's own time, so that slow answers put nothing off. */
export function isFromUpdate(retry: Retry | null): retry is Retry & { policy: 'schedule' } {
  return retry?.policy === 'schedule' && retry.from === 'update';
}

/** After how many attempts a delivery is given up; null: never. */
export function maxAttempts(retry: Retry | null): number | null {
  if (retry?.policy === 'schedule') return retry.delaysMillis.length + 1;
  return retry?.maxAttempts ?? null;
}

function fullMillis(retry: Exclude<Retry, { policy: 'poll' }>, attempts: number): number {
  switch (retry.policy) {
    case 'constant':
      return retry.delayMillis;
    case 'linear':
      return Math.min(retry.delayMillis * attempts, retry.maxDelayMillis ?? Infinity);
    case 'exponential':
      return Math.min(
        retry.delayMillis * (retry.factor ?? DEFAULT_FACTOR) ** (attempts - 1),
        retry.maxDelayMillis ?? Infinity,
      );
    // The last wait goes on where the schedule was shortened under a delivery that is beyond its end.
    default:
      return retry.delaysMillis[Math.min(attempts, retry.delaysMillis.length) - 1] ?? 0;
  }
}
