import type { Config } from '../../config/config.js';
import { readOwnKey } from '../../database/own-key.js';
import type { Sql } from '../../database/database.js';
import { listSealed, type Sealed } from '../../queue/sql/survey.js';
import { keysOfConfig } from '../../secrets/config-keys.js';
import { Keyring, parseKeys, SealError, type Purpose } from '../../secrets/keyring.js';
import { fail, ok, warn, type Finding } from './finding.js';

const MOST_OPENED = 10_000;
const MOST_NAMED = 5;

/** The keys that this config and its database have; null: none yet. Makes none. */
export async function keyringOf(config: Config, sql: Sql): Promise<Keyring | null> {
  const own = await readOwnKey(sql);
  const keys = [...(keysOfConfig(config) ?? []), ...((own && parseKeys(own)) || [])];
  return keys.length === 0 ? null : new Keyring(keys);
}

/** Whether the keys open what is stored: it is tried. */
export async function judgeKeys(config: Config, sql: Sql, keyring: Keyring | null): Promise<Finding> {
  const { webhooks, messages } = await listSealed(sql, MOST_OPENED);
  const closed = [...unopened(webhooks, 'webhook', keyring), ...unopened(messages, 'message', keyring)];
  const count = webhooks.length + messages.length;
  if (closed.length > 0) {
    const reasons = [...new Set(closed.map(({ why }) => why))].join('; ');
    const ids = closed.map(({ id }) => id);
    const names = ids.slice(0, MOST_NAMED).join(', ') + (ids.length > MOST_NAMED ? ', …' : '');
    return fail(
      'keys',
      `Of ${count} that are sealed ${closed.length} can't be opened (${names}): ${reasons}`,
      'Write the missing key behind the others in secrets.keysFile, of all processes; or write what is secret of them anew.',
    );
  }
  const says = `All ${count} that are sealed can be opened`;
  if (config.secrets.keys !== null || config.database.url === null) return ok('keys', says);
  return warn(
    'keys',
    `${says}, by a key that stands in the same database`,
    'Write secrets.keysFile: <file that holds a key> (openssl rand -base64 32).',
  );
}

function unopened(sealed: readonly Sealed[], purpose: Purpose, keyring: Keyring | null): { id: string; why: string }[] {
  return sealed.flatMap(({ id, sealed: text }) => {
    // What of a message doesn't look sealed was written in the clear.
    if (!text.startsWith('s1.')) return [];
    if (keyring === null) return [{ id, why: 'there is no key' }];
    try {
      keyring.open(text, purpose);
      return [];
    } catch (error) {
      if (error instanceof SealError) return [{ id, why: error.message }];
      throw error;
    }
  });
}
