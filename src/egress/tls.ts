import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import type { ReceiverTls } from '../updates/webhook-secrets.js';

/** What `egress.tls` says. */
export interface TlsOptions {
  /** PEM: trusted beside the authorities that Node.js comes with; null: none. */
  ca: string | null;
  minVersion: tls.SecureVersion;
}

const MOST_CHARACTERS = 65_536;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Whom receivers have to be known by, and what is shown to them. A webhook's own authorities stand in the place of all
 * others. One of all authorities takes about 30 ms and 1 MB: it is made once and kept.
 * @param own of a webhook; null: it has none
 * @throws on what is no PEM, and on a key that doesn't fit
 */
export function secureContextOf({ ca, minVersion }: TlsOptions, own: ReceiverTls | null): tls.SecureContext {
  const authorities = own?.ca ?? (ca === null ? undefined : authoritiesWith(ca));
  return tls.createSecureContext({ ca: authorities, cert: own?.certificate, key: own?.key, minVersion });
}

/** Those of Node.js, with those of NODE_EXTRA_CA_CERTS where it is new enough to name them, and this one beside. */
export function authoritiesWith(ca: string): string[] {
  const usual = 'getCACertificates' in tls ? (tls.getCACertificates as () => string[])() : tls.rootCertificates;
  return [...usual, ca];
}

/** The certificates in a text; null: it holds none, or what can't be read. */
function certificatesIn(pem: string): X509Certificate[] | null {
  try {
    const certificates = (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
    return certificates.length === 0 ? null : certificates;
  } catch {
    return null;
  }
}

/**
 * Why connections can't be made with a webhook's `tls`, and what to write instead, in words that begin with the field's name;
 * null: they can.
 * @param now epoch milliseconds
 */
export function tlsProblem(own: ReceiverTls, now = Date.now()): string | null {
  const { ca, certificate, key } = own;
  for (const [name, text] of Object.entries({ ca, certificate, key })) {
    if ((text?.length ?? 0) > MOST_CHARACTERS) return `${name} has more than ${MOST_CHARACTERS} characters`;
  }
  if ((certificate === undefined) !== (key === undefined)) {
    return `${certificate === undefined ? 'certificate' : 'key'} is missing: write both, or neither`;
  }
  const problem =
    certificateProblem('ca', ca, now) ??
    certificateProblem('certificate', certificate, now) ??
    keyProblem(certificate, key);
  if (problem !== null) return problem;
  try {
    // What OpenSSL finds too weak, it refuses here.
    tls.createSecureContext({ ca, cert: certificate, key });
    return null;
  } catch (error) {
    return `it can't be used: ${(error as Error).message}`;
  }
}

function certificateProblem(field: string, pem: string | undefined, now: number): string | null {
  if (pem === undefined) return null;
  const certificates = certificatesIn(pem);
  if (certificates === null) return `${field} is no certificate: write it in PEM, from -----BEGIN CERTIFICATE----- on`;
  const expired = certificates.find(({ validTo }) => Date.parse(validTo) <= now);
  return expired ? `${field} has expired: it was valid until ${new Date(expired.validTo).toISOString()}` : null;
}

function keyProblem(certificate: string | undefined, pem: string | undefined): string | null {
  if (certificate === undefined || pem === undefined) return null;
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return 'key is encrypted: write it without a passphrase, it is sealed here';
  }
  try {
    const [first] = certificatesIn(certificate) ?? [];
    return first?.checkPrivateKey(createPrivateKey(pem)) === true
      ? null
      : 'key does not fit certificate: write the key that the first certificate was made for';
  } catch {
    return 'key is no private key: write it in PEM, from -----BEGIN PRIVATE KEY----- on';
  }
}
