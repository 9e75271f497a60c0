import { describe, expect, it } from 'vitest';
import { REASONS, type Outcome } from '../updates/outcome.js';
import type { Retry } from '../updates/target.js';
import { judge, type Attempt, type Limits } from './policy.js';
import vectors from '../../test/fixtures/singularity/vectors.retention.json' with { type: 'json' };

const LIMITS: Limits = {
  checkWebhooksEveryMillis: 10_000,
  maxQueuedUpdatesPerWebhook: 50,
  deleteUndeliverableWebhooksAfterHours: 168,
};
const UNTIL_NEXT_POLL = 4_000;
const WEEK = 604_800_000;
const MINUTES = 60_000;

const outcome = (fields: Partial<Outcome> = {}): Outcome => ({
  reason: 'server_error',
  status: 500,
  detail: 'answered 500',
  durationMillis: 3,
  ...fields,
});
const verdictOn = (fields: Partial<Attempt>, limits: Partial<Limits> = {}) =>
  judge(
    {
      outcome: outcome(),
      attempts: 1,
      retry: null,
      isDirect: false,
      isOutdated: false,
      ageMillis: 0,
      failingMillis: null,
      isProbe: false,
      severalFail: false,
      ...fields,
    },
    { ...LIMITS, ...limits },
    UNTIL_NEXT_POLL,
    0,
  );

describe('success', () => {
  it('asks for nothing else, however old the update and however long the lane has been failing', () => {
    const verdict = verdictOn({ outcome: outcome({ reason: 'delivered' }), ageMillis: 2 * WEEK, failingMillis: WEEK });
    expect(verdict).toEqual({
      delivery: 'delivered',
      dropReason: null,
      retryInMillis: null,
      refusal: false,
      restMillis: null,
      gone: false,
      keepNewest: null,
      maxAgeMillis: null,
    });
  });

  it.each(REASONS.filter((reason) => reason !== 'delivered'))('is not what %s says', (reason) => {
    const { delivery, dropReason } = verdictOn({ outcome: outcome({ reason }) });
    // What is too large now is too large for ever.
    expect([delivery, dropReason]).toEqual(reason === 'message_too_large' ? ['drop', 'too_large'] : ['retry', null]);
  });
});

describe('the age', () => {
  it.each([
    [0, 168, 'retry'],
    [WEEK - 60_000, 168, 'retry'],
    [WEEK, 168, 'retry'],
    [WEEK + 1, 168, 'drop'],
    [3_600_000, 1, 'retry'],
    [3_600_001, 1, 'drop'],
    [100 * WEEK, 0, 'retry'],
    [100 * WEEK, -1, 'retry'],
    // The clocks of those who emit are not Postgres' clock.
    [-1, 168, 'retry'],
  ])('of %i ms under a limit of %i hours says %s after a failure', (ageMillis, hours, delivery) => {
    expect(verdictOn({ ageMillis }, { deleteUndeliverableWebhooksAfterHours: hours }).delivery).toBe(delivery);
  });

  it.each(vectors.cases)('follows the upstream vector $outcome at $ageMs ms', (vector) => {
    const succeeds = vector.outcome === '2xx' || vector.outcome === '299';
    const { delivery } = verdictOn(
      { outcome: outcome({ reason: succeeds ? 'delivered' : 'server_error' }), ageMillis: vector.ageMs },
      { deleteUndeliverableWebhooksAfterHours: vector.hours },
    );
    expect(delivery !== 'retry').toBe(vector.deleted);
  });

  it.each([
    [null, 168, null],
    [0, 168, WEEK],
    [10_001, 168, WEEK],
    [10_001, 0, null],
    [10_001, -5, null],
  ])('empties a lane that has been failing for %s ms at %i hours of what is older than %s', (failing, hours, max) => {
    const verdict = verdictOn({ failingMillis: failing }, { deleteUndeliverableWebhooksAfterHours: hours });
    expect(verdict.maxAgeMillis).toBe(max);
  });
});

describe('the cap', () => {
  it.each([
    [null, 50, null],
    [-500, 50, null],
    [0, 50, null],
    [9_999, 50, null],
    [10_000, 50, null],
    [10_001, 50, 50],
    [WEEK, 50, 50],
    [10_001, 1, 1],
    [10_001, 0, null],
    [10_001, -1, null],
  ])('after %s ms of failing when the attempt began, with a limit of %i, keeps %s', (failingMillis, limit, keep) => {
    expect(verdictOn({ failingMillis }, { maxQueuedUpdatesPerWebhook: limit }).keepNewest).toBe(keep);
  });

  it('counts the interval that is configured', () => {
    const limits = { checkWebhooksEveryMillis: 100 };
    expect(verdictOn({ failingMillis: 100 }, limits).keepNewest).toBeNull();
    expect(verdictOn({ failingMillis: 101 }, limits).keepNewest).toBe(50);
  });
});

describe('Retry-After', () => {
  it.each([
    [undefined, null],
    [0, UNTIL_NEXT_POLL],
    [UNTIL_NEXT_POLL - 1, UNTIL_NEXT_POLL],
    [UNTIL_NEXT_POLL, UNTIL_NEXT_POLL],
    [UNTIL_NEXT_POLL + 1, UNTIL_NEXT_POLL + 1],
    [10 * MINUTES - 1, 10 * MINUTES - 1],
    [10 * MINUTES, 10 * MINUTES],
    [10 * MINUTES + 1, 10 * MINUTES],
    [Number.MAX_SAFE_INTEGER, 10 * MINUTES],
  ])('of %s ms is a rest of %s', (retryAfterMillis, restMillis) => {
    expect(verdictOn({ outcome: outcome({ reason: 'throttled', retryAfterMillis }) }).restMillis).toBe(restMillis);
  });

  it('never asks for a rest that ends before the next poll, though polls are further apart than 10 minutes', () => {
    const attempt: Attempt = {
      outcome: outcome({ reason: 'unavailable', retryAfterMillis: 1_000 }),
      attempts: 1,
      retry: null,
      isDirect: false,
      isOutdated: false,
      ageMillis: 0,
      failingMillis: null,
      isProbe: true,
      severalFail: false,
    };
    expect(judge(attempt, LIMITS, 20 * MINUTES, 0).restMillis).toBe(20 * MINUTES);
  });
});

describe('a refusal', () => {
  it.each([
    ['refused', false, true],
    ['refused', true, false],
    ['throttled', false, false],
    ['gone', false, false],
    ['unexpected_status', false, false],
    ['server_error', false, false],
    ['timeout', false, false],
  ] as const)('by the reason %s while several fail (%s) counts: %s', (reason, severalFail, refusal) => {
    expect(verdictOn({ outcome: outcome({ reason }), severalFail }).refusal).toBe(refusal);
  });
});

describe('410', () => {
  it('says that the receiver is gone, and keeps the delivery', () => {
    expect(verdictOn({ outcome: outcome({ reason: 'gone', status: 410 }) })).toMatchObject({
      gone: true,
      delivery: 'retry',
      restMillis: null,
    });
  });

  it('is the only outcome that says so', () => {
    const others = REASONS.filter((reason) => reason !== 'gone');
    expect(others.filter((reason) => verdictOn({ outcome: outcome({ reason }) }).gone)).toEqual([]);
  });
});

describe('a policy of the webhook’s own', () => {
  const constant: Retry = { policy: 'constant', delayMillis: 5_000, maxAttempts: 3, maxAgeHours: 2 };

  it.each([
    [1, 'retry', null, 5_000],
    [2, 'retry', null, 5_000],
    [3, 'drop', 'attempts_exhausted', null],
    // The limit was lowered meanwhile.
    [9, 'drop', 'attempts_exhausted', null],
  ])('after attempt %i of three says %s', (attempts, delivery, dropReason, retryInMillis) => {
    expect(verdictOn({ retry: constant, attempts })).toMatchObject({ delivery, dropReason, retryInMillis });
  });

  it('ends a schedule with the attempt after its last wait', () => {
    const retry: Retry = { policy: 'schedule', delaysMillis: [1_000, 2_000] };
    const verdicts = [1, 2, 3].map((attempts) => verdictOn({ retry, attempts }));
    expect(verdicts.map((v) => v.retryInMillis ?? v.dropReason)).toEqual([1_000, 2_000, 'attempts_exhausted']);
  });

  it('is not given up for an attempt that Hooktide itself has cut short', () => {
    const retry = { policy: 'constant', delayMillis: 1_000, maxAttempts: 4 } as const;
    const cut = outcome({ reason: 'cut_short' });
    expect(verdictOn({ retry, attempts: 4, outcome: cut })).toMatchObject({ delivery: 'retry', retryInMillis: 1_000 });
    expect(verdictOn({ retry, attempts: 5, outcome: outcome({ reason: 'timeout' }) }).dropReason).toBe(
      'attempts_exhausted',
    );
  });

  it('is neither given up nor counted out while its secrets cannot be read', () => {
    const retry = { policy: 'constant', delayMillis: 1_000, maxAttempts: 4 } as const;
    const unread = outcome({ reason: 'unreadable_secrets' });
    const verdict = verdictOn({ retry, attempts: 4, outcome: unread, failingMillis: 10_001 });
    expect(verdict).toMatchObject({ delivery: 'retry', retryInMillis: 1_000, keepNewest: null });
    const refused = verdictOn({
      retry,
      attempts: 4,
      outcome: outcome({ reason: 'token_refused' }),
      failingMillis: 10_001,
    });
    expect(refused).toMatchObject({ dropReason: 'attempts_exhausted', keepNewest: 50 });
  });

  it.each([
    [7_200_000, null],
    [7_200_001, 'over_age'],
  ])('has an age of its own: %i ms are %s', (ageMillis, dropReason) => {
    expect(verdictOn({ retry: constant, ageMillis }).dropReason).toBe(dropReason);
  });

  it('may be older than the config says', () => {
    expect(verdictOn({ retry: { policy: 'poll', maxAgeHours: 1_000 }, ageMillis: WEEK + 1 }).dropReason).toBeNull();
  });

  it('leaves everything else as it is', () => {
    const rest = outcome({ reason: 'throttled', retryAfterMillis: 60_000 });
    expect(verdictOn({ retry: constant, outcome: rest, failingMillis: 10_001 })).toMatchObject({
      restMillis: 60_000,
      keepNewest: 50,
      maxAgeMillis: 7_200_000,
    });
  });
});

describe('an attempt during which the webhook was changed', () => {
  it('is repeated at once when it failed, and says nothing of the lane', () => {
    const verdict = verdictOn({
      isOutdated: true,
      outcome: outcome({ reason: 'gone' }),
      ageMillis: 2 * WEEK,
      failingMillis: WEEK,
      attempts: 100,
      retry: { policy: 'poll', maxAttempts: 1 },
    });
    expect(verdict).toEqual({
      delivery: 'retry',
      dropReason: null,
      retryInMillis: 0,
      refusal: false,
      restMillis: null,
      gone: false,
      keepNewest: null,
      maxAgeMillis: null,
    });
  });

  it('counts when it succeeded', () => {
    expect(verdictOn({ isOutdated: true, outcome: outcome({ reason: 'delivered' }) }).delivery).toBe('delivered');
  });
});
