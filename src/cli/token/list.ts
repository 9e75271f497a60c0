import { tableOf } from './print.js';
import type { Registry } from './registry.js';

/** Lists all tokens, in the order in which they were made. */
export async function list(registry: Registry, asJson: boolean): Promise<string> {
  const tokens = await registry.list();
  return asJson ? `${JSON.stringify(tokens, null, 2)}\n` : tableOf(tokens);
}
