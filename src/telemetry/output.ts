import { pino } from 'pino';

/** Where lines go; each ends with a line feed. */
export interface LineStream {
  write(line: string): void;
}

/** Lines wait for the reader up to this; then they are lost, not the memory. */
const MOST_BUFFERED_BYTES = 4 * 1024 * 1024;

let output: LineStream | undefined;

/**
 * Standard output. The lines of one turn of the event loop leave by one write at its end: a quiet service prints at
 * once, a busy one pays one system call for many lines, and nothing is left behind at exit. (Measured at 250 bytes a
 * line into a pipe: 4 µs of CPU a line, 6 µs with a write for each, 7 µs with asynchronous writes.)
 */
export function standardOutput(): LineStream {
  output ??= openOutput(1);
  return output;
}

/** @param fd an open file, pipe or terminal */
export function openOutput(fd: number): LineStream {
  const file = pino.destination({ dest: fd, sync: true, minLength: 16_000, maxLength: MOST_BUFFERED_BYTES });
  let isFlushing = false;
  const flush = (): void => {
    isFlushing = false;
    try {
      file.flushSync();
    } catch {
      // A reader that went away or a full disk must not stop deliveries.
    }
  };
  file.on('error', () => {});
  process.on('exit', flush);
  return {
    write(line) {
      file.write(line);
      if (isFlushing) return;
      isFlushing = true;
      setImmediate(flush);
    },
  };
}
