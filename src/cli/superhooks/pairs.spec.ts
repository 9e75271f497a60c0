import { expect, it } from 'vitest';
import { readPairs } from './pairs.js';

it.each([
  ['a^b^^c^d', { a: 'b', c: 'd' }, []],
  ['a^', { a: '' }, []],
  ['^b', { '': 'b' }, []],
  ['^', { '': '' }, []],
  ['a', {}, ['a']],
  ['a^b^c', {}, ['a^b^c']],
  ['a^b^^', { a: 'b' }, []],
  ['^^a^b', { a: 'b' }, []],
  ['a^b^^^c^d', { a: 'b' }, ['^c^d']],
  ['a^b^^x^y^^a^c', { a: 'c', x: 'y' }, []],
  ['', {}, []],
])('reads %j as superhooks does', (text, expected, dropped) => {
  const read = readPairs(text);
  expect([...read.pairs]).toEqual(Object.entries(expected));
  expect(read.dropped).toEqual(dropped);
});
