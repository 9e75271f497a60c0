import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Drain } from './drain.js';

const TO_ID = 1_000_000;
let now: number;
let rung: number;
let drain: Drain | null = null;
const begin = (perSecond: number): Drain => (drain = new Drain(TO_ID, perSecond, () => (rung += 1)));

beforeEach(() => {
  vi.useFakeTimers();
  now = performance.now();
  rung = 0;
});
afterEach(() => {
  drain?.stop();
  vi.useRealTimers();
});

/** Lets `millis` pass. */
const pass = (millis: number): void => {
  now += millis;
  vi.advanceTimersByTime(millis);
};
/** How many leave now. */
const leave = (from: Drain): number => {
  let count = 0;
  while (from.admits(1, now)) {
    from.take(1);
    count += 1;
  }
  return count;
};

describe('what is to leave slowly', () => {
  it('leaves at no more than so many in any second, and at nearly as many', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), steps, (perSecond, waits) => {
        const slow = begin(perSecond);
        const left: { at: number; count: number }[] = [];
        for (const millis of waits) {
          left.push({ at: now, count: leave(slow) });
          pass(millis);
        }
        for (const { at } of left) {
          const within = left.filter((other) => other.at >= at && other.at < at + 1_000);
          expect(within.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(perSecond);
        }
        slow.stop();
      }),
    );
  });

  it.each([1, 10, 200, 5_000])('leaves at about %i a second when it goes at every ring', (perSecond) => {
    const slow = begin(perSecond);
    let count = leave(slow);
    for (let millis = 0; millis < 10_000; millis += 1) {
      const before = rung;
      pass(1);
      if (rung > before) count += leave(slow);
    }
    expect(count).toBeGreaterThan(perSecond * 10 * 0.9);
    expect(count).toBeLessThanOrEqual(perSecond * 10 + 1);
  });

  it('is rung for once when it may leave again', () => {
    const slow = begin(10);
    expect([leave(slow), slow.admits(1, now), rung]).toEqual([1, false, 0]);
    pass(99);
    expect(rung).toBe(0);
    pass(2);
    expect([rung, leave(slow)]).toEqual([1, 1]);
  });

  it('is not what came in later', () => {
    const slow = begin(1);
    slow.take(1);
    expect(slow.admits(TO_ID, now)).toBe(false);
    for (let id = TO_ID + 1; id < TO_ID + 100; id += 1) {
      expect(slow.admits(id, now)).toBe(true);
      slow.take(id);
    }
  });

  it.each([
    [1, 1],
    [200, 100],
  ])('is read half a second’s share at a time, at %i a second %i, until what came later is read', (perSecond, page) => {
    const slow = begin(perSecond);
    slow.note(TO_ID);
    expect(slow.page).toBe(page);
    slow.note(TO_ID + 1);
    expect(slow.page).toBe(Infinity);
  });

  it('is not rung for any more once it was stopped', () => {
    const slow = begin(1_000);
    leave(slow);
    slow.stop();
    pass(10_000);
    expect(rung).toBe(0);
  });
});
