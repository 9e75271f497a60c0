import { describe, expect, it } from 'vitest';
import { fits } from './wildcard.js';

describe('what is written', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a', 'A', false],
    ['*', '', true],
    ['*', 'x:y', true],
    ['', '', true],
    ['', 'a', false],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*bc*c', 'abc', false],
    ['a.c', 'abc', false],
    ['system:serviceaccount:team-a:*', 'system:serviceaccount:team-a:ci', true],
    ['system:serviceaccount:team-a:*', 'system:serviceaccount:team-ab:ci', false],
    ['**', 'x', true],
  ])('%s, against %j: %j', (written, text, expected) => {
    expect(fits(written, text)).toBe(expected);
  });

  it('is compared in linear time', () => {
    const begun = performance.now();
    expect(fits(`${'*a'.repeat(50)}b`, 'a'.repeat(16_000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});
