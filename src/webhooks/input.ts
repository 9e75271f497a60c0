import { InvalidInputError } from '../errors/errors.js';
import { idSpellings } from '../updates/url-encoder.js';
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
 * How the id that was given may have been meant.
 * @throws InvalidInputError
 */
export function spellingsOf(given: Given): string[] {
  const id = firstOf(given, 'webhookId');
  if (id === undefined) throw new InvalidInputError('webhookId', 'webhookId is missing: give the id of a webhook');
  return idSpellings(id);
}

/**
 * The object that a body holds; null where the body is empty or `null`.
 * @throws InvalidInputError
 */
export function readBody(body: Buffer | undefined, problem = UNPROCESSABLE): Record<string, unknown> | null {
  const value = parse(body, problem);
  if (value === null || isObject(value)) return value;
  throw new InvalidInputError('body', problem);
}

function parse(body: Buffer | undefined, problem: string): unknown {
  try {
    const text = decodeUtf8(body);
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new InvalidInputError('body', problem);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
