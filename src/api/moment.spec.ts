import { describe, expect, it } from 'vitest';
import { readMoment } from './moment.js';

const TEN = Date.UTC(2026, 10, 22, 10);

describe('readMoment', () => {
  it.each([
    ['2026-11-22T10:00:00Z', TEN],
    ['2026-11-22T10:00Z', TEN],
    ['2026-11-22T10:00:00.000Z', TEN],
    ['2026-11-22T11:00:00+01:00', TEN],
    ['2026-11-22T11:00:00 01:00', TEN],
    ['2026-11-22', Date.UTC(2026, 10, 22)],
    [String(TEN), TEN],
    [TEN, TEN],
    ['0', 0],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ])('reads %j', (value, millis) => {
    expect(readMoment(value, 'since')).toBe(millis);
  });

  it.each([
    '2026-11-22T10:00:00',
    '2026-13-01',
    'yesterday',
    '',
    '-1',
    '1.5',
    '253402300800000',
    -1,
    1.5,
    null,
    ['1', '2'],
    '1969-12-31T23:59:59Z',
  ])('refuses %j', (value) => {
    expect(() => readMoment(value, 'since')).toThrow('since: give a time in ISO 8601 with its zone');
  });
});
