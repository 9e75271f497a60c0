import { HooktideError } from '../errors/errors.js';

/** Another token has the name. */
export class NameTakenError extends HooktideError {
  readonly code = 'name_taken';

  constructor(name: string) {
    super(`There is a token with the name ${JSON.stringify(name)}: revoke it, or choose another name`);
  }
}
