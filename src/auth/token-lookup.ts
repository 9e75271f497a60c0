import { timingSafeEqual } from 'node:crypto';
import type { LivingToken } from './token.repository.js';

interface Asked {
  digest: Buffer;
  /** Throws when its address is slowed by now. */
  check: () => void;
  found: (token: LivingToken | null) => void;
  failed: (error: unknown) => void;
}

const MOST_AT_ONCE = 100;

/**
 * Asks Postgres for tokens by their digests: one question at a time, for all who wait. So a flood of wrong tokens costs a
 * few questions, and once its address is slowed, none.
 */
export class TokenLookup {
  readonly #waiting: Asked[] = [];
  #isAsking = false;

  constructor(private readonly read: (digests: Buffer[]) => Promise<LivingToken[]>) {}

  /**
   * The token of this digest; null: there is none that is good.
   * @param check throws what to refuse with, right before it would be asked for
   * @param missed is told at once, before anybody else's is asked for
   */
  find(digest: Buffer, check: () => void, missed: () => void): Promise<LivingToken | null> {
    return new Promise((resolve, reject) => {
      const found = (token: LivingToken | null): void => {
        if (token === null) missed();
        resolve(token);
      };
      this.#waiting.push({ digest, check, found, failed: reject });
      if (!this.#isAsking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE).filter(isLetThrough);
      if (batch.length > 0) await this.#answer(batch);
    }
    this.#isAsking = false;
  }

  async #answer(batch: Asked[]): Promise<void> {
    try {
      const tokens = await this.read(batch.map(({ digest }) => digest));
      for (const { digest, found } of batch) found(tokens.find(({ hash }) => timingSafeEqual(hash, digest)) ?? null);
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }
}

function isLetThrough({ check, failed }: Asked): boolean {
  try {
    check();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
