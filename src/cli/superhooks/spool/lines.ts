import { crc32 } from 'node:zlib';

/** One record of a segment, and where it ends in its file. */
export interface Entry {
  record: unknown;
  endByte: number;
}

export interface ReadLines {
  entries: Entry[];
  /** Records that can't be read, whole lines: the disk has changed them. */
  damaged: number;
  /** Where the last whole line ends; what follows was cut off while it was written. */
  endByte: number;
}

const LINE_FEED = 0x0a;
const SUM_DIGITS = 8;

/** A record as it stands in a segment: a line of a checksum, a blank and JSON. */
export function toLine(record: unknown): Buffer {
  const json = JSON.stringify(record);
  return Buffer.from(`${sumOf(json)} ${json}\n`);
}

/** Reads the records of a segment, or of its rest that begins at `fromByte`. */
export function readLines(bytes: Buffer, fromByte = 0): ReadLines {
  const entries: Entry[] = [];
  let damaged = 0;
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    const record = readLine(bytes.toString('utf8', start, end));
    start = end + 1;
    if (record === undefined) damaged += 1;
    else entries.push({ record, endByte: fromByte + start });
  }
  return { entries, damaged, endByte: fromByte + start };
}

function readLine(line: string): unknown {
  const json = line.slice(SUM_DIGITS + 1);
  if (line.slice(0, SUM_DIGITS + 1) !== `${sumOf(json)} `) return undefined;
  return JSON.parse(json) as unknown;
}

function sumOf(json: string): string {
  return crc32(json).toString(16).padStart(SUM_DIGITS, '0');
}

export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, end + 1)) count += 1;
  return count;
}
