import { writeSync } from 'node:fs';

/** Where lines go; each ends with a line feed. */
export interface LineStream {
  write(line: string): void;
}

let output: LineStream | undefined;

/** Standard output, shared by all logs of the process. */
export function standardOutput(): LineStream {
  // Once Node has opened its stream, a full pipe refuses instead of making the whole process wait.
  output ??= new Output(process.stdout.fd);
  return output;
}

const WRITE_BYTES = 65_536;
/** What waits for a slow reader, at most; later lines are lost, for logs must not stop deliveries or fill the memory. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const RETRY_MILLIS = 10;
const LAST_CHANCE_MILLIS = 1_000;

/**
 * The lines of one turn of the event loop leave by one write at its end: a quiet service prints at once, a busy one
 * pays one system call for many lines. What a full pipe doesn't take is tried again, at exit for a second. (Node's own
 * stream loses all beyond 64 KiB at exit, and keeps any amount in memory. Measured with lines of 330 bytes into a pipe:
 * 5 µs of CPU a line at one line a turn, 1 µs at twenty.)
 */
export class Output implements LineStream {
  #lines = '';
  #unsent = Buffer.alloc(0);
  #isDue = false;

  /** @param fd an open file, pipe or terminal */
  constructor(private readonly fd: number) {
    process.on('exit', () => this.drain());
  }

  write(line: string): void {
    if (this.#lines.length + this.#unsent.length > MOST_WAITING_BYTES) return;
    this.#lines += line;
    if (this.#lines.length > WRITE_BYTES && this.#unsent.length === 0) this.flush();
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.turnEnds());
  }

  private turnEnds(): void {
    this.flush();
    this.#isDue = this.#unsent.length > 0;
    if (this.#isDue) setTimeout(() => this.turnEnds(), RETRY_MILLIS).unref();
  }

  private flush(): void {
    this.#unsent = Buffer.concat([this.#unsent, Buffer.from(this.#lines)]);
    this.#lines = '';
    try {
      while (this.#unsent.length > 0) this.#unsent = this.#unsent.subarray(writeSync(this.fd, this.#unsent));
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      // Else the reader went away or the disk is full.
      if (!isFull) this.#unsent = Buffer.alloc(0);
    }
  }

  private drain(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const deadline = performance.now() + LAST_CHANCE_MILLIS;
    this.flush();
    while (this.#unsent.length > 0 && performance.now() < deadline) {
      Atomics.wait(pause, 0, 0, RETRY_MILLIS);
      this.flush();
    }
  }
}
