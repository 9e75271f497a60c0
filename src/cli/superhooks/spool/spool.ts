import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../failure.js';
import { replaceFile } from './durable.js';
import { countLines, readLines, toLine, type Entry } from './lines.js';
import { RecentKeys } from './recent-keys.js';
import { Reserve } from './reserve.js';
import { Segment } from './segment.js';

/** What a spool holds: records with a key, of which it remembers the latest. */
export interface Keyed {
  key: string;
}

export interface SpoolOptions {
  folder: string;
  limitBytes: number;
  say: (text: string) => void;
}

/** The oldest records that wait, read together. */
export interface Batch<T> {
  records: T[];
  segment: number;
  endByte: number;
}

/** Up to where records are settled, and a note that changes together with that. */
interface Position {
  segment: number;
  byte: number;
  note?: unknown;
}

const LARGEST_SEGMENT_BYTES = 256 * 1024;
/** A full spool loses a segment: so many make it up at least. */
const FEWEST_SEGMENTS = 8;
/** Of the newest segments the keys are read again at the start. */
const SEGMENTS_WITH_RECENT_KEYS = 8;

/**
 * A queue on disk. A record is durable when `append` returns; it waits until it is settled. A folder belongs to one
 * spool: lock it first.
 *
 * Files: `<n>.events`, segments, of which the last one grows; `delivered.json`, the position; `recent.json`, keys of
 * records that are gone; `reserve`, room for the position on a full disk. The end of the last segment may be cut off in a
 * crash: nobody was told that it is stored, so it goes. A segment is deleted as soon as all of it is settled, but for the
 * newest, which goes when its room is needed.
 */
export class Spool<T extends Keyed> {
  readonly #options: SpoolOptions;
  readonly #recent: RecentKeys;
  readonly #reserve: Reserve;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  #position: Position;
  #ahead: Entry[] = [];
  #waiting = 0;

  constructor(options: SpoolOptions) {
    const { folder, limitBytes } = options;
    this.#options = options;
    this.#segmentBytes = Math.min(LARGEST_SEGMENT_BYTES, Math.floor(limitBytes / FEWEST_SEGMENTS));
    this.#recent = new RecentKeys(join(folder, 'recent.json'));
    this.#reserve = new Reserve(join(folder, 'reserve'));
    const position = this.readPosition();
    this.#segments = Segment.list(folder);
    if (this.#segments.length === 0) this.#segments.push(Segment.create(folder, position.segment + 1));
    const isThere = this.#segments.some(({ number }) => number === position.segment);
    this.#position = isThere ? position : { ...position, segment: this.oldest.number, byte: 0 };
    this.recover();
  }

  /** How many records wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** What was given with the records that were settled last; undefined at first. */
  get note(): unknown {
    return this.#position.note;
  }

  /** Whether a record of this key was stored not long ago. */
  has(key: string): boolean {
    return this.#recent.has(key);
  }

  /**
   * Stores a record. What is beyond the limit goes, oldest first.
   * @returns the records that went
   * @throws Error of the file system: then it isn't stored
   */
  append(record: T): T[] {
    const line = toLine(record);
    const lost = this.makeRoom(line.length);
    if (this.newest.bytes >= this.#segmentBytes || !this.newest.isThere) this.beginSegment();
    try {
      this.newest.append(line);
    } catch (error) {
      // What is settled of the newest segment holds the room that a full disk lacks.
      if (this.#waiting > 0 || this.newest.bytes === 0) throw error;
      this.beginSegment();
      this.newest.append(line);
    }
    this.#waiting += 1;
    this.#recent.add(record.key);
    return lost;
  }

  /** The oldest records that wait, `most` at most; null: none does. */
  first(most: number): Batch<T> | null {
    while (this.#ahead.length === 0) if (!this.readAhead()) return null;
    const entries = this.#ahead.slice(0, most);
    const records = entries.map(({ record }) => record as T);
    return { records, segment: this.#position.segment, endByte: entries.at(-1)!.endByte };
  }

  /** They wait no more. After a crash that and the note both count, or neither. */
  settle(batch: Batch<T>, note: unknown): void {
    // Else they went meanwhile, as the spool was full.
    if (batch.segment !== this.#position.segment) return;
    this.#ahead = this.#ahead.filter(({ endByte }) => endByte > batch.endByte);
    this.#waiting -= batch.records.length;
    this.moveTo({ ...this.#position, byte: batch.endByte, note });
    this.deleteSettled();
  }

  /** Keeps a note without settling anything. */
  keep(note: unknown): void {
    this.moveTo({ ...this.#position, note });
  }

  close(): void {
    this.newest.close();
  }

  private get oldest(): Segment {
    return this.#segments[0]!;
  }

  private get newest(): Segment {
    return this.#segments.at(-1)!;
  }

  /** Learns what the segments hold that were there at the start. */
  private recover(): void {
    const { bytes } = this.newest;
    const { endByte } = readLines(this.newest.read(0));
    if (endByte < bytes) {
      this.#options.say(`the last record in ${this.newest.path} was cut off by a crash, before it counted as stored`);
      this.newest.cut(endByte);
    }
    if (this.newest.number === this.#position.segment) this.#position.byte = Math.min(this.#position.byte, endByte);
    this.deleteSettled();
    for (const [index, segment] of this.#segments.entries()) {
      const from = segment.number === this.#position.segment ? this.#position.byte : 0;
      this.#waiting += countLines(segment.read(from));
      if (index < this.#segments.length - SEGMENTS_WITH_RECENT_KEYS) continue;
      for (const { record } of readLines(segment.read(0)).entries) this.#recent.add((record as T).key);
    }
  }

  /** Reads what waits in the oldest segment; false: nothing waits. */
  private readAhead(): boolean {
    this.deleteSettled();
    const { byte } = this.#position;
    if (this.oldest.bytes <= byte) return false;
    const { entries, damaged } = readLines(this.readOldest(), byte);
    if (damaged > 0) this.#options.say(`damaged records in ${this.oldest.path}, left out: ${damaged}`);
    this.#waiting -= damaged;
    this.#ahead = entries;
    if (entries.length === 0) this.#position.byte = this.oldest.bytes;
    return true;
  }

  private readOldest(): Buffer {
    const { byte } = this.#position;
    const bytes = this.oldest.read(byte);
    if (bytes.length > 0 || this.oldest.bytes <= byte) return bytes;
    const waiting = this.#segments.slice(1).reduce((sum, segment) => sum + countLines(segment.read(0)), 0);
    this.#options.say(`events are lost, as somebody has deleted ${this.oldest.path}: ${this.#waiting - waiting}`);
    this.#waiting = waiting;
    return bytes;
  }

  private makeRoom(bytes: number): T[] {
    const lost: T[] = [];
    let total = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (total + bytes > this.#options.limitBytes && this.#segments.length > 1) {
      const { entries } = readLines(this.readOldest());
      lost.push(...entries.map(({ record }) => record as T));
      total -= this.oldest.bytes;
      this.#waiting -= entries.length;
      this.#position.byte = this.oldest.bytes;
      this.deleteSettled();
    }
    return lost;
  }

  private beginSegment(): void {
    const segment = Segment.create(this.#options.folder, this.newest.number + 1);
    // What somebody has deleted is there as long as it is open.
    if (this.newest.isThere) this.newest.close();
    this.#segments.push(segment);
    this.deleteSettled();
  }

  private deleteSettled(): void {
    while (this.#segments.length > 1 && this.isSettled(this.oldest)) {
      const settled = this.#segments.shift();
      this.#ahead = [];
      this.tidy(() => this.#recent.save());
      const { segment } = this.#position;
      if (segment < this.oldest.number) this.moveTo({ ...this.#position, segment: this.oldest.number, byte: 0 });
      this.tidy(() => settled?.remove());
    }
  }

  private isSettled({ number, bytes }: Segment): boolean {
    return number < this.#position.segment || this.#position.byte >= bytes;
  }

  private moveTo(position: Position): void {
    this.#position = position;
    this.tidy(() => this.#reserve.use(() => replaceFile(this.positionPath, JSON.stringify(position))));
  }

  /** A full disk must not stop what empties it: at worst something is sent again after the next start. */
  private tidy(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#options.say(`the spool can't be tidied: ${textOf(error)}`);
    }
  }

  private readPosition(): Position {
    try {
      return JSON.parse(readFileSync(this.positionPath, 'utf8')) as Position;
    } catch {
      return { segment: 0, byte: 0 };
    }
  }

  private get positionPath(): string {
    return join(this.#options.folder, 'delivered.json');
  }
}
