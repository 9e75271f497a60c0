import { describe, expect, it } from 'vitest';
import { classify } from './classify.js';

describe('classify', () => {
  it.each([
    [100, 'unexpected_status'],
    [199, 'unexpected_status'],
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [300, 'redirect'],
    [301, 'redirect'],
    [304, 'redirect'],
    [399, 'redirect'],
    [400, 'refused'],
    [404, 'refused'],
    [407, 'refused'],
    [408, 'unexpected_status'],
    [409, 'refused'],
    [410, 'gone'],
    [411, 'refused'],
    [418, 'refused'],
    [424, 'refused'],
    [425, 'unexpected_status'],
    [426, 'refused'],
    [428, 'refused'],
    [429, 'throttled'],
    [430, 'refused'],
    [499, 'refused'],
    [500, 'server_error'],
    [502, 'server_error'],
    [503, 'unavailable'],
    [504, 'server_error'],
    [599, 'server_error'],
    [600, 'unexpected_status'],
    [999, 'unexpected_status'],
    [0, 'unexpected_status'],
  ])('takes %d for %s', (status, reason) => {
    expect(classify(status, undefined, 0).reason).toBe(reason);
  });

  it.each([
    [429, 7_000],
    [503, 7_000],
    [200, undefined],
    [301, undefined],
    [404, undefined],
    [408, undefined],
    [500, undefined],
  ])('minds the Retry-After of a %d: %s', (status, millis) => {
    expect(classify(status, '7', 0).retryAfterMillis).toBe(millis);
  });
});
