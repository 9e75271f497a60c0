import { describe, expect, it } from 'vitest';
import { retryAfterMillis } from './retry-after.js';

const now = Date.UTC(1994, 10, 6, 8, 49, 0);

describe('retryAfterMillis', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    [' 120 ', 120_000],
    ['-5', 0],
    ['99999999999999999999', Number.MAX_SAFE_INTEGER],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['Sun, 06 Nov 1994 08:48:59 GMT', 0],
  ])('reads %j as %d ms', (text, millis) => {
    expect(retryAfterMillis(text, now)).toBe(millis);
  });

  it.each([
    undefined,
    '',
    'soon',
    '1.5',
    '1e3',
    '0x10',
    '5 seconds',
    '10, 20',
    '1994-11-06T08:49:37Z',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 06 Nov 1994 25:61:61 GMT',
  ])('ignores %j', (text) => {
    expect(retryAfterMillis(text, now)).toBeUndefined();
  });
});
