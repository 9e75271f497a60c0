import { InvalidInputError } from '../errors/errors.js';

/** What HTTP Basic brings (RFC 7617): the password may hold colons, the user none. */
export interface Basic {
  user: string;
  password: string;
}

/** Reads an `Authorization` header; null where it is of another scheme or holds no colon. */
export function basicOf(authorization = ''): Basic | null {
  const encoded = /^basic +([\w+/=-]+) *$/i.exec(authorization)?.[1];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const end = text.indexOf(':');
  return end < 0 ? null : { user: text.slice(0, end), password: text.slice(end + 1) };
}

/**
 * The name of the user who calls.
 * @throws InvalidInputError where there is none
 */
export function readUser(authorization: string | undefined): string {
  const { user = '' } = basicOf(authorization) ?? {};
  if (user !== '') return user;
  throw new InvalidInputError(
    'user',
    'user is missing: send one by HTTP Basic, whose name is the application to go by, or name the application',
  );
}
