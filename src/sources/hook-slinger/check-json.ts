/**
 * Reads JSON as Python's `json.loads` (3.11) does, only to say where it is wrong, in Python's words: clients of Hook Slinger
 * know them. Beside JSON it takes NaN and Infinity. Builds nothing: it is run for callers that have not shown a token yet.
 */

/** Where the text is no JSON. Offsets count code points, lines and columns from 1. */
export interface JsonFault {
  msg: string;
  doc: string;
  pos: number;
  lineno: number;
  colno: number;
}

/** What is wrong with the text; `too_deep`: Python gives up, too, when containers stand this deep in each other. */
export type Fault = JsonFault | 'too_deep' | null;

/** About where Python's own stack ends under FastAPI. */
const MAX_DEPTH = 1_000;

export function faultIn(text: string): Fault {
  try {
    new Checker(text).check();
    return null;
  } catch (error) {
    if (error instanceof TooDeep) return 'too_deep';
    if (error instanceof Unexpected) return toFault(text, error);
    throw error;
  }
}

class TooDeep extends Error {}

class Unexpected extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** In a loop: the text may be as large as a request. */
function toFault(doc: string, { message: msg, at }: Unexpected): JsonFault {
  let [pos, lineno, colno] = [0, 1, 1];
  for (let index = 0; index < at; index++) {
    const code = doc.codePointAt(index)!;
    if (code > 0xffff) index++;
    if (code === NEWLINE) lineno++;
    colno = code === NEWLINE ? 1 : colno + 1;
    pos++;
  }
  return { msg, doc, pos, lineno, colno };
}

const NEWLINE = 0x0a;
const BLANKS = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\x00-\x1f]*/y; // oxlint-disable-line no-control-regex -- JSON's own rule
const SCALAR = /null|true|false|NaN|-?Infinity|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const HEX = /[0-9a-fA-F]{4}/y;
const UNTERMINATED = 'Unterminated string starting at';
const NO_NAME = 'Expecting property name enclosed in double quotes';

class Checker {
  private at = 0;

  constructor(private readonly text: string) {}

  check(): void {
    this.blanks();
    this.value(0);
    this.blanks();
    if (this.at < this.text.length) throw new Unexpected('Extra data', this.at);
  }

  private value(depth: number): void {
    switch (this.text[this.at]) {
      case '"':
        return this.string();
      case '{':
        return this.object(depth + 1);
      case '[':
        return this.array(depth + 1);
      default:
        if (!this.skip(SCALAR)) throw new Unexpected('Expecting value', this.at);
    }
  }

  private object(depth: number): void {
    if (depth > MAX_DEPTH) throw new TooDeep();
    this.open();
    if (this.took('}')) return;
    for (;;) {
      if (this.text[this.at] !== '"') throw new Unexpected(NO_NAME, this.at);
      this.string();
      this.blanks();
      if (!this.took(':')) throw new Unexpected("Expecting ':' delimiter", this.at);
      this.blanks();
      this.value(depth);
      if (this.closes('}')) return;
    }
  }

  private array(depth: number): void {
    if (depth > MAX_DEPTH) throw new TooDeep();
    this.open();
    if (this.took(']')) return;
    do this.value(depth);
    while (!this.closes(']'));
  }

  private open(): void {
    this.at++;
    this.blanks();
  }

  /** Whether the container ends here; else another member or element has to follow. */
  private closes(bracket: string): boolean {
    this.blanks();
    if (this.took(bracket)) return true;
    if (!this.took(',')) throw new Unexpected("Expecting ',' delimiter", this.at);
    this.blanks();
    return false;
  }

  private string(): void {
    const begin = this.at++;
    for (;;) {
      this.skip(PLAIN);
      if (this.at >= this.text.length) throw new Unexpected(UNTERMINATED, begin);
      if (this.took('"')) return;
      if (!this.took('\\')) throw new Unexpected('Invalid control character at', this.at);
      this.escape(begin);
    }
  }

  /** What follows a backslash. Python wants something to stand behind four digits before it looks at them. */
  private escape(begin: number): void {
    const start = this.at++;
    const character = this.text[start];
    if (character === undefined) throw new Unexpected(UNTERMINATED, begin);
    if (character === 'u') {
      if (start + 5 >= this.text.length || !this.skip(HEX)) throw new Unexpected('Invalid \\uXXXX escape', start);
    } else if (!'"\\/bfnrt'.includes(character)) {
      throw new Unexpected('Invalid \\escape', start - 1);
    }
  }

  private took(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private blanks(): void {
    this.skip(BLANKS);
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
