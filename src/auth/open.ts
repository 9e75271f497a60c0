import type { Config } from '../config/config.js';
import type { Channel } from '../database/channel.js';
import type { Database } from '../database/database.js';
import { ConfigError } from '../errors/errors.js';
import type { DatabaseFailures } from '../telemetry/database-failures.js';
import type { Log } from '../telemetry/log.js';
import { Authenticator } from './authenticator.js';
import { Brake } from './brake.js';
import type { GetJson } from './jwt/keys.js';
import { KnownTokens } from './known-tokens.js';
import { LastUses } from './last-uses.js';
import { TokenLookup } from './token-lookup.js';
import { REVOKED, TokenRepository } from './token.repository.js';
import { Tokens } from './tokens.js';

export interface AuthNeeds {
  /** A pool of its own: who tries tokens must keep nobody waiting but those who do the same. */
  database: Database;
  /** Where revocations are heard of. */
  channel: Channel;
  /** For the keys of issuers. */
  getJson: GetJson;
  log: Log;
  failures: Pick<DatabaseFailures, 'failed'>;
  /** A clock in milliseconds that never goes back. */
  now?: () => number;
}

/** Who calls, the tokens that were made, and how to end. */
export interface Auth {
  authenticator: Authenticator;
  tokens: Tokens;
  close(): Promise<void>;
}

/** Makes what says who calls. */
export async function openAuth(
  { mode, token: operator, jwt }: Config['auth'],
  { database, channel, getJson, log, failures, now = () => performance.now() }: AuthNeeds,
): Promise<Auth> {
  const rows = new TokenRepository(database);
  const known = new KnownTokens(now);
  channel.on('message', (payload) => {
    if (payload === REVOKED) known.outdate();
  });
  const uses = new LastUses((all) =>
    rows.writeUses(all).catch((error: unknown) => failures.failed('last uses of tokens', error)),
  );
  // Who takes no JWTs doesn't pay for them.
  const issuers = jwt.length > 0 ? new (await import('./jwt/issuers.js')).Issuers(jwt, getJson, log) : null;
  const lookup = new TokenLookup((digests) => rows.find(digests));
  const brake = new Brake(now);
  const asks = mode === 'token';
  return {
    authenticator: new Authenticator({ asks, operator, lookup, issuers, known, uses, brake, log }),
    tokens: new Tokens(rows, () => known.outdate(), log),
    close: () => uses.flush(),
  };
}

/**
 * Where tokens are asked for, there has to be one that may do everything, or issuers.
 * @throws ConfigError
 */
export async function checkSomebodyMayCall({ mode, token, jwt }: Config['auth'], database: Database): Promise<void> {
  if (mode !== 'token' || token !== null || jwt.length > 0 || (await new TokenRepository(database).hasAdmin())) return;
  throw new ConfigError(
    'auth.tokenFile',
    'auth.mode is token, but there is no token that may do everything: make one with ' +
      '"hooktide token create <name> --scope admin --database", or write auth.tokenFile: <file that holds the token>.',
  );
}
