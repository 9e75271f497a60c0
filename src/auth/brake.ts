export interface BrakeLimits {
  /** So many failures from one address, within so long, and no more of it is tried until that time is over. */
  failures: number;
  windowMillis: number;
  /** Addresses that are kept in mind; beyond them the one that failed first is forgotten. */
  addresses: number;
}

const LIMITS: BrakeLimits = { failures: 10, windowMillis: 60_000, addresses: 10_000 };

/** Slows down whoever tries tokens, by address. What succeeds takes nothing back: else one good token would pay for guesses. */
export class Brake {
  readonly #failed = new Map<string, { count: number; until: number }>();

  /** @param now a clock in milliseconds that never goes back */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly limits: BrakeLimits = LIMITS,
  ) {}

  /** How long nothing from this address is tried; 0: now. */
  waitMillis(address: string): number {
    const failed = this.#failed.get(address);
    if (failed === undefined || failed.count < this.limits.failures) return 0;
    return Math.max(0, failed.until - this.now());
  }

  /** Counts a failure; answers whether it is the one from which on the address is slowed. */
  failed(address: string): boolean {
    const failed = this.#failed.get(address);
    if (failed !== undefined && failed.until > this.now()) return ++failed.count === this.limits.failures;
    this.#failed.delete(address);
    const [oldest] = this.#failed.keys();
    if (oldest !== undefined && this.#failed.size >= this.limits.addresses) this.#failed.delete(oldest);
    this.#failed.set(address, { count: 1, until: this.now() + this.limits.windowMillis });
    return this.limits.failures === 1;
  }
}
