import { InvalidInputError } from '../errors/errors.js';
import { decodeUtf8 } from '../updates/utf8.js';

/** Upstream's words for a body that its JSON reader can't take (contract §1.3). */
export const UNPROCESSABLE = 'Unable to process JSON';

/** A text out of a path or a query: missing, or given several times. */
export type Given = string | string[] | undefined;

/**
 * The first of what was given, as upstream has it.
 * @throws InvalidInputError
 */
export function firstOf(given: Given, field: string): string | undefined {
  const text = Array.isArray(given) ? given[0] : given;
  if (text?.includes('\0')) throw new InvalidInputError(field, `${field} holds a NUL character: leave it out`);
  return text;
}

/**
 * The object that a body holds; null where the body is empty or `null`.
 * @throws InvalidInputError
 */
export function readBody(body: Buffer | undefined): Record<string, unknown> | null {
  const value = parse(body);
  if (value === null || isObject(value)) return value;
  throw new InvalidInputError('body', UNPROCESSABLE);
}

function parse(body: Buffer | undefined): unknown {
  try {
    const text = decodeUtf8(body);
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new InvalidInputError('body', UNPROCESSABLE);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
