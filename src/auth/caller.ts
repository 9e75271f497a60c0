import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Scope } from '../config/scope.js';

/** Who calls. */
export interface Caller {
  /** As it was named: that of its token, the subject of its JWT, `tokenFile`, or `anybody` where no token is asked for. */
  readonly name: string;
  readonly kind: 'token' | 'file' | 'jwt' | 'open';
  readonly scopes: readonly Scope[];
  /** The only application that it may send updates and have webhooks for; null: any. */
  readonly application: string | null;
}

/** Where no token is asked for. */
export const ANYBODY: Caller = { name: 'anybody', kind: 'open', scopes: ['admin'], application: null };
/** Who bears the token of `auth.tokenFile`. */
export const OPERATOR: Caller = { name: 'tokenFile', kind: 'file', scopes: ['admin'], application: null };

/** By request, so that nothing of it can be mistaken for what the client sent. */
const callers = new WeakMap<object, Caller>();

export function setCaller(request: object, caller: Caller): void {
  callers.set(request, caller);
}

/** Who sent the request. Routes that are `@Public()` have none: asking there is a bug. */
export function callerOf(request: object): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('Nobody was asked for on this route.');
  return caller;
}

/** A parameter of a route's method: `@CalledBy() caller: Caller`. */
export const CalledBy = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<object>()),
);
