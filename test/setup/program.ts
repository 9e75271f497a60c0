import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that tests run for real, and that npm doesn't bring. */
export interface Wanted {
  /** Its name on the PATH. */
  name: string;
  /** The variable that names its path instead. */
  variable: string;
  /** How to get it, in half a sentence. */
  hint: string;
}

/**
 * The path of a program, or null where there is none, which is said aloud: what needs it is skipped.
 * @throws Error in CI, where nothing may be skipped
 */
export function findProgram({ name, variable, hint }: Wanted): string | null {
  const named = process.env[variable];
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = named === undefined ? places.find(isProgram) : named;
  if (found !== undefined) return found;
  if (process.env['CI'] === 'true') throw new Error(`There is no ${name} on the PATH: ${hint}`);
  process.stderr.write(`SKIPPED: the tests with a real ${name}, for there is none on the PATH: ${hint}\n`);
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
