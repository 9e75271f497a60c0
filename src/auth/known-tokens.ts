import type { Caller } from './caller.js';

/** A token that is good, and until when if nothing happens. */
export interface Admitted {
  caller: Caller;
  /** Of a row of the table; null: it stands in none. */
  id: number | null;
  /** Until it expires; Infinity: never. */
  leftMillis: number;
}

/** What is known of a token: who bears it, or null for nobody; a stale answer has to be asked for anew. */
export interface Known {
  found: Admitted | null;
  isFresh: boolean;
}

interface Kept {
  found: Admitted | null;
  freshUntil: number;
  generation: number;
}

/** What was found out is taken for true so long: a process that hears of no revocation stops then. */
const LIFE_MILLIS = 10_000;
const MOST = 10_000;

/**
 * Remembers, by digest, which tokens are good and which are none, so that no request in steady state asks Postgres. The
 * two stand apart: however many wrong ones come, they push no good one out.
 */
export class KnownTokens {
  readonly #good = new Map<string, Kept>();
  readonly #wrong = new Map<string, Kept>();
  #generation = 0;

  /** @param now a clock in milliseconds that never goes back */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly most = MOST,
  ) {}

  /** Names what holds now; what is found out from here on bears it. */
  get generation(): number {
    return this.#generation;
  }

  get(key: string): Known | undefined {
    const kept = this.#good.get(key) ?? this.#wrong.get(key);
    if (kept === undefined) return undefined;
    return { found: kept.found, isFresh: kept.generation === this.#generation && kept.freshUntil > this.now() };
  }

  /** @param generation that of the moment before it was asked for: what was read before a revocation is stale */
  put(key: string, found: Admitted | null, generation: number): void {
    this.#good.delete(key);
    this.#wrong.delete(key);
    const kept = found === null ? this.#wrong : this.#good;
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= this.most) kept.delete(oldest);
    const freshUntil = this.now() + Math.min(LIFE_MILLIS, found?.leftMillis ?? LIFE_MILLIS);
    kept.set(key, { found, freshUntil, generation });
  }

  /** A token was revoked, here or elsewhere: everything is asked for anew. */
  outdate(): void {
    this.#generation++;
  }
}
