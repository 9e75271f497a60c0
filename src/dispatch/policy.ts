import type { DropReason } from '../queue/sql/drop.js';
import type { Outcome } from '../updates/outcome.js';
import type { Retry } from '../updates/target.js';
import { backoffMillis, isFromUpdate, maxAttempts } from './backoff.js';

/** The limits of Singularity's documentation (contract §5.1). A number of 0 or below turns its limit off. */
export interface Limits {
  checkWebhooksEveryMillis: number;
  maxQueuedUpdatesPerWebhook: number;
  deleteUndeliverableWebhooksAfterHours: number;
}

/** One attempt with all that decides what follows from it. */
export interface Attempt {
  outcome: Outcome;
  /** How many there were with this one. */
  attempts: number;
  /** Sent to one uri by its sender: what the receiver asks for itself counts as a failure like others. */
  isDirect: boolean;
  /** The webhook's own policy; null: at every poll. */
  retry: Retry | null;
  /** The webhook was changed while the attempt was under way. */
  isOutdated: boolean;
  /** Age of the update when the attempt began. */
  ageMillis: number;
  /** How long the lane had been failing when the attempt began; null: it wasn't. */
  failingMillis: number | null;
  /** It was the one attempt that a failing or resting lane gets at a poll. */
  isProbe: boolean;
  /** Whether two or more subjects have failed since the lane's last success, this attempt included. */
  severalFail: boolean;
}

/** What follows from an attempt, for the delivery and for its lane. */
export interface Verdict {
  delivery: 'delivered' | 'retry' | 'drop';
  /** Why it is dropped; null: it isn't. */
  dropReason: DropReason | null;
  /** When it is tried again; null: at the next poll. */
  retryInMillis: number | null;
  /** It counts towards the refusals after which an update holds up its subject no longer. */
  refusal: boolean;
  /** The lane rests so long. */
  restMillis: number | null;
  /** The receiver wants no more: the webhook is disabled and keeps its queue. */
  gone: boolean;
  /** The lane keeps so many of its newest deliveries. */
  keepNewest: number | null;
  /** What is older goes, in the whole lane. */
  maxAgeMillis: number | null;
}

const HOUR_MILLIS = 3_600_000;
const LONGEST_REST_MILLIS = 600_000;

const DELIVERED: Verdict = {
  delivery: 'delivered',
  dropReason: null,
  retryInMillis: null,
  refusal: false,
  restMillis: null,
  gone: false,
  keepNewest: null,
  maxAgeMillis: null,
};

/** What came of a webhook as it was before a change: the delivery is tried again at once, and nothing follows for the lane. */
const OUTDATED: Verdict = { ...DELIVERED, delivery: 'retry', retryInMillis: 0 };

/**
 * Decides what becomes of a delivery after an attempt (docs/architecture.md). The cap of 50 and the 7 days
 * stand only here. Pure.
 * @param untilNextPollMillis the shortest rest
 * @param chance at least 0, less than 1
 */
export function judge(attempt: Attempt, limits: Limits, untilNextPollMillis: number, chance: number): Verdict {
  const { outcome, attempts, isDirect, retry, failingMillis, isProbe, severalFail } = attempt;
  if (outcome.reason === 'delivered') return DELIVERED;
  if (attempt.isOutdated) return OUTDATED;

  const maxAgeHours = retry?.maxAgeHours ?? limits.deleteUndeliverableWebhooksAfterHours;
  const maxAgeMillis = positive(maxAgeHours * HOUR_MILLIS);
  const endAgeMillis = attempt.ageMillis + outcome.durationMillis;
  const retryInMillis = backoffMillis(retry, attempts, endAgeMillis, chance);
  const dropReason = dropReasonOf(attempt, maxAgeMillis, endAgeMillis + (retryInMillis ?? 0));
  const isUnreadable = outcome.reason === 'unreadable_secrets';
  const capApplies = !isUnreadable && failingMillis !== null && failingMillis > limits.checkWebhooksEveryMillis;
  return {
    delivery: dropReason === null ? 'retry' : 'drop',
    dropReason,
    retryInMillis: dropReason === null ? retryInMillis : null,
    refusal: outcome.reason === 'refused' && !severalFail,
    restMillis: isDirect ? null : restOf(outcome, untilNextPollMillis),
    gone: !isDirect && outcome.reason === 'gone',
    keepNewest: capApplies ? positive(retry?.maxQueued ?? limits.maxQueuedUpdatesPerWebhook) : null,
    maxAgeMillis: isProbe || failingMillis !== null ? maxAgeMillis : null,
  };
}

function dropReasonOf(
  { outcome, attempts, retry, ageMillis }: Attempt,
  maxAgeMillis: number | null,
  retryAgeMillis: number,
): DropReason | null {
  if (outcome.reason === 'message_too_large') return 'too_large';
  if (maxAgeMillis !== null && ageMillis > maxAgeMillis) return 'over_age';
  if (isOwnDoing(outcome)) return null;
  const most = maxAttempts(retry);
  if (most !== null && attempts >= most) return 'attempts_exhausted';
  // A schedule that goes by the update's time ends with it: what would be late is not tried any more.
  const isLate = isFromUpdate(retry) && maxAgeMillis !== null && retryAgeMillis > maxAgeMillis;
  return isLate ? 'over_age' : null;
}

/** It must not be the end of a delivery that its receiver might have taken. */
function isOwnDoing({ reason }: Outcome): boolean {
  return reason === 'cut_short' || reason === 'unreadable_secrets';
}

function restOf({ retryAfterMillis }: Outcome, untilNextPollMillis: number): number | null {
  if (retryAfterMillis === undefined) return null;
  return Math.max(Math.min(retryAfterMillis, LONGEST_REST_MILLIS), untilNextPollMillis);
}

function positive(limit: number): number | null {
  return limit > 0 ? limit : null;
}
