import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What the text was sealed for: it opens for nothing else. */
export type Purpose = 'webhook' | 'message';

/** A sealed text can't be opened: its key isn't in the ring, or it was changed. The message is for the operator. */
export class SealError extends Error {}

const VERSION = 's1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IN_HEX = /^[\da-f]{64}$/i;
/** Of 32 bytes: 43 characters, of which the last holds four bits. */
const IN_BASE64 = /^[A-Za-z\d+/]{42}[AEIMQUYcgkosw048]=$/;
/** NIST SP 800-38D §8.2.2: of chance, as no counter survives a restart. Good for 2^32 texts under one key. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what must not be read from the database (AES-256-GCM): `s1.<key id>.<iv, ciphertext and tag in base64url>`. The first
 * key seals, all of them open: so a key is replaced by writing the new one before it, and taken away once nothing is sealed
 * by it any more.
 */
export class Keyring {
  readonly #keys: ReadonlyMap<string, Buffer>;
  /** The id of the key that seals: the beginning of its hash. */
  readonly activeId: string;

  /** @param keys of 32 bytes each, at least one */
  constructor(keys: readonly Buffer[]) {
    const [first] = keys;
    if (first === undefined) throw new RangeError('A keyring needs a key');
    this.#keys = new Map(keys.map((key) => [idOf(key), key]));
    this.activeId = idOf(first);
  }

  /** What the texts begin with that the first key seals. */
  get prefix(): string {
    return `${VERSION}.${this.activeId}.`;
  }

  seal(text: string, purpose: Purpose): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keys.get(this.activeId)!, iv).setAAD(Buffer.from(purpose));
    const bytes = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${this.prefix}${bytes.toString('base64url')}`;
  }

  /** @throws SealError */
  open(sealed: string, purpose: Purpose): string {
    const [version, id = '', encoded = ''] = sealed.split('.');
    const key = version === VERSION ? this.#keys.get(id) : undefined;
    if (key === undefined) throw new SealError(`the key ${id} that it was sealed by is not in secrets.keysFile`);
    const bytes = Buffer.from(encoded, 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new SealError(`it was changed since it was sealed by the key ${id}`, { cause });
    }
  }
}

/** Whether a text looks as if it was sealed. */
export const isSealed = (text: string): boolean => /^s1\.[\da-f]{12}\.[\w-]+$/.test(text);

/**
 * Reads the keys of a file or a variable: 32 bytes each in base64 or hex, apart by line breaks, blanks or commas; what
 * follows a # is a remark. Null where one is something else, or there is none.
 */
export function parseKeys(text: string): Buffer[] | null {
  const words = text
    .replace(/#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  // Buffer passes over what is no base64: a passphrase would become a key that nobody would guess was weak.
  if (words.length === 0 || !words.every((word) => IN_HEX.test(word) || IN_BASE64.test(word))) return null;
  return words.map((word) => Buffer.from(word, IN_HEX.test(word) ? 'hex' : 'base64'));
}

/** A key made of chance, as `parseKeys` reads it. */
export const newKey = (): string => randomBytes(KEY_BYTES).toString('base64');

function idOf(key: Buffer): string {
  return createHash('sha256').update('hooktide key ').update(key).digest('hex').slice(0, 12);
}
