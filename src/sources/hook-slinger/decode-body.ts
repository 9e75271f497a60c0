/** The bytes are no text in the encoding that they begin like. */
export class UndecodableError extends Error {}

const BOMS: [bytes: number[], encoding: string][] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * A body as text, in UTF-8 or UTF-16, which it is told by as Python's `json.loads` does: by a byte order mark, which goes,
 * or by where its first zeros stand. UTF-32, which Python takes too, is taken for what it isn't, and refused.
 * @throws UndecodableError
 */
export function decodeBody(body: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(body), { fatal: true }).decode(body);
  } catch (cause) {
    throw new UndecodableError('The body is no text', { cause });
  }
}

function encodingOf(body: Uint8Array): string {
  const marked = BOMS.find(([bytes]) => bytes.every((byte, index) => body[index] === byte));
  if (marked) return marked[1];
  if (body.length < 2) return 'utf-8';
  if (body[0] === 0) return 'utf-16be';
  return body[1] === 0 ? 'utf-16le' : 'utf-8';
}
