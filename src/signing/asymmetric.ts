import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** What receivers verify signatures of `v1a` by. */
export interface PublicKey {
  /** The beginning of its hash. */
  id: string;
  algorithm: 'ed25519';
  /** `whpk_` and the 32 bytes in base64. */
  publicKey: string;
}

const SECRET = 'whsk_';
const PUBLIC = 'whpk_';
const SEED_BYTES = 32;
/** As other libraries keep it: the seed, and the public key behind it. */
const PAIR_BYTES = 64;
/** RFC 8410 §7: what precedes the seed in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key that signs with Ed25519 (RFC 8032), as Standard Webhooks' `v1a`. */
export class SigningKeyPair {
  readonly #key: KeyObject;
  readonly public: PublicKey;

  constructor(key: KeyObject) {
    this.#key = key;
    const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
    const bytes = Buffer.from(x, 'base64url');
    const id = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    this.public = { id, algorithm: 'ed25519', publicKey: PUBLIC + bytes.toString('base64') };
  }

  sign(id: string, timestamp: string, body: string): string {
    return `v1a,${sign(null, Buffer.from(`${id}.${timestamp}.${body}`), this.#key).toString('base64')}`;
  }
}

/** Reads keys: `whsk_` and base64, one a line, or in PEM; what follows a # is a remark. Null where one is something else. */
export function parseKeyPairs(text: string): SigningKeyPair[] | null {
  try {
    const pems = text.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? [];
    const rest = pems.reduce((left, pem) => left.replace(pem, ''), text).replace(/#.*$/gm, '');
    const words = rest.split(/\s+/).filter((word) => word !== '');
    const keys = [...words.map(fromText), ...pems.map((pem) => createPrivateKey(pem))];
    const areAll = keys.length > 0 && keys.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519');
    return areAll ? keys.map((key) => new SigningKeyPair(key)) : null;
  } catch {
    return null;
  }
}

function fromText(word: string): KeyObject {
  const bytes = Buffer.from(word.slice(SECRET.length), 'base64');
  const fits = word.startsWith(SECRET) && (bytes.length === SEED_BYTES || bytes.length === PAIR_BYTES);
  if (!fits) throw new RangeError('no key');
  const key = Buffer.concat([PKCS8, bytes.subarray(0, SEED_BYTES)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
