import { expect, it } from 'vitest';
import { paceOf } from './job-batch.js';

it.each([
  [null, 1_000, 0],
  [1, 1, 1_000],
  [3, 1, 1_000 / 3],
  [4, 1, 250],
  [8, 2, 250],
  [399, 99, 250],
  [4_000, 1_000, 250],
  [4_001, 800, 200],
  [100_000, 1_000, 10],
])('at %s a second, %i go at once, %d ms apart', (ratePerSecond, size, millisApart) => {
  expect(paceOf(ratePerSecond)).toEqual({ size, millisApart });
});

/** Of batches so far apart, so many begin within a second that begins with one of them. */
function inOneSecond(ratePerSecond: number): number {
  const { size, millisApart } = paceOf(ratePerSecond);
  return Math.ceil(1_000 / millisApart - 1e-9) * size;
}

it('at any rate, no second sees more, and nearly as many', () => {
  const rates = Array.from({ length: 10_000 }, (_, n) => n + 1);
  expect(rates.filter((rate) => inOneSecond(rate) > rate || inOneSecond(rate) <= rate / 2)).toEqual([]);
});
