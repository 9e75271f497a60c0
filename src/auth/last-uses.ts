import type { Use } from './token.repository.js';

const EVERY_MILLIS = 60_000;

/** Keeps in mind when each token was used last, and has it written once a minute, after the requests. */
export class LastUses {
  readonly #at = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly write: (uses: Use[]) => Promise<void>,
    private readonly everyMillis = EVERY_MILLIS,
  ) {}

  note(id: number): void {
    this.#at.set(id, performance.now());
    this.#timer ??= setTimeout(() => void this.flush(), this.everyMillis);
  }

  /** Has written what was noted. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#at.size === 0) return;
    const now = performance.now();
    const uses = [...this.#at].map(([id, at]) => ({ id, agoMillis: now - at }));
    this.#at.clear();
    await this.write(uses);
  }
}
