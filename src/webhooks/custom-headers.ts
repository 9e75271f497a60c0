import { headerProblem } from '../updates/headers.js';
import { HIDDEN } from './credentials.js';
import { MOST_SHOWN, refuse } from './read-fields.js';
import { text } from './rules.js';

/** Headers that a webhook's requests bear, by their name. */
export type Headers = Record<string, string>;

const MOST = 50;

/**
 * The headers as they are stored; null where there are none.
 * @throws InvalidInputError for the first that is wrong; its value is never shown
 */
export function readHeaders(given: Record<string, unknown>, stored: Headers | null): Headers | null {
  const names = Object.keys(given);
  if (names.length > MOST) refuse('headers', ` has ${names.length} entries: write at most ${MOST}`);
  const seen = new Set<string>();
  const read = names.map((name) => {
    const key = name.toLowerCase();
    if (seen.has(key)) refuse(pathOf(name), ' is there twice, as names are alike in any case: write one of them');
    seen.add(key);
    return [name, readValue(name, given[name], stored)] as const;
  });
  return read.length === 0 ? null : Object.fromEntries(read);
}

export function hideValues(headers: Headers | null): Headers | null {
  return headers && Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN]));
}

const pathOf = (name: string): string => `headers.${name.slice(0, MOST_SHOWN)}`;

function readValue(name: string, given: unknown, stored: Headers | null): string {
  const path = pathOf(name);
  if (typeof given !== 'string') return refuse(path, ' is no text: write its value as a text');
  const value = given === HIDDEN ? storedValue(name, stored) : given;
  const unstorable = text(name) ?? text(value);
  if (unstorable !== null) refuse(path, unstorable);
  const problem = headerProblem(name, value);
  if (problem !== null) refuse(path, `: ${problem}`);
  return value;
}

function storedValue(name: string, stored: Headers | null): string {
  const key = name.toLowerCase();
  const kept = Object.entries(stored ?? {}).find(([known]) => known.toLowerCase() === key);
  return kept?.[1] ?? refuse(pathOf(name), ` is ${HIDDEN}, which keeps a stored value, and none is: write its value`);
}
