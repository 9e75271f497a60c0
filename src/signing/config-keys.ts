import type { Config } from '../config/config.js';
import { ConfigError } from '../errors/errors.js';
import { parseKeyPairs, type SigningKeyPair } from './asymmetric.js';

/**
 * The service's own keys that sign; none where the config names none.
 * @throws ConfigError
 */
export function openKeyPairs({ signing: { keys } }: Pick<Config, 'signing'>): SigningKeyPair[] {
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
