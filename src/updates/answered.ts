import { STATUS_CODES } from 'node:http';

/** An outcome in one sentence where the receiver answered: at once in the log, and later of what is kept in history. */
export function answered(status: number, durationMillis: number): string {
  const hint = status >= 300 && status <= 399 ? ': redirects are not followed' : '';
  return `The receiver answered ${named(status)} in ${durationMillis} ms${hint}`;
}

/** `404 Not Found`, by the registry's words: the receiver's own may hold anything. */
function named(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}
