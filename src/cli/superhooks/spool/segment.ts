import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeWhole } from './durable.js';

const NAME = /^(\d{8})\.events$/;

/** A file of a spool: lines (lines.ts), of which only the last segment gets more. */
export class Segment {
  #fd: number | null = null;

  private constructor(
    private readonly folder: string,
    readonly number: number,
    /** Up to where it counts. */
    public bytes: number,
  ) {}

  /** Those of a folder, oldest first. */
  static list(folder: string): Segment[] {
    const numbers = readdirSync(folder).flatMap((name) => NAME.exec(name)?.slice(1) ?? []);
    const segments = numbers.map((number) => new Segment(folder, Number(number), 0));
    for (const segment of segments) segment.bytes = statSync(segment.path).size;
    return segments.sort((a, b) => a.number - b.number);
  }

  static create(folder: string, number: number): Segment {
    const segment = new Segment(folder, number, 0);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    segment.#fd = openSync(segment.path, 'w+', 0o600);
    syncFolder(folder);
    return segment;
  }

  get path(): string {
    return join(this.folder, `${String(this.number).padStart(8, '0')}.events`);
  }

  /** Somebody may have deleted it. What is open can still be read. */
  get isThere(): boolean {
    return existsSync(this.path);
  }

  /** Nothing, where it is deleted. */
  read(fromByte: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, this.bytes - fromByte));
    if (this.#fd === null && !this.isThere) return Buffer.alloc(0);
    const fd = this.#fd ?? openSync(this.path, 'r');
    try {
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, fromByte));
    } finally {
      if (fd !== this.#fd) closeSync(fd);
    }
  }

  /** The line is durable on return. On an error of the file system it counts as never written. */
  append(line: Buffer): void {
    try {
      this.#fd ??= openSync(this.path, 'r+');
      writeWhole(this.#fd, line, this.bytes);
      fdatasyncSync(this.#fd);
    } catch (error) {
      // What was written of it is written over, or cut off after a crash.
      this.close();
      throw error;
    }
    this.bytes += line.length;
  }

  /** Forgets what stands behind `bytes`. */
  cut(bytes: number): void {
    this.#fd ??= openSync(this.path, 'r+');
    ftruncateSync(this.#fd, bytes);
    this.bytes = bytes;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }
}
