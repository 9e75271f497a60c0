import { ExitError } from '../exit-error.js';

/** Fields that `--with` adds. */
export const WITH = ['host', 'time', 'server', 'id'] as const;
export type With = (typeof WITH)[number];

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const SMALLEST_SPOOL_BYTES = 10_000;
const LONGEST_TIMEOUT_SECONDS = 600;
/** RFC 9110 §5.6.2 and §5.5; beyond ÿ a character can't be written as a byte. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** They say where a request ends, or change how it goes on: only what writes it knows. */
const OF_CLIENT = ['transfer-encoding', 'trailer', 'te', 'expect', 'upgrade', 'http2-settings'];

/** What a misuse ends with, in the words of optparse. */
export function misuse(text: string): ExitError {
  return new ExitError(2, `superhooks: error: ${text}`);
}

/** @throws ExitError 2, like all of these */
export function readUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url;
  throw misuse(
    `${option}: ${text === '' ? 'an empty text' : text} is no URL: write http://host/path or https://host/path`,
  );
}

/**
 * Of names that differ in case only the later one wins, with its value, in the place of the first. The length is that of the
 * body, whatever `-H` says: upstream's library wrote its own over it, too.
 */
export function readHeaders(pairs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const byName = new Map<string, [string, string]>();
  for (const [name, value] of pairs) {
    if (!HEADER_NAME.test(name)) throw misuse(`-H: ${JSON.stringify(name)} can't be the name of a header`);
    if (!HEADER_VALUE.test(value)) throw misuse(`-H: the value of ${name} has characters that no header may have`);
    if (OF_CLIENT.includes(name.toLowerCase())) throw misuse(`-H: ${name} belongs to the HTTP client: leave it out`);
    if (name.toLowerCase() !== 'content-length') byName.set(name.toLowerCase(), [name, value]);
  }
  return new Map(byName.values());
}

export function readWith(text: string): With[] {
  const names = text.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '').map((name) => readWord('--with', name, WITH));
}

export function readName(option: string, text: string): string {
  if (text.trim() === '') throw misuse(`${option}: write a name`);
  return text;
}

export function readWord<T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text.trim().toLowerCase());
  if (word) return word;
  throw misuse(`${option}: ${JSON.stringify(text)} is none of ${words.join(', ')}`);
}

export function readSeconds(option: string, text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= LONGEST_TIMEOUT_SECONDS) return seconds;
  throw misuse(
    `${option}: write seconds, more than 0 and at most ${LONGEST_TIMEOUT_SECONDS}, not ${JSON.stringify(text)}`,
  );
}

/** `100MB`, `500 kB`, `200000`: powers of ten. */
export function readSize(option: string, text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(digits) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (bytes >= SMALLEST_SPOOL_BYTES) return bytes;
  throw misuse(`${option}: write a size of at least 10kB, such as 100MB, not ${JSON.stringify(text)}`);
}
