import type { Registry } from './registry.js';

/** Revokes a token: from then on it is none. */
export async function revoke(registry: Registry, id: number, asJson: boolean): Promise<string> {
  await registry.revoke(id);
  return asJson ? `${JSON.stringify({ revoked: id })}\n` : `The token ${id} is revoked.\n`;
}
