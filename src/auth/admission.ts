import type { Scope } from '../config/scope.js';
import type { Caller } from './caller.js';
import { ForbiddenError } from './forbidden.error.js';
import { covers } from './scopes.js';

/** What a route says of who may call it. */
export interface Door {
  method: string;
  /** `@Needs`; undefined: it goes by the method. */
  needs: Scope | undefined;
  /** `@ForApplication`: the parameter that names the application, empty where the route looks itself; undefined: not there. */
  forApplication: string | undefined;
  /** Of the path, decoded. */
  parameters: Readonly<Record<string, string | undefined>>;
}

const READING = ['GET', 'HEAD'];

/** Why this caller may not pass; null: it may. */
export function refusalAt({ method, needs, forApplication, parameters }: Door, caller: Caller): ForbiddenError | null {
  const need = needs ?? (READING.includes(method) ? 'read' : 'webhooks');
  if (!covers(caller.scopes, need)) return ForbiddenError.forScope(caller, need);
  if (caller.application === null || forApplication === '') return null;
  const isItsOwn = forApplication !== undefined && parameters[forApplication] === caller.application;
  return isItsOwn ? null : ForbiddenError.forApplication(caller);
}
