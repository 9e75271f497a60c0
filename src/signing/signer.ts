import type { Signing } from '../updates/webhook-secrets.js';
import type { SigningKeyPair } from './asymmetric.js';
import { sign, signAsHub, signingNow } from './symmetric.js';

/** What is signed: as Standard Webhooks has it, its id, the time as its header says it, and the body as it leaves. */
export interface Signable {
  id: string;
  /** Epoch seconds. */
  timestamp: string;
  body: string;
}

/**
 * The headers that sign a delivery (Standard Webhooks, "Webhook headers"): one signature for each key of the webhook, then one
 * for each of the service's own, apart by blanks.
 */
export function signatureHeaders(
  { id, timestamp, body }: Signable,
  signing: Signing,
  pairs: readonly SigningKeyPair[],
  nowMillis: number,
): Record<string, string> {
  const keys = signingNow(signing, nowMillis);
  const signatures = [
    ...keys.map(({ secret }) => sign(secret, id, timestamp, body)),
    ...pairs.map((pair) => pair.sign(id, timestamp, body)),
  ];
  const headers: Record<string, string> = { 'webhook-signature': signatures.join(' ') };
  const [newest] = keys;
  if (signing.hub && newest) headers['x-hub-signature-256'] = signAsHub(newest.secret, body);
  return headers;
}
