/**
 * Cuts values out of JSON text by their offsets, so that what was sent is what is delivered: `512.0` stays, integers
 * beyond 2^53 stay, escapes stay. Works on text that `JSON.parse` accepted, and checks nothing again.
 */

/** Where a value stands: `text.slice(start, end)`, without the blanks around it. UTF-16 offsets. */
export interface Slice {
  start: number;
  end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The members of the object at `start`, by unescaped key. Of a repeated key the last one counts, as in `JSON.parse`. */
export function sliceMembers(text: string, start: number): Map<string, Slice> {
  const members = new Map<string, Slice>();
  readMembers(text, skipBlanks(text, start), members);
  return members;
}

/** The members of each object in the array of objects at `start`, in order and in one pass: a second one costs as much. */
export function sliceRecords(text: string, start: number): Array<Map<string, Slice>> {
  const records: Array<Map<string, Slice>> = [];
  let at = skipBlanks(text, skipBlanks(text, start) + 1);
  while (text.charCodeAt(at) === OPEN_BRACE) {
    const members = new Map<string, Slice>();
    at = skipSeparator(text, readMembers(text, at, members));
    records.push(members);
  }
  return records;
}

/** The values in the array at `start`, in order; read as far as they are asked for. */
export function* sliceElements(text: string, start: number): Generator<Slice> {
  let at = skipBlanks(text, skipBlanks(text, start) + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACKET) {
    const element = sliceValue(text, at);
    yield element;
    at = skipSeparator(text, element.end);
  }
}

/** Fills `members` from the object that opens at `open`; answers where it ends. */
function readMembers(text: string, open: number, members: Map<string, Slice>): number {
  let at = skipBlanks(text, open + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const endOfKey = endOfString(text, at);
    const colon = skipBlanks(text, endOfKey);
    const value = sliceValue(text, skipBlanks(text, colon + 1));
    members.set(readString(text, at, endOfKey), value);
    at = skipSeparator(text, value.end);
  }
  return at + 1;
}

/** The value that begins at `start`. */
export function sliceValue(text: string, start: number): Slice {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return { start, end: endOfString(text, start) };
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return { start, end: endOfContainer(text, start) };
  return { start, end: endOfScalar(text, start) };
}

/** Counts brackets instead of matching them: text that was parsed is balanced. A loop, so depth costs no stack. */
function endOfContainer(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    at++;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return at;
}

/** Hops from quote to quote (three times as fast as looking at each character); one behind an odd number of backslashes belongs to the string. */
export function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close === -1 ? text.length : close + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charCodeAt(at - 1) === BACKSLASH) at--;
  return (quote - at) % 2 === 1;
}

export function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isBlank(code)) break;
    at++;
  }
  return at;
}

/** What the string between its quotes says. */
export function readString(text: string, start: number, end: number): string {
  const written = text.slice(start + 1, end - 1);
  if (!written.includes('\\')) return written;
  const unescaped: string = JSON.parse(text.slice(start, end));
  return unescaped;
}

/** From the end of a value to the start of the next one, or to the bracket that closes. */
function skipSeparator(text: string, end: number): number {
  const at = skipBlanks(text, end);
  return text.charCodeAt(at) === COMMA ? skipBlanks(text, at + 1) : at;
}

export function skipBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** JSON's four blanks (RFC 8259 §2). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
