import { createHmac, randomBytes } from 'node:crypto';
import type { Signing, SigningKey } from '../updates/webhook-secrets.js';

const PREFIX = 'whsec_';
/** Standard Webhooks, "Signature scheme": between 24 and 64 bytes. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const NEW_BYTES = 32;

/** A secret made of chance. */
export const newSecret = (): string => PREFIX + randomBytes(NEW_BYTES).toString('base64');

/** What is wrong with a secret, as it continues its name; null: nothing. */
export function secretProblem(secret: string): string | null {
  const key = keyOf(secret);
  const { length } = key;
  // What one library mends, another refuses: exactly as base64 writes it (RFC 4648 §4), the padding too.
  const isBase64 = PREFIX + key.toString('base64') === secret;
  if (!isBase64 || length === 0) return ` is no secret: write ${PREFIX} and 24 to 64 bytes in base64`;
  return length >= LEAST_BYTES && length <= MOST_BYTES
    ? null
    : ` has ${length} bytes: write ${PREFIX} and ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64`;
}

/** The keys that sign now, the newest first. */
export function signingNow({ keys }: Signing, nowMillis: number): SigningKey[] {
  return keys.filter(({ untilMillis = Infinity }) => nowMillis < untilMillis);
}

/** A secret that takes the place of the newest, which signs on for the overlap. */
export function rotated(signing: Signing | null, secret: string, untilMillis: number, nowMillis: number): Signing {
  const older = signing ? signingNow(signing, nowMillis).filter((key) => key.secret !== secret) : [];
  const ending = older.map((key) => ({ ...key, untilMillis: Math.min(key.untilMillis ?? Infinity, untilMillis) }));
  return { ...signing, keys: [{ secret }, ...ending.filter((key) => key.untilMillis > nowMillis)] };
}

/** Standard Webhooks, `v1`: HMAC-SHA256 over id, timestamp and body. */
export function sign(secret: string, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** As GitHub signs: over the body alone, with the text of the secret as it stands, `whsec_` and all, as the key. */
export function signAsHub(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
