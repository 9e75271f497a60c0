import { describe, expect, it } from 'vitest';
import { REASONS, type Outcome } from '../updates/outcome.js';
import type { Retry } from '../updates/target.js';
import { SAIL_RETRY } from '../webhooks/format-defaults.js';
import { judge, type Attempt, type Limits } from './policy.js';
import schedule from '../../test/fixtures/sail/retry-schedule.json' with { type: 'json' };

const LIMITS: Limits = {
  checkWebhooksEveryMillis: 10_000,
  maxQueuedUpdatesPerWebhook: 50,
  deleteUndeliverableWebhooksAfterHours: 168,
};
const WEEK = 604_800_000;

const outcome = (fields: Partial<Outcome> = {}): Outcome => ({
  reason: 'server_error',
  detail: 'answered 500',
  durationMillis: 0,
  ...fields,
});
const ATTEMPT: Attempt = {
  outcome: outcome(),
  attempts: 1,
  retry: null,
  isDirect: false,
  isOutdated: false,
  ageMillis: 0,
  failingMillis: null,
  isProbe: false,
  severalFail: false,
};
const verdictOn = (fields: Partial<Attempt>, limits: Partial<Limits> = {}, chance = 0) =>
  judge({ ...ATTEMPT, ...fields }, { ...LIMITS, ...limits }, 4_000, chance);

/** When each attempt begins, in seconds since the update, where every one fails after `durationMillis`. */
function attemptsAt(durationMillis: number, chance: number, firstAtMillis = 0): { at: number[]; why: string | null } {
  const at: number[] = [];
  for (let ageMillis = firstAtMillis; ;) {
    at.push(ageMillis / 1_000);
    const attempt = { retry: SAIL_RETRY, attempts: at.length, ageMillis, outcome: outcome({ durationMillis }) };
    const { dropReason, retryInMillis } = verdictOn(attempt, {}, chance);
    if (dropReason !== null || at.length > 100) return { at, why: dropReason };
    ageMillis += durationMillis + (retryInMillis ?? 0);
  }
}

describe("Sail Above's schedule", () => {
  const { retry_at_s_after_event: dueTimes, last_at_s: last } = schedule.recommended;

  it.each([0, 400, 10_000])('is kept however long the receiver takes: %i ms', (durationMillis) => {
    const shown = attemptsAt(durationMillis, 0);
    // A wait that the attempt before has used up still takes a second.
    const pushed = durationMillis === 10_000 ? [11, 22, ...dueTimes.slice(2)] : dueTimes;
    expect(shown).toEqual({ at: [0, ...pushed], why: 'attempts_exhausted' });
  });

  it('comes earlier by chance, each retry by a tenth of its own wait at the most', () => {
    const { at, why } = attemptsAt(0, 0.999_999_999);
    const earliest = dueTimes.map((due, retry) => due - schedule.recommended.delays_s[retry]! / 10);
    expect(at.slice(1).map((seconds) => Math.round(seconds * 10) / 10)).toEqual(
      earliest.map((seconds) => Math.round(seconds * 10) / 10),
    );
    expect([at.length, why]).toEqual([11, 'attempts_exhausted']);
  });

  it('has none of its limits from the config', () => {
    const limits = { deleteUndeliverableWebhooksAfterHours: 1, maxQueuedUpdatesPerWebhook: 50 };
    const verdict = verdictOn({ retry: SAIL_RETRY, ageMillis: 3_700_000, failingMillis: WEEK, attempts: 9 }, limits);
    expect(verdict).toMatchObject({ delivery: 'retry', keepNewest: null, maxAgeMillis: 7_200_000 });
  });

  it.each([
    // It came in late: what is due by now is tried a second later, one attempt after the other.
    [7_100_000, 'attempts_exhausted', 11],
    [7_198_000, 'over_age', 3],
    [7_199_000, 'over_age', 2],
    [7_199_001, 'over_age', 1],
    [7_200_000, 'over_age', 1],
    // Older than two hours: one attempt.
    [7_200_001, 'over_age', 1],
    [2 * WEEK, 'over_age', 1],
  ])('of an update that comes in %i ms old ends with %s after %i attempts', (ageMillis, why, count) => {
    const shown = attemptsAt(0, 0, ageMillis);
    expect([shown.at.length, shown.why]).toEqual([count, why]);
    expect(shown.at.slice(1).every((seconds) => seconds <= 7_200)).toBe(true);
  });

  it('counts what the last attempt took towards the two hours', () => {
    const attempt = { retry: SAIL_RETRY, attempts: 5, ageMillis: 7_189_500 };
    const after = (durationMillis: number) =>
      verdictOn({ ...attempt, outcome: outcome({ durationMillis }) }).dropReason;
    expect([after(9_500), after(9_501)]).toEqual([null, 'over_age']);
  });

  it('has the waits of the contract, the last attempt within two hours', () => {
    expect(SAIL_RETRY.delaysMillis).toEqual(schedule.recommended.delays_s.map((seconds) => seconds * 1_000));
    expect([dueTimes.at(-1), last]).toEqual([7_161, 7_161]);
  });
});

describe('a direct message', () => {
  it.each(REASONS.filter((reason) => reason !== 'delivered' && reason !== 'message_too_large'))(
    'is tried again after %s like after any failure: its receiver asks for nothing',
    (reason) => {
      const attempt = { isDirect: true, outcome: outcome({ reason, retryAfterMillis: 60_000 }) };
      const retry: Retry = { policy: 'constant', delayMillis: 5_000, maxAttempts: 3 };
      expect(verdictOn({ ...attempt, retry })).toMatchObject({
        delivery: 'retry',
        retryInMillis: 5_000,
        restMillis: null,
        gone: false,
      });
    },
  );
});
