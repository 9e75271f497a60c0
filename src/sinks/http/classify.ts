import type { Reason } from '../../updates/outcome.js';
import { retryAfterMillis } from './retry-after.js';

export interface Classified {
  reason: Reason;
  /** What a 429 or a 503 asks for. */
  retryAfterMillis?: number;
}

/**
 * What a status means. The only place that knows success: 200–299 and nothing else (contract §5), unless the message asks
 * for one status (contract of Hook Slinger, §2).
 * @param now epoch milliseconds, for a `Retry-After` that is a date
 * @param successStatus missing: 200 to 299
 */
export function classify(
  status: number,
  retryAfter: string | undefined,
  now: number,
  successStatus?: number,
): Classified {
  if (successStatus !== undefined && status !== successStatus && isSuccess(status))
    return { reason: 'unexpected_status' };
  const reason = reasonFor(status);
  if (reason !== 'throttled' && reason !== 'unavailable') return { reason };
  return { reason, retryAfterMillis: retryAfterMillis(retryAfter, now) };
}

const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

function reasonFor(status: number): Reason {
  switch (status) {
    case 410:
      return 'gone';
    case 429:
      return 'throttled';
    case 503:
      return 'unavailable';
    // They speak of the moment (RFC 9110 §15.5.9, RFC 8470 §5.2), not of this very update.
    case 408:
    case 425:
      return 'unexpected_status';
  }
  switch (Math.floor(status / 100)) {
    case 2:
      return 'delivered';
    case 3:
      return 'redirect';
    case 4:
      return 'refused';
    case 5:
      return 'server_error';
    default:
      return 'unexpected_status';
  }
}
