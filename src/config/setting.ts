import { ConfigError } from '../errors/errors.js';

/** One key as one layer gives it. */
export interface Setting {
  /** Dotted: `server.port`. */
  readonly path: string;
  readonly value: unknown;
  /** Where it was written: `config/local.yaml:12`, or the name of an environment variable. */
  readonly origin: string;
}

/** What is wrong with one key. The message is a sentence that begins with the key and says what to write instead. */
export interface Problem {
  readonly key: string;
  readonly origin: string;
  readonly message: string;
}

/** @throws ConfigError that names all problems, one a line, if there are any. */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const lines = problems.map(({ origin, message }) => `${origin}: ${message}`);
  throw new ConfigError(first.key, lines.join('\n'));
}
