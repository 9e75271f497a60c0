import { HooktideError } from '../errors/errors.js';

/** The keys of an issuer of JWTs are not to be had: whether the token is a good one can't be said. */
export class IssuerUnavailableError extends HooktideError {
  readonly code = 'issuer_unavailable';
  readonly retryAfterSeconds = 5;

  constructor(
    readonly issuer: string,
    options: ErrorOptions,
  ) {
    super(`The keys of ${issuer} are not to be had at the moment: send the same again later`, options);
  }
}
