import { expect, it } from 'vitest';
import { textOf } from './failure.js';

it.each([
  [new Error('it broke'), 'it broke'],
  [
    new AggregateError([new Error('connect ECONNREFUSED ::1:9'), new Error('connect ECONNREFUSED 127.0.0.1:9')]),
    'connect ECONNREFUSED ::1:9, connect ECONNREFUSED 127.0.0.1:9',
  ],
  [Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' }), 'ETIMEDOUT'],
  [new Error(''), 'Error'],
  ['a text', 'a text'],
])('says of %o: %s', (error, text) => {
  expect(textOf(error)).toBe(text);
});
