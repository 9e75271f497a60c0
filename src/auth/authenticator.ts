import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '../config/secret.js';
import type { Log } from '../telemetry/log.js';
import { ownerOf } from './address.js';
import type { Brake } from './brake.js';
import { ANYBODY, type Caller, OPERATOR } from './caller.js';
import { digestOf } from './credential.js';
import type { Issuers } from './jwt/issuers.js';
import type { Admitted, KnownTokens } from './known-tokens.js';
import type { LastUses } from './last-uses.js';
import type { TokenLookup } from './token-lookup.js';
import type { LivingToken } from './token.repository.js';
import { TooManyFailuresError } from './too-many-failures.error.js';

export interface AuthenticatorParts {
  /** False: everybody may do everything. */
  asks: boolean;
  /** The token of `auth.tokenFile`. */
  operator: Secret | null;
  lookup: TokenLookup;
  /** Null: no JWT is taken. */
  issuers: Pick<Issuers, 'isJwt' | 'callerOf'> | null;
  known: KnownTokens;
  uses: LastUses;
  brake: Brake;
  log: Log;
}

/** Tokens with the addresses that they were good from. Beyond them the one that was first is forgotten. */
const MOST_REMEMBERED = 10_000;

/** Says who bears a token: that of `auth.tokenFile`, one that was made, or a JWT. */
export class Authenticator {
  readonly #operator: Buffer | null;
  readonly #asking = new Map<string, Promise<Admitted | null>>();
  readonly #goodFrom = new Set<string>();

  constructor(private readonly parts: AuthenticatorParts) {
    this.#operator = parts.operator && digestOf(parts.operator.reveal());
  }

  /** Whether a token is asked for. */
  get asks(): boolean {
    return this.parts.asks;
  }

  /**
   * Who calls; null: somebody without a token, or with one that is none.
   * @param address where the request comes from
   * @throws TooManyFailuresError, IssuerUnavailableError
   */
  async callerOf(token: string | undefined, address: string | undefined): Promise<Caller | null> {
    if (!this.asks) return ANYBODY;
    return token === undefined ? null : this.bearerOf(token, address);
  }

  /** The same for a route that asks for a token even where the others don't. */
  async bearerOf(token: string, address: string | undefined): Promise<Caller | null> {
    const digest = digestOf(token);
    const owner = ownerOf(address);
    if (this.#operator !== null && this.isOwn(digest, this.#operator, owner)) return OPERATOR;
    this.check(digest, owner);
    const key = digest.toString('base64');
    const known = this.parts.known.get(key);
    const found = known?.isFresh ? known.found : await this.ask(key, { token, digest }, owner);
    if (found === null) return null;
    this.remember(digest, owner);
    if (found.id !== null) this.parts.uses.note(found.id);
    return found.caller;
  }

  /**
   * Whether a token is one that the config gave, by its digest. People choose such: guesses are slowed like any other.
   * @throws TooManyFailuresError
   */
  isOneOfConfig(token: string, own: Buffer, address: string | undefined): boolean {
    return this.isOwn(digestOf(token), own, ownerOf(address));
  }

  private isOwn(digest: Buffer, own: Buffer, owner: string): boolean {
    this.check(digest, owner);
    // Digests are of one length and tell nothing by the time that comparing them takes.
    if (!timingSafeEqual(digest, own)) return false;
    this.remember(digest, owner);
    return true;
  }

  /** What was good from a slowed address goes on being taken from there: behind one may be many. */
  private check(digest: Buffer, owner: string): void {
    const waitMillis = this.parts.brake.waitMillis(owner);
    if (waitMillis > 0 && !this.#goodFrom.has(visitOf(digest, owner))) throw new TooManyFailuresError(waitMillis);
  }

  private remember(digest: Buffer, owner: string): void {
    const visit = visitOf(digest, owner);
    if (this.#goodFrom.has(visit)) return;
    const [oldest] = this.#goodFrom;
    if (oldest !== undefined && this.#goodFrom.size >= MOST_REMEMBERED) this.#goodFrom.delete(oldest);
    this.#goodFrom.add(visit);
  }

  private ask(key: string, given: { token: string; digest: Buffer }, owner: string): Promise<Admitted | null> {
    const check = (): void => this.check(given.digest, owner);
    check();
    const underWay = this.#asking.get(key);
    if (underWay !== undefined) return underWay;
    const { generation } = this.parts.known;
    const kept = this.find(given, check, () => this.missed(owner))
      .then((found) => {
        this.parts.known.put(key, found, generation);
        return found;
      })
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, kept);
    return kept;
  }

  private async find(
    { token, digest }: { token: string; digest: Buffer },
    check: () => void,
    missed: () => void,
  ): Promise<Admitted | null> {
    const { issuers, lookup } = this.parts;
    if (issuers?.isJwt(token) !== true) {
      const row = await lookup.find(digest, check, missed);
      return row && admitted(row);
    }
    const found = await issuers.callerOf(token);
    if (found === null) missed();
    return found;
  }

  private missed(address: string): void {
    if (!this.parts.brake.failed(address)) return;
    this.parts.log.warn('auth.slowed', { address, why: 'Too many wrong tokens came from it within a minute.' });
  }
}

const visitOf = (digest: Buffer, owner: string): string => `${digest.toString('base64')} ${owner}`;

const admitted = ({ id, name, scopes, application, leftMillis }: LivingToken): Admitted => ({
  caller: { name, kind: 'token', scopes, application },
  id,
  leftMillis: leftMillis ?? Infinity,
});
