import { HooktideError } from '../errors/errors.js';

/** The request bears no token, or another one. The message is the one that Singularity's clients know. */
export class UnauthenticatedError extends HooktideError {
  readonly code = 'unauthenticated';

  /** @param challenge how to bring it, for the header `WWW-Authenticate` */
  constructor(readonly challenge = 'Bearer') {
    super('Unable to authenticate using methods: [token]');
  }
}
