import { nearest } from '../config/nearest.js';
import { SCOPES, type Scope } from '../config/scope.js';
import type { NewToken } from '../auth/token.repository.js';
import { InvalidInputError } from '../errors/errors.js';
import { readText, readWord } from '../updates/fields.js';
import { readMoment } from './moment.js';

const FIELDS = ['name', 'scopes', 'application', 'expiresAt', 'expiresInHours'];
const MOST_BYTES = 255;
/** Ten years. */
const MOST_HOURS = 87_600;
const HOUR_MILLIS = 3_600_000;

/**
 * What a token is to be, out of `{name, scopes, application?, expiresAt? | expiresInHours?}`.
 * @throws InvalidInputError
 */
export function readNewToken(fields: Record<string, unknown>, nowMillis: number): NewToken {
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    const name = unknown.slice(0, 64);
    throw new InvalidInputError(name, `${name} is no field of a token: write ${nearest(name, FIELDS)}?`);
  }
  const scopes = readScopes(fields['scopes']);
  const application = fields['application'] ?? null;
  const token = {
    name: readName(fields['name']),
    scopes,
    application: application === null ? null : readText(application, 'application', MOST_BYTES),
    expiresAt: readEnd(fields, nowMillis),
  };
  if (token.application === null || !scopes.includes('admin')) return token;
  throw new InvalidInputError(
    'application',
    'application stands beside the scope admin, which knows no applications: write one of them',
  );
}

/** It is printed in lists and logs. */
function readName(value: unknown): string {
  const name = readText(value, 'name', MOST_BYTES);
  if (name.trim() === name && !/\p{Cc}/u.test(name)) return name;
  throw new InvalidInputError('name', 'name holds control characters, or blanks around it: write it without');
}

function readScopes(value: unknown): Scope[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidInputError('scopes', `scopes: write a list of ${SCOPES.join(', ')}`);
  }
  return [...new Set(value.map((scope, index) => readWord(scope, `scopes[${index}]`, SCOPES)))];
}

function readEnd({ expiresAt = null, expiresInHours = null }: Record<string, unknown>, nowMillis: number): Date | null {
  if (expiresAt !== null && expiresInHours !== null) {
    throw new InvalidInputError('expiresAt', 'expiresAt stands beside expiresInHours: write one of them');
  }
  if (expiresAt !== null) {
    const at = readMoment(expiresAt, 'expiresAt');
    if (at > nowMillis) return new Date(at);
    throw new InvalidInputError('expiresAt', 'expiresAt lies in the past: write a time to come');
  }
  if (expiresInHours === null) return null;
  const hours = typeof expiresInHours === 'number' ? expiresInHours : NaN;
  if (hours > 0 && hours <= MOST_HOURS) return new Date(nowMillis + hours * HOUR_MILLIS);
  throw new InvalidInputError('expiresInHours', `expiresInHours: write a number above 0, up to ${MOST_HOURS}`);
}
