import { InvalidInputError } from '../errors/errors.js';

/**
 * Readers of one value each. They take what `JSON.parse` made of it and its path, and throw an InvalidInputError for
 * that path whose message says what was found (its kind, never the value itself) and what to write.
 */

/** The latest time that a Date can hold (ECMA-262 §21.4.1.1), in epoch milliseconds. */
const LATEST_MILLIS = 8.64e15;

export function readObject(value: unknown, field: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw refused(field, value, 'an object');
}

/** A non-empty text that Postgres can store: no NUL, no lone surrogate, at most `maxBytes` of UTF-8. */
export function readText(value: unknown, field: string, maxBytes: number): string {
  if (typeof value !== 'string') throw refused(field, value, 'a text');
  if (value === '') throw new InvalidInputError(field, `${field} is an empty text: write at least one character`);
  if (value.includes('\0')) throw new InvalidInputError(field, `${field} holds a NUL character: write it without`);
  if (/\p{Surrogate}/u.test(value)) {
    throw new InvalidInputError(field, `${field} holds half a surrogate pair: write whole Unicode characters`);
  }
  const bytes = Buffer.byteLength(value);
  if (bytes <= maxBytes) return value;
  throw new InvalidInputError(field, `${field} is a text of ${bytes} bytes: write at most ${maxBytes}`);
}

export function readWord<W extends string>(value: unknown, field: string, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw refused(field, value, `one of ${words.join(', ')}`);
}

/** Epoch milliseconds. */
export function readTime(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LATEST_MILLIS) return value;
  throw refused(field, value, `a time in epoch milliseconds, a whole number from 0 to ${LATEST_MILLIS}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(field: string, found: unknown, expected: string): InvalidInputError {
  if (found === undefined) return new InvalidInputError(field, `${field} is missing: write ${expected}`);
  return new InvalidInputError(field, `${field} is ${kindOf(found)}: write ${expected}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty text' : 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    default:
      return 'an object';
  }
}
