/**
 * What Hooktide refuses, and why. A class says what happened; which HTTP status or exit code that is, the face decides
 * (`api/problems.ts`). Messages tell the reader what to write or do instead.
 */
export abstract class HooktideError extends Error {
  /** Stable name of the refusal, in snake_case: clients may branch on it. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A value that can't be taken. `field` is its path in the input (`payload.taskUpdate.timestamp`, `[3].type`). */
export class InvalidInputError extends HooktideError {
  readonly code = 'invalid_input';

  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** Nothing has the id that was asked for, or it is kept no longer. */
export class NotFoundError extends HooktideError {
  readonly code:
    | 'webhook_not_found'
    | 'update_not_found'
    | 'delivery_not_found'
    | 'message_not_found'
    | 'token_not_found'
    | 'job_not_found';

  constructor(what: 'webhook' | 'update' | 'delivery' | 'message' | 'token' | 'job', message: string) {
    super(message);
    this.code = `${what}_not_found`;
  }
}

/** What was asked for can't be done in the state that things are in. */
export class ConflictError extends HooktideError {
  constructor(
    readonly code: 'webhook_deleted' | 'still_waiting' | 'job_is_over',
    message: string,
  ) {
    super(message);
  }
}

/** More bytes or entries than a limit allows. */
export class TooLargeError extends HooktideError {
  readonly code = 'too_large';
}

/** An idempotency id that was used for another payload. */
export class IdConflictError extends HooktideError {
  readonly code = 'id_conflict';
}

/** One request would owe more deliveries than `maxFanOut`. */
export class FanOutTooLargeError extends HooktideError {
  readonly code = 'fan_out_too_large';
}

/** The queue holds `maxWaitingDeliveries`. Nothing was stored; come back after `retryAfterSeconds`. */
export class TooManyWaitingError extends HooktideError {
  readonly code = 'too_many_waiting';

  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }
}

/** The process can't start as it is configured. `key` is the dotted path of the config key at fault. */
export class ConfigError extends HooktideError {
  readonly code = 'bad_config';

  constructor(
    readonly key: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
