import { randomBytes } from 'node:crypto';
import { Keyring } from '../../src/secrets/keyring.js';
import { Vault, type OpenedSecrets, type StoredSecrets } from '../../src/secrets/vault.js';

/** A key as the config writes it. */
export const newKey = (): string => randomBytes(32).toString('base64');

/** A vault with a key of its own, or with these: the first one seals. */
export function vaultWith(keys: readonly string[] = [newKey()], everybodySeals = () => true): Vault {
  return new Vault(new Keyring(keys.map((key) => Buffer.from(key, 'base64'))), everybodySeals);
}

/** What is secret of a webhook, as it is kept: what stands in the clear, and what is sealed by the key of its database. */
export async function storedSecrets(
  hooktide: { sql<Row>(statement: string, parameters?: unknown[]): Promise<Row[]> },
  webhookId = 'w',
): Promise<{ inClear: unknown; opened: OpenedSecrets }> {
  const [own] = await hooktide.sql<{ key: string }>('SELECT key FROM hooktide.own_key');
  const statement = 'SELECT headers, sealed FROM hooktide.webhook WHERE id = $1';
  const [row] = await hooktide.sql<StoredSecrets>(statement, [webhookId]);
  if (!own || !row) throw new Error('There is no such webhook, or no key');
  return { inClear: row.headers, opened: vaultWith([own.key]).openSecrets(row) };
}
