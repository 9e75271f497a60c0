import type { Caller } from '../../auth/caller.js';
import { ForbiddenError } from '../../auth/forbidden.error.js';
import type { Update } from '../../updates/update.js';

/**
 * The updates as this caller may send them: who is restricted to an application names none or that one, which counts in
 * either case. The payloads stay as they are.
 * @throws ForbiddenError
 */
export function narrow(updates: Update[], caller: Pick<Caller, 'name' | 'application'>): Update[] {
  const { application } = caller;
  if (application === null) return updates;
  const isAnothers = updates.some((update) => update.application !== undefined && update.application !== application);
  if (isAnothers) throw ForbiddenError.forApplication(caller);
  return updates.map((update) => ({ ...update, application }));
}
