import { HooktideError } from '../../errors/errors.js';
import type { JsonFault } from './check-json.js';

/** What is wrong with one part of a body, in the words and with the types of pydantic 1.10. */
export interface FieldError {
  loc: readonly (string | number)[];
  msg: string;
  type: string;
  ctx?: JsonFault;
}

/** A message that isn't taken. `status` and `detail` are what Hook Slinger answers (its contract, §1.3). */
export class MessageRefusedError extends HooktideError {
  readonly code = 'message_refused';

  constructor(
    readonly status: 400 | 403 | 422,
    readonly detail: string | readonly FieldError[],
  ) {
    super(typeof detail === 'string' ? detail : detail.map(({ msg }) => msg).join('; '));
  }
}
