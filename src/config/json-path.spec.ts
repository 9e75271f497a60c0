import { describe, expect, it } from 'vitest';
import { isPath, readPath } from './json-path.js';

const step = (at: string | number | null, isDeep = false) => ({ at, isDeep });
const deep = (at: string | number | null) => step(at, true);

describe('a path', () => {
  it.each([
    ['$.a', [step('a')]],
    ['$.a.b_1.é', [step('a'), step('b_1'), step('é')]],
    ['$["a"][\'b-c\']', [step('a'), step('b-c')]],
    ["$['']", [step('')]],
    [`$['it\\'s "so"']`, [step('it\'s "so"')]],
    ['$["\\u0065nv"]', [step('env')]],
    ["$['a.b[0]']", [step('a.b[0]')]],
    ['$[0][12]', [step(0), step(12)]],
    ["$['0']", [step('0')]],
    ['$.*', [step(null)]],
    ['$[*].c', [step(null), step('c')]],
    ['$..a', [deep('a')]],
    ['$..*', [deep(null)]],
    ['$..[*]', [deep(null)]],
    ['$..[0]', [deep(0)]],
    ["$..['a-b'].c..d", [deep('a-b'), step('c'), deep('d')]],
    ['$.a.b[*].c', [step('a'), step('b'), step(null), step('c')]],
  ])('%s', (text, steps) => {
    expect(readPath(text)).toEqual(steps);
  });

  it.each([
    '',
    '$',
    'a',
    '.a',
    '$a',
    '$.',
    '$..',
    '$...a',
    '$.a.',
    '$.a b',
    '$.a-b',
    '$.1a',
    '$[]',
    '$[a]',
    '$[-1]',
    '$[01]',
    '$[0:2]',
    '$[0,1]',
    "$['a','b']",
    "$['a",
    "$['a'",
    "$['\\x']",
    '$[?(@.a)]',
    '$.[0]',
    '$.a ',
    ' $.a',
    '@.a',
  ])('«%s» is none', (text) => {
    expect(readPath(text)).toBeNull();
  });

  it('is a text', () => {
    expect([isPath('$.a'), isPath('$'), isPath(1), isPath(null), isPath(['$.a'])]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
