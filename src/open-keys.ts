import type { Config } from './config/config.js';
import type { Database } from './database/database.js';
import { makeOwnKey, readOwnKey } from './database/own-key.js';
import { ConfigError } from './errors/errors.js';
import { Keyring, newKey, parseKeys } from './secrets/keyring.js';
import { parseKeyPairs, type SigningKeyPair } from './signing/asymmetric.js';
import type { Log } from './telemetry/log.js';

/**
 * The keys that seal what is secret: the config's, else one that the database keeps. That one opens on, once the config names
 * others.
 * @throws ConfigError
 */
export async function openKeyring(
  { secrets, database: { url } }: Config,
  database: Database,
  log: Log,
): Promise<Keyring> {
  const given = secrets.keys && parseKeys(secrets.keys.reveal());
  if (secrets.keys && !given) {
    const what = 'write 32 bytes in base64 (openssl rand -base64 32) or hex, one key a line, the newest first';
    throw new ConfigError(
      'secrets.keys',
      `secrets.keys, or the file that secrets.keysFile names, holds something else than keys: ${what}.`,
    );
  }
  if (!given) await makeOwnKey(database, newKey());
  if (!given && url) log.warn('secrets.key_in_database', { hint: 'write secrets.keysFile: <file that holds a key>' });
  const own = await readOwnKey(database);
  return new Keyring([...(given ?? []), ...((own && parseKeys(own)) || [])]);
}

/**
 * The service's own keys that sign; none where the config names none.
 * @throws ConfigError
 */
export function openKeyPairs({ signing: { keys } }: Config): SigningKeyPair[] {
  const pairs = keys && parseKeyPairs(keys.reveal());
  if (keys && !pairs) {
    const what = 'write private keys of Ed25519: whsk_ and base64, one a line, or PEM';
    throw new ConfigError(
      'signing.keys',
      `signing.keys, or the file that signing.keysFile names, holds something else than keys: ${what}.`,
    );
  }
  return pairs ?? [];
}
