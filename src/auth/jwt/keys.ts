import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { JwtIssuer } from '../../config/jwt.js';
import type { Log } from '../../telemetry/log.js';
import { IssuerUnavailableError } from '../issuer-unavailable.error.js';

/** Whom to trust for an answer, and what to identify with. */
export interface Through {
  caFile: string | null;
  tokenFile: string | null;
}

/** Gets JSON from an address that the config gave; throws whenever there is none. */
export type GetJson = (url: string, through: Through) => Promise<unknown>;

/** Keys are kept for ten minutes. A key that isn't among them has them fetched anew, but not again within this time. */
const COOL_DOWN_MILLIS = 30_000;
/** What failed isn't tried again for a moment: else each request would wait for its own failure. */
const REST_MILLIS = 2_000;
const DISCOVERY = '/.well-known/openid-configuration';

/** The public keys of an issuer, as they are at the moment. */
export class Keys {
  #set: Promise<JWTVerifyGetKey> | null = null;
  #failed: { error: IssuerUnavailableError; at: number } | null = null;

  constructor(
    private readonly of: JwtIssuer,
    private readonly getJson: GetJson,
    private readonly log: Log,
    private readonly coolDownMillis = COOL_DOWN_MILLIS,
  ) {}

  /** The key that a JWT names; throws IssuerUnavailableError, and what jose throws where there is no such key. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    this.#set ??= this.open();
    try {
      return await (
        await this.#set
      )(header, token);
    } catch (error) {
      // They may have moved: where discovery names their place, it is asked again.
      if (error instanceof IssuerUnavailableError) this.#set = null;
      throw error;
    }
  };

  private async open(): Promise<JWTVerifyGetKey> {
    const url = new URL(this.of.jwksUrl ?? (await this.discover()));
    return createRemoteJWKSet(url, {
      cooldownDuration: this.coolDownMillis,
      [customFetch]: async (asked) => new Response(JSON.stringify(await this.get(asked, isKeySet))),
    });
  }

  private async discover(): Promise<string> {
    const { issuer } = this.of;
    const document = await this.get(issuer.replace(/\/$/, '') + DISCOVERY, isDocumentOf(issuer));
    return (document as { jwks_uri: string }).jwks_uri;
  }

  private async get(url: string, isRight: (json: unknown) => boolean): Promise<unknown> {
    if (this.#failed !== null && performance.now() - this.#failed.at < REST_MILLIS) throw this.#failed.error;
    try {
      const json = await this.getJson(url, { caFile: this.of.caFile, tokenFile: this.tokenFor(url) });
      if (!isRight(json)) throw new Error(`${url} answered with something else than was asked for`);
      this.#failed = null;
      return json;
    } catch (cause) {
      const error = new IssuerUnavailableError(this.of.issuer, { cause });
      this.log.warn('auth.issuer_failed', { issuer: this.of.issuer, url, error: whyOf(cause) });
      this.#failed = { error, at: performance.now() };
      throw error;
    }
  }

  /** It is for the place that the config names, wherever discovery points. */
  private tokenFor(url: string): string | null {
    const { jwksUrl, issuer, tokenFile } = this.of;
    return new URL(url).origin === new URL(jwksUrl ?? issuer).origin ? tokenFile : null;
  }
}

/** The network's own words stand in the cause. */
function whyOf(thrown: unknown): string {
  const { message, cause } = thrown as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

const isKeySet = (json: unknown): boolean => Array.isArray((json as { keys?: unknown } | null)?.keys);

/** OpenID Connect Discovery 1.0, §4.3: the document has to name the issuer that was asked. */
const isDocumentOf =
  (asked: string) =>
  (json: unknown): boolean => {
    const { issuer, jwks_uri: url } = (json ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
    return issuer === asked && typeof url === 'string' && URL.canParse(url);
  };
