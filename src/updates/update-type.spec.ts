import { describe, expect, it } from 'vitest';
import { parseUpdateType } from './update-type.js';

describe('parseUpdateType', () => {
  it.each([
    ['TASK', 'TASK'],
    ['request', 'REQUEST'],
    [' De ploy\t\n', 'DEPLOY'],
    ['crashLoop', 'CRASHLOOP'],
    ['elevated-access', 'ELEVATED_ACCESS'],
    ['Elevated.Access', 'ELEVATED_ACCESS'],
    ['ELEVATED _\u00a0ACCESS', 'ELEVATED_ACCESS'],
    ['ELEVATED ACCESS', null],
    ['ELEVATED_ACCE\u00df', null],
    ['CRASH_LOOP', null],
    ['TASKS', null],
    ['', null],
    ['toString', null],
  ])('reads %j as %s', (text, expected) => {
    expect(parseUpdateType(text)).toBe(expected);
  });
});
