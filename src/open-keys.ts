import type { Config } from './config/config.js';
import type { Database } from './database/database.js';
import { makeOwnKey, readOwnKey } from './database/own-key.js';
import { keysOfConfig } from './secrets/config-keys.js';
import { Keyring, newKey, parseKeys } from './secrets/keyring.js';
import type { Log } from './telemetry/log.js';

/**
 * The keys that seal what is secret: the config's, else one that the database keeps. That one opens on, once the config names
 * others.
 * @throws ConfigError
 */
export async function openKeyring(config: Config, database: Database, log: Log): Promise<Keyring> {
  const given = keysOfConfig(config);
  if (!given) await makeOwnKey(database, newKey());
  if (!given && config.database.url) {
    log.warn('secrets.key_in_database', { hint: 'write secrets.keysFile: <file that holds a key>' });
  }
  const own = await readOwnKey(database);
  return new Keyring([...(given ?? []), ...((own && parseKeys(own)) || [])]);
}
