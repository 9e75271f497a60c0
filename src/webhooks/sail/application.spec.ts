import { describe, expect, it } from 'vitest';
import { readApplication } from './application.js';

describe('the name of an application', () => {
  it.each(['toto', 'my-app', 'a:b', 'a b', 'é', '%', '_', '😀'.repeat(255)])('may be %s', (name) => {
    expect(readApplication(name)).toBe(name);
  });

  it.each([
    ['', 'is empty'],
    [' ', 'is empty'],
    ['a/b', 'holds a /: no name of an application does'],
    ['web-*', 'holds a *: no name of an application does'],
    ['a\0', 'holds a NUL character or half a surrogate pair: leave it out'],
    ['\ud800', 'holds a NUL character or half a surrogate pair: leave it out'],
    ['x'.repeat(256), 'has 256 characters: write at most 255'],
  ])('may not be %j', (name, problem) => {
    expect(() => readApplication(name)).toThrow(`application ${problem}`);
  });
});
