import type { DisabledReason } from '../updates/webhook-health.js';

/** What a webhook is doing, the first of these that holds: paused, disabled, resting, failing, else active. */
export type WebhookState = 'active' | 'failing' | 'resting' | 'paused' | 'disabled';

export interface StateFacts {
  pausedAt: Date | null;
  disabledAt: Date | null;
  /** Null: by its receiver. */
  disabledReason: DisabledReason | null;
  restingUntil: Date | null;
  /** Whether the rest lasts. */
  isResting: boolean;
  failingSince: Date | null;
  /** How many subjects failed since the last success: none, one, or two of two or more. */
  failedSubjects: number;
  lastSuccessAt: Date | null;
  /** Whether its failed deliveries follow due times of their own instead of the poll. */
  hasOwnRhythm: boolean;
  /** How many deliveries wait. */
  waiting: number;
}

export interface StateView {
  state: WebhookState;
  /** For a person: why it gets nothing, or what is going on. */
  why: string;
}

/** A rest that is over still leaves the lane to one delivery a poll, until one succeeds. */
export function stateOf(facts: StateFacts): StateView {
  const { pausedAt, disabledAt, disabledReason, restingUntil, isResting, failingSince } = facts;
  if (pausedAt)
    return { state: 'paused', why: whyPaused(pausedAt, disabledAt && whoDisabled(disabledAt, disabledReason)) };
  if (disabledAt) return { state: 'disabled', why: whyDisabled(disabledAt, disabledReason) };
  if (restingUntil && isResting) return { state: 'resting', why: whyResting(restingUntil) };
  if (failingSince) return { state: 'failing', why: whyFailing(failingSince, facts) };
  if (restingUntil) return { state: 'resting', why: whyRested(restingUntil) };
  return { state: 'active', why: whyActive(facts) };
}

const DROPPED = 'Nothing waits: what failed was dropped, and its dead letters say why.';
const at = (time: Date): string => time.toISOString();

function whyPaused(since: Date, disabled: string | null): string {
  const why = `Paused since ${at(since)}: updates go on queueing; resume it with POST …/resume.`;
  return disabled === null ? why : `${why} ${disabled}: resuming tries it again.`;
}

function whyDisabled(since: Date, reason: DisabledReason | null): string {
  return (
    `${whoDisabled(since, reason)}: updates go on queueing, and nothing is sent; ` +
    'change it with PATCH, or resume it with POST …/resume.'
  );
}

function whoDisabled(since: Date, reason: DisabledReason | null): string {
  if (reason === 'failing') return `Disabled at ${at(since)}, after it had failed for disableFailingWebhooksAfterHours`;
  return `The receiver answered 410 Gone at ${at(since)}`;
}

function whyResting(until: Date): string {
  return `Resting until ${at(until)}, as the receiver asked: then one delivery is tried at each poll until one succeeds.`;
}

function whyRested(until: Date): string {
  return `The rest that the receiver asked for ended at ${at(until)}: one delivery is tried at each poll until one succeeds.`;
}

function whyFailing(since: Date, { failedSubjects, restingUntil, hasOwnRhythm, waiting }: StateFacts): string {
  const who = failedSubjects > 1 ? 'two subjects have failed' : 'every subject that waits has failed';
  const next =
    hasOwnRhythm && !restingUntil
      ? 'Failed deliveries are tried again when they are due.'
      : 'One delivery is tried at each poll.';
  return `Failing since ${at(since)}: ${who} since the last success. ${waiting > 0 ? next : DROPPED}`;
}

function whyActive({ lastSuccessAt, failedSubjects, hasOwnRhythm, waiting }: StateFacts): string {
  const last = lastSuccessAt
    ? `Active: the last delivery succeeded at ${at(lastSuccessAt)}`
    : 'Active, but nothing was delivered yet';
  if (failedSubjects === 0) return `${last}.`;
  const failed = lastSuccessAt ? '; one subject has failed since' : ': one subject has failed';
  if (waiting === 0) return `${last}${failed}. ${DROPPED}`;
  return `${last}${failed}, and is tried again ${hasOwnRhythm ? 'when it is due' : 'at each poll'}.`;
}
