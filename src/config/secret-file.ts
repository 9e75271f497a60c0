import { readFileSync } from 'node:fs';
import { resolve as absolute } from 'node:path';
import { ConfigError } from '../errors/errors.js';
import { reasonOf } from './wording.js';

/** Says where a key was written. */
export type OriginOf = (key: string) => string;

/**
 * What the file that a key names holds, trimmed.
 * @throws ConfigError where it can't be read, and where it is empty
 */
export function readSecret(key: string, file: string, originOf: OriginOf, cwd: string): string {
  let text: string;
  try {
    text = readFileSync(absolute(cwd, file), 'utf8').trim();
  } catch (cause) {
    throw refusal(key, originOf(key), `${key} names a file that can't be read (${reasonOf(cause)}).`, cause);
  }
  if (text !== '') return text;
  throw refusal(key, originOf(key), `${key} names ${file}, which is empty: write the secret into it.`);
}

/** @param message begins with the key and says what to write instead */
export const refusal = (key: string, origin: string, message: string, cause?: unknown): ConfigError =>
  new ConfigError(key, `${origin}: ${message}`, { cause });
