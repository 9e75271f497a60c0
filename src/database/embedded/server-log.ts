import { type FileHandle, open, readFile, stat } from 'node:fs/promises';

const LARGEST_BYTES = 10 * 1024 * 1024;
const TAIL_LINES = 15;

/** The file that Postgres itself writes to. */
export class ServerLog {
  private start = 0;

  constructor(readonly file: string) {}

  /** Opens it for one start, anew when it has grown large. */
  async open(): Promise<FileHandle> {
    const { size } = await stat(this.file).catch(() => ({ size: 0 }));
    this.start = size > LARGEST_BYTES ? 0 : size;
    return open(this.file, size > LARGEST_BYTES ? 'w' : 'a', 0o600);
  }

  /** The last lines since `open`. */
  async tail(): Promise<string> {
    const written = (await readFile(this.file)).subarray(this.start).toString('utf8');
    return written.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }
}
