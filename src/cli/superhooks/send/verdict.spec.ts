import { describe, expect, it } from 'vitest';
import { backoffMillis, judge, restMillis } from './verdict.js';

describe('judge', () => {
  it.each([
    [199, 'retry'],
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'refused'],
    [307, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [408, 'retry'],
    [410, 'refused'],
    [425, 'retry'],
    [429, 'retry'],
    [499, 'refused'],
    [500, 'retry'],
    [503, 'retry'],
  ])('takes %i for %s', (status, verdict) => {
    expect(judge(status)).toBe(verdict);
  });
});

describe('restMillis', () => {
  const now = Date.UTC(2026, 10, 22, 7, 35);
  it.each([
    [null, null],
    ['soon', null],
    ['0', 0],
    ['7', 7_000],
    ['600', 600_000],
    ['86400', 600_000],
    ['Sun, 22 Nov 2026 07:35:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 07:00:00 GMT', 0],
  ])('reads %j as %j ms', (retryAfter, millis) => {
    expect(restMillis({ retryAfter }, now)).toBe(millis);
  });
});

describe('backoffMillis', () => {
  it('doubles up to a minute', () => {
    expect([1, 2, 3, 6, 7, 50].map((failures) => backoffMillis(failures, 0))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('takes off up to half by chance', () => {
    expect(backoffMillis(1, 0.999_999)).toBe(500);
  });
});
