import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Secret } from '../config/secret.js';
import { basicOf } from './basic.js';
import { TAKES_BASIC } from './basic.decorator.js';
import { PUBLIC } from './public.decorator.js';
import { UnauthenticatedError } from './unauthenticated.error.js';

/** The one token that lets a caller in; null lets everybody in. */
export class ApiToken {
  constructor(readonly secret: Secret | null) {}
}

/** What a browser or a command line is asked for, where it may bring the token as a password. */
const BASIC_CHALLENGE = 'Basic realm="Hooktide", charset="UTF-8"';

/**
 * Lets a request in that bears the token (`Authorization: Bearer <token>`, or as a password where the route `@TakesBasic()`),
 * or whose route is `@Public()`.
 */
@Injectable()
export class TokenGuard implements CanActivate {
  readonly #expected: Buffer | null;

  constructor(
    private readonly reflector: Reflector,
    token: ApiToken,
  ) {
    this.#expected = token.secret && digest(token.secret.reveal());
  }

  /** @throws UnauthenticatedError */
  canActivate(context: ExecutionContext): boolean {
    if (this.#expected === null || this.isMarked(PUBLIC, context)) return true;
    const takesBasic = this.isMarked(TAKES_BASIC, context);
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const given = tokenOf(headers.authorization) ?? (takesBasic ? basicOf(headers.authorization)?.password : undefined);
    // Digests are of one length and tell nothing by the time that comparing them takes.
    if (given !== undefined && timingSafeEqual(digest(given), this.#expected)) return true;
    throw takesBasic ? new UnauthenticatedError(BASIC_CHALLENGE) : new UnauthenticatedError();
  }

  private isMarked(mark: string, context: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<boolean | undefined>(mark, [context.getHandler(), context.getClass()]) === true
    );
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const tokenOf = (authorization = ''): string | undefined => /^(?:bearer|token) +(\S+) *$/i.exec(authorization)?.[1];
