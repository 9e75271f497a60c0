/** Ends a command with a text for its user, on stderr, and an exit code: 1 failed, 2 misuse. */
export class ExitError extends Error {
  override name = 'ExitError';

  constructor(
    readonly exitCode: 1 | 2,
    message: string,
  ) {
    super(message);
  }
}
