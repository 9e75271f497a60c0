import type { SupervisorEvent } from './event.js';

/** What is left to say when nothing but `len` bytes came: supervisor 3 counts bytes where supervisor 4 counts characters. */
export const SILENCE_MILLIS = 100;

const LONGEST_HEADER_BYTES = 65_536;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** What came is no event of supervisord: where the next one begins is unknown, so no later one can be read either. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

interface Header {
  tokens: ReadonlyMap<string, string>;
  length: number;
}

/**
 * Reads events out of what supervisord writes to a listener's stdin: a header line, then `len` characters (contract of
 * supervisor's listeners, §3). Bytes go in by `push` as they come, in any pieces; events come out of `next`.
 *
 * `len` counts code points with supervisor 4, bytes with supervisor 3, and nothing says which. While as many bytes as
 * `len` are there but fewer code points, `isWholeInBytes` holds; when then nothing comes for SILENCE_MILLIS, the peer
 * counts bytes, and `takeBytes` is the event.
 */
export class EventReader {
  #bytes: Buffer = NOTHING;
  #header: Header | null = null;

  push(chunk: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk]);
  }

  /**
   * The next event, if all of it is there.
   * @throws ProtocolError
   */
  next(): SupervisorEvent | null {
    this.#header ??= this.takeHeader();
    if (!this.#header) return null;
    const end = endOfCodePoints(this.#bytes, this.#header.length);
    return end === null ? null : this.take(this.#header, end);
  }

  /** Whether an event of a peer that counts bytes may be there. */
  get isWholeInBytes(): boolean {
    return this.#header !== null && this.#bytes.length === this.#header.length;
  }

  /** The event of a peer that counts bytes: only where `isWholeInBytes`, after the silence. */
  takeBytes(): SupervisorEvent | null {
    return this.#header && this.isWholeInBytes ? this.take(this.#header, this.#header.length) : null;
  }

  private takeHeader(): Header | null {
    const end = this.#bytes.indexOf(LINE_FEED);
    if (end < 0 && this.#bytes.length <= LONGEST_HEADER_BYTES) return null;
    const line = this.#bytes.toString('utf8', 0, end < 0 ? 200 : end);
    this.#bytes = this.#bytes.subarray(end < 0 ? this.#bytes.length : end + 1);
    return readHeader(line);
  }

  private take({ tokens }: Header, end: number): SupervisorEvent {
    const payload = this.#bytes.toString('utf8', 0, end);
    this.#bytes = this.#bytes.subarray(end);
    this.#header = null;
    const name = tokens.get('eventname') ?? '';
    const identifier = tokens.get('server') ?? '';
    return { name, identifier, serial: Number(tokens.get('serial')), payload, ...readPayload(payload) };
  }
}

/** The fields of a payload's first line, and what follows it: nothing (`""`) after the one line of PROCESS_GROUP_*. */
export function readPayload(payload: string): Pick<SupervisorEvent, 'fields' | 'data'> {
  const end = payload.indexOf('\n');
  const line = end < 0 ? payload : payload.slice(0, end);
  return { fields: readTokens(line), data: end < 0 ? null : payload.slice(end + 1) };
}

function readHeader(line: string): Header {
  const tokens = readTokens(line);
  const isWhole = ['serial', 'len'].every((key) => /^\d+$/.test(tokens.get(key) ?? '')) && tokens.get('eventname');
  if (!isWhole) throw new ProtocolError(`This is no header of a supervisord event: ${JSON.stringify(line)}`);
  return { tokens, length: Number(tokens.get('len')) };
}

/** `key:value` tokens between blanks. The first `:` ends the key; what has none belongs to the value before it. */
function readTokens(line: string): Map<string, string> {
  const tokens = new Map<string, string>();
  let last: string | undefined;
  for (const token of line.split(/\s+/).filter((text) => text !== '')) {
    const colon = token.indexOf(':');
    if (colon < 0) {
      if (last !== undefined) tokens.set(last, `${tokens.get(last)} ${token}`);
      continue;
    }
    last = token.slice(0, colon);
    tokens.set(last, token.slice(colon + 1));
  }
  return tokens;
}

/** Where the first `count` code points of a UTF-8 text end, in bytes; null: they are not all there. */
function endOfCodePoints(bytes: Uint8Array, count: number): number | null {
  let end = 0;
  for (let left = count; left > 0; left--) {
    const lead = bytes[end];
    if (lead === undefined) return null;
    end += lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  return end <= bytes.length ? end : null;
}
