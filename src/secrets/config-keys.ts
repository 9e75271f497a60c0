import type { Config } from '../config/config.js';
import { ConfigError } from '../errors/errors.js';
import { parseKeys } from './keyring.js';

/**
 * The keys of the config that seal; null where it names none.
 * @throws ConfigError
 */
export function keysOfConfig({ secrets }: Pick<Config, 'secrets'>): Buffer[] | null {
  if (secrets.keys === null) return null;
  const keys = parseKeys(secrets.keys.reveal());
  if (keys) return keys;
  const what = 'write 32 bytes in base64 (openssl rand -base64 32) or hex, one key a line, the newest first';
  throw new ConfigError(
    'secrets.keys',
    `secrets.keys, or the file that secrets.keysFile names, holds something else than keys: ${what}.`,
  );
}
