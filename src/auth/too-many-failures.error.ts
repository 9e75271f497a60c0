import { HooktideError } from '../errors/errors.js';

/** So many tokens that are none came from one address that no more are looked up for a while. */
export class TooManyFailuresError extends HooktideError {
  readonly code = 'too_many_failures';
  readonly retryAfterSeconds: number;

  constructor(waitMillis: number) {
    const seconds = Math.max(1, Math.ceil(waitMillis / 1_000));
    super(`Too many wrong tokens came from this address: mend the token, and try again in ${seconds} s`);
    this.retryAfterSeconds = seconds;
  }
}
