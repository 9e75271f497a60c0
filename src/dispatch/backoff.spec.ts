import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Retry } from '../updates/target.js';
import { backoffMillis, isFromUpdate, maxAttempts } from './backoff.js';

const waits = (retry: Retry | null, attempts: number[]): (number | null)[] =>
  attempts.map((n) => backoffMillis(retry, n, 0, 0));

describe('the wait after a failed attempt', () => {
  it.each<[string, Retry | null, (number | null)[]]>([
    ['lasts to the next poll without a policy', null, [null, null, null, null]],
    ['lasts to the next poll with the policy poll', { policy: 'poll', maxAttempts: 3 }, [null, null, null, null]],
    ['is always the same when constant', { policy: 'constant', delayMillis: 5_000 }, [5_000, 5_000, 5_000, 5_000]],
    ['grows by the delay when linear', { policy: 'linear', delayMillis: 1_000 }, [1_000, 2_000, 3_000, 100_000]],
    [
      'grows to the longest when linear',
      { policy: 'linear', delayMillis: 1_000, maxDelayMillis: 2_500 },
      [1_000, 2_000, 2_500, 2_500],
    ],
    ['doubles when exponential', { policy: 'exponential', delayMillis: 1_000 }, [1_000, 2_000, 4_000, 2_592_000_000]],
    [
      'grows by the factor, up to the longest, when exponential',
      { policy: 'exponential', delayMillis: 100, factor: 10, maxDelayMillis: 5_000 },
      [100, 1_000, 5_000, 5_000],
    ],
    [
      'is what the schedule says, and its last for ever',
      { policy: 'schedule', delaysMillis: [0, 60_000, 3_600_000] },
      [0, 60_000, 3_600_000, 3_600_000],
    ],
  ])('%s', (_, retry, expected) => {
    expect(waits(retry, [1, 2, 3, 100])).toEqual(expected);
  });

  it('is shortened by chance, by no more than the jitter', () => {
    const retry: Retry = { policy: 'constant', delayMillis: 10_000, jitter: 0.3 };
    expect(backoffMillis(retry, 1, 0, 0)).toBe(10_000);
    expect(backoffMillis(retry, 1, 0, 0.5)).toBe(8_500);
    expect(backoffMillis(retry, 1, 0, 0.999_999)).toBe(7_000);
  });

  it('is a whole number from 0 to thirty days, whatever the attempt', () => {
    const retries = fc.record({
      policy: fc.constant('exponential' as const),
      delayMillis: fc.integer({ min: 100, max: 2_592_000_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const attempts = fc.integer({ min: 1, max: 1_000_000 });
    const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(retries, attempts, chances, (retry, attempt, chance) => {
        const wait = backoffMillis(retry, attempt, 0, chance) ?? -1;
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(2_592_000_000);
      }),
    );
  });
});

describe('a schedule that goes by the time of the update', () => {
  const retry: Retry = { policy: 'schedule', delaysMillis: [1_000, 5_000, 60_000], from: 'update' };

  it.each([
    [1, 0, 1_000],
    // What the attempts took puts nothing off.
    [1, 400, 1_000],
    [2, 1_200, 4_800],
    [2, 4_999, 1_001],
    [3, 6_000, 60_000],
    [3, 65_000, 1_000],
    // What should have been tried long ago is not tried at once, nor all of it together.
    [2, 6_000, 1_000],
    [1, 3_600_000, 1_000],
    // The clocks of those who emit are not Postgres' clock.
    [1, -5_000, 6_000],
    // Shortened under a delivery that is beyond its end.
    [9, 66_000, 1_000],
  ])('waits after attempt %i, at an age of %i ms, for %i ms', (attempts, ageMillis, expected) => {
    expect(backoffMillis(retry, attempts, ageMillis, 0)).toBe(expected);
  });

  it('is shortened by chance, by a share of the last wait alone', () => {
    const jittered: Retry = { ...retry, jitter: 0.5 };
    expect(backoffMillis(jittered, 3, 6_000, 0)).toBe(60_000);
    expect(backoffMillis(jittered, 3, 6_000, 0.5)).toBe(45_000);
    expect(backoffMillis(jittered, 3, 6_000, 0.999_999)).toBe(30_000);
  });

  it.each<[Retry | null, boolean]>([
    [retry, true],
    [{ ...retry, from: 'attempt' }, false],
    [{ policy: 'schedule', delaysMillis: [1] }, false],
    [{ policy: 'constant', delayMillis: 100 }, false],
    [null, false],
  ])('is what %j is: %s', (given, expected) => {
    expect(isFromUpdate(given)).toBe(expected);
  });
});

describe('the most attempts', () => {
  it.each<[Retry | null, number | null]>([
    [null, null],
    [{ policy: 'poll' }, null],
    [{ policy: 'poll', maxAttempts: 5 }, 5],
    [{ policy: 'constant', delayMillis: 1_000, maxAttempts: 1 }, 1],
    [{ policy: 'schedule', delaysMillis: [1, 2, 3] }, 4],
  ])('of %j are %s', (retry, expected) => {
    expect(maxAttempts(retry)).toBe(expected);
  });
});
