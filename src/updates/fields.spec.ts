import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors/errors.js';
import { readObject, readText, readTime, readWord } from './fields.js';

describe('a reader', () => {
  it.each([
    [undefined, 'a.b is missing: write an object'],
    [null, 'a.b is null: write an object'],
    [[1], 'a.b is an array: write an object'],
    ['secret', 'a.b is a text: write an object'],
    [7, 'a.b is a number: write an object'],
    [true, 'a.b is a boolean: write an object'],
  ])('says what %j is and what to write', (value, message) => {
    expect(() => readObject(value, 'a.b')).toThrow(new InvalidInputError('a.b', message));
  });

  it('answers with the value it was given', () => {
    const object = { a: 1 };
    expect(readObject(object, 'a')).toBe(object);
    expect(readText('text', 'a', 4)).toBe('text');
    expect(readWord('B', 'a', ['A', 'B'])).toBe('B');
    expect(readTime(0, 'a')).toBe(0);
  });

  it('takes a word only as it is written', () => {
    expect(() => readWord('b', 'a', ['A', 'B'])).toThrow('a is a text: write one of A, B');
  });
});
