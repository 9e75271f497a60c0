import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '../config/scope.js';
import { refusalAt } from './admission.js';
import { Authenticator } from './authenticator.js';
import { TAKES_BASIC } from './basic.decorator.js';
import { setCaller } from './caller.js';
import { credentialOf } from './credential.js';
import { FOR_APPLICATION } from './for-application.decorator.js';
import { NEEDS } from './needs.decorator.js';
import { PUBLIC } from './public.decorator.js';
import { UnauthenticatedError } from './unauthenticated.error.js';

/** What a browser or a command line is asked for, where it may bring the token as a password. */
const BASIC_CHALLENGE = 'Basic realm="Hooktide", charset="UTF-8"';

/** What of a request counts. */
interface Asking {
  method: string;
  headers: { authorization?: string };
  params: Record<string, string | undefined>;
  socket: { remoteAddress?: string };
}

/**
 * Lets a request in that bears a token whose scopes suffice (`Authorization: Bearer <token>`, or as a password where the
 * route `@TakesBasic()`), or whose route is `@Public()`; and keeps who it is for `@CalledBy()`.
 */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws UnauthenticatedError, ForbiddenError, and what the authenticator throws */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.mark(PUBLIC, context) === true) return true;
    const takesBasic = this.mark(TAKES_BASIC, context) === true;
    const request = context.switchToHttp().getRequest<Asking>();
    const { method, headers, params, socket } = request;
    const token = credentialOf(headers.authorization, takesBasic);
    const caller = await this.authenticator.callerOf(token, socket.remoteAddress);
    if (caller === null) throw takesBasic ? new UnauthenticatedError(BASIC_CHALLENGE) : new UnauthenticatedError();
    const needs = this.mark(NEEDS, context) as Scope | undefined;
    const forApplication = this.mark(FOR_APPLICATION, context) as string | undefined;
    const refusal = refusalAt({ method, needs, forApplication, parameters: params }, caller);
    if (refusal !== null) throw refusal;
    setCaller(request, caller);
    return true;
  }

  private mark(name: string, context: ExecutionContext): unknown {
    return this.reflector.getAllAndOverride<unknown>(name, [context.getHandler(), context.getClass()]);
  }
}
