import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { JwtIssuer } from '../../config/jwt.js';
import type { Log } from '../../telemetry/log.js';
import type { Admitted } from '../known-tokens.js';
import { IssuerUnavailableError } from '../issuer-unavailable.error.js';
import { ruleFor } from './claims.js';
import { type GetJson, Keys } from './keys.js';

/** Asymmetric ones alone: with the others, and with `none`, whoever knows the public key could sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks may differ by so much. */
const TOLERANCE_SECONDS = 30;
const MOST_OF_A_NAME = 255;

/** Says who bears a JWT of one of the issuers that the config names. */
export class Issuers {
  readonly #issuers: { config: JwtIssuer; keys: Keys }[];

  constructor(configs: readonly JwtIssuer[], getJson: GetJson, log: Log, coolDownMillis?: number) {
    this.#issuers = configs.map((config) => ({ config, keys: new Keys(config, getJson, log, coolDownMillis) }));
  }

  /** Whether it looks like one. */
  isJwt(token: string): boolean {
    return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
  }

  /**
   * Its bearer, without a scope where no rule fits; null: it isn't valid, or its issuer isn't known.
   * @throws IssuerUnavailableError
   */
  async callerOf(token: string): Promise<Admitted | null> {
    const named = issuerIn(token);
    for (const { config, keys } of this.#issuers.filter(({ config: { issuer } }) => issuer === named)) {
      const claims = await verify(token, config, keys);
      if (claims !== null) return admitted(claims, config);
    }
    return null;
  }
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function verify(token: string, { issuer, audience }: JwtIssuer, keys: Keys): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    // Whatever else it is, the token is not a good one.
    if (error instanceof IssuerUnavailableError) throw error;
    return null;
  }
}

function admitted(claims: JWTPayload, { issuer, scopes }: JwtIssuer): Admitted {
  const rule = ruleFor(scopes, claims);
  return {
    caller: {
      // It is shown and stored as text.
      name: (claims.sub ?? issuer).slice(0, MOST_OF_A_NAME).replace(/\p{Cc}/gu, '\ufffd'),
      kind: 'jwt',
      scopes: rule?.scopes ?? [],
      application: rule?.application ?? null,
    },
    id: null,
    leftMillis: ((claims.exp ?? 0) + TOLERANCE_SECONDS) * 1_000 - Date.now(),
  };
}
