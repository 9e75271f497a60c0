/** All that is done for a batch took too long. Named as the SDK names its own. */
export class Overdue extends Error {
  constructor(millis: number) {
    super(`Not done within ${millis} ms`);
    this.name = 'TimeoutError';
  }
}

/** The SDK heeds a signal while a request is under way, but not while it looks for credentials: this heeds it always. */
export function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const over = () => signal.removeEventListener('abort', stop);
    work.then(resolve, reject).then(over, over);
  });
}
