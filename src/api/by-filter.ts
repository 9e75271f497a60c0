import type { Actor, Audited, Entry } from '../database/audit.js';

/** What the audit log says of something that was done to all that a filter names, as it was given. */
export function byFilter(by: Actor, action: Audited, filter: Record<string, unknown>): Entry {
  const { webhookId } = filter;
  return { by, action, target: typeof webhookId === 'string' ? webhookId : null, details: { filter } };
}
