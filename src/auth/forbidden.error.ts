import type { Scope } from '../config/scope.js';
import { HooktideError } from '../errors/errors.js';
import type { Caller } from './caller.js';
import { scopesFor } from './scopes.js';

/** The caller is known, and may not do this. */
export class ForbiddenError extends HooktideError {
  readonly code = 'forbidden';

  private constructor(
    message: string,
    /** The same in the words that Singularity's clients know (its contract, §1.2). */
    readonly inSingularity: string,
  ) {
    super(message);
  }

  /** Its scopes don't cover `need`. */
  static forScope({ name, scopes }: Pick<Caller, 'name' | 'scopes'>, need: Scope): ForbiddenError {
    const has = scopes.length === 0 ? 'no scope' : scopes.join(', ');
    const message = `${name} has ${has}, and this takes the scope ${need}: use a token that has it`;
    return new ForbiddenError(message, `${name} must be part of one or more groups: [${scopesFor(need).join(', ')}]`);
  }

  /** It may do this for one application only. */
  static forApplication({ name, application }: Pick<Caller, 'name' | 'application'>): ForbiddenError {
    const message = `${name} is restricted to the application ${application}: use a token of another application, or of none`;
    return new ForbiddenError(message, message);
  }
}
