import { InvalidInputError } from '../../errors/errors.js';
import { STORABLE } from '../rules.js';

const MOST_CHARACTERS = 255;

/**
 * The name of an application in a path: `*` would stand for any characters in the filter of its hooks.
 * @throws InvalidInputError
 */
export function readApplication(name: string): string {
  const { length } = Array.from(name);
  if (name.trim() === '') return refuse('is empty');
  if (length > MOST_CHARACTERS) return refuse(`has ${length} characters: write at most ${MOST_CHARACTERS}`);
  const [unwanted] = /[/*]/.exec(name) ?? [];
  if (unwanted !== undefined) return refuse(`holds a ${unwanted}: no name of an application does`);
  if (!STORABLE.test(name)) return refuse('holds a NUL character or half a surrogate pair: leave it out');
  return name;
}

function refuse(problem: string): never {
  throw new InvalidInputError('application', `application ${problem}`);
}
