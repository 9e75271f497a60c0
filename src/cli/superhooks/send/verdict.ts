import type { Answer } from './exchange.js';

/** What an answer means for what was sent. `refused`: the receiver will never take it. */
export type Verdict = 'delivered' | 'refused' | 'retry';

/** Refusals that pass by themselves: request timeout, too early, too many requests. */
const PASSING = [408, 425, 429];
const LONGEST_REST_MILLIS = 10 * 60_000;
const FIRST_WAIT_MILLIS = 1_000;
const LONGEST_WAIT_MILLIS = 60_000;

/**
 * superhooks took any answer for delivered. Here only 2xx is. A redirect or a refusal is final all the same: receivers
 * that have always answered so would block everything behind the first event.
 */
export function judge(status: number): Verdict {
  if (status >= 200 && status < 300) return 'delivered';
  return status >= 300 && status < 500 && !PASSING.includes(status) ? 'refused' : 'retry';
}

/** What a receiver asks to be left alone for, in milliseconds; null: nothing that can be read (RFC 9110 §10.2.3). */
export function restMillis({ retryAfter }: Pick<Answer, 'retryAfter'>, nowMillis: number): number | null {
  if (retryAfter === null) return null;
  const millis = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMillis;
  return Number.isNaN(millis) ? null : Math.min(Math.max(millis, 0), LONGEST_REST_MILLIS);
}

/** How long to wait after the `failures`th failure in a row: 1 s, doubled up to a minute, less up to half by chance. */
export function backoffMillis(failures: number, chance: number): number {
  const full = Math.min(FIRST_WAIT_MILLIS * 2 ** (failures - 1), LONGEST_WAIT_MILLIS);
  return Math.round(full * (1 - chance / 2));
}
