import { InvalidInputError } from '../errors/errors.js';
import { readObject } from '../updates/fields.js';
import { decodeUtf8 } from '../updates/utf8.js';

/**
 * The object that a body holds.
 * @param what it is, for who sends none
 * @throws InvalidInputError
 */
export function readBody(body: Buffer | undefined, what = 'a filter'): Record<string, unknown> {
  const text = decodeUtf8(Buffer.isBuffer(body) ? body : undefined);
  if (text === '') throw new InvalidInputError('body', `body is empty: write ${what} as JSON`);
  return readObject(parse(text), 'body');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInputError('body', `body is no JSON: ${(error as Error).message}`);
  }
}
