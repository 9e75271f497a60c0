import { InvalidInputError } from '../errors/errors.js';

// Invalid UTF-8 is refused: replaced characters would break the promise that payloads leave byte for byte.
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a request's body; empty where there is none.
 * @throws InvalidInputError
 */
export function decodeUtf8(body: Uint8Array | undefined): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new InvalidInputError('body', 'body: this is not UTF-8. Send JSON in UTF-8.');
  }
}
