import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Received } from './receivers.js';

/** What a receiver that knows this secret makes of a request, by the official library. */
export function isVerified(secret: string, { headers, body }: Pick<Received, 'headers' | 'body'>): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

/** The same for `v1a`, by Node.js' own Ed25519: `publicKey` is `whpk_` and base64. */
export function isVerifiedByKey(publicKey: string, { headers, body }: Pick<Received, 'headers' | 'body'>): boolean {
  const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  const signed = Buffer.from(`${String(id)}.${String(timestamp)}.${body}`);
  return String(signatures)
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verify(null, signed, key, Buffer.from(signature.slice('v1a,'.length), 'base64')));
}
