import { endOfScalar, endOfString, skipBlanks } from '../../updates/slice.js';

/** NaN or Infinity, which Python takes for JSON. */
export class NotANumberError extends Error {}

/**
 * A value of checked JSON as Python reads and prints it in its shortest form (`ensure_ascii=False`, no blanks): escapes
 * become the characters they stand for, and of a repeated key the last value counts. But numbers stay as they are
 * written, and half a surrogate pair, which UTF-8 can't say, stays an escape.
 * @throws NotANumberError
 */
export function compactJson(text: string): string {
  return new Printer(text).value();
}

/** A string of JSON in its shortest form. */
export function compactString(text: string): string {
  return text.includes('\\') ? JSON.stringify(JSON.parse(text)) : text;
}

class Printer {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): string {
    this.at = skipBlanks(this.text, this.at);
    switch (this.text[this.at]) {
      case '"':
        return this.string();
      case '{':
        return this.object();
      case '[':
        return this.array();
      default:
        return this.scalar();
    }
  }

  private object(): string {
    const members = new Map<string, string>();
    for (this.at++; this.next() !== '}'; this.skipComma()) {
      const key = this.string();
      this.at = skipBlanks(this.text, this.at) + 1;
      members.set(key, this.value());
    }
    this.at++;
    // Joined by `+`, which copies nothing before the end, however deep containers stand in each other.
    let printed = '';
    for (const [key, value] of members) printed += `${printed === '' ? '' : ','}${key}:${value}`;
    return `{${printed}}`;
  }

  private array(): string {
    let printed = '';
    for (this.at++; this.next() !== ']'; this.skipComma()) printed += (printed === '' ? '' : ',') + this.value();
    this.at++;
    return `[${printed}]`;
  }

  private string(): string {
    return compactString(this.upTo(endOfString(this.text, this.at)));
  }

  private scalar(): string {
    const scalar = this.upTo(endOfScalar(this.text, this.at));
    if (/[IN]/.test(scalar)) throw new NotANumberError(scalar);
    return scalar;
  }

  private upTo(end: number): string {
    const start = this.at;
    this.at = end;
    return this.text.slice(start, end);
  }

  private next(): string | undefined {
    this.at = skipBlanks(this.text, this.at);
    return this.text[this.at];
  }

  private skipComma(): void {
    if (this.next() === ',') this.at++;
  }
}
