import { createHash } from 'node:crypto';
import { basicOf } from './basic.js';

/** The token that a request bears: `Bearer <token>`, `Token <token>`, or where that is taken the password of HTTP Basic. */
export function credentialOf(authorization: string | undefined, takesBasic: boolean): string | undefined {
  const given = /^(?:bearer|token) +(\S+) *$/i.exec(authorization ?? '')?.[1];
  return given ?? (takesBasic ? basicOf(authorization)?.password : undefined);
}

/**
 * What a token is known by. Nobody guesses 256 random bits, however fast the hash is: a slow one, as passwords need it,
 * would cost each request and protect nothing.
 */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
