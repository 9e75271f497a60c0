import { statSync, unlinkSync, writeFileSync } from 'node:fs';

/** More than a position with the note to it takes, for some tens of processes. */
const BYTES = 16 * 1024;

/** Room on disk that is set aside for what empties a spool: on a full disk that would otherwise have none. */
export class Reserve {
  constructor(private readonly path: string) {
    this.set();
  }

  /**
   * Does what writes a little, with the room that is set aside where there is no other.
   * @throws Error of the file system, when that isn't enough
   */
  use(write: () => void): void {
    try {
      write();
    } catch {
      this.free();
      write();
    } finally {
      this.set();
    }
  }

  private set(): void {
    try {
      if (statSync(this.path, { throwIfNoEntry: false })?.size === BYTES) return;
      writeFileSync(this.path, Buffer.alloc(BYTES), { mode: 0o600 });
    } catch {
      // The disk is full: next time, perhaps.
    }
  }

  private free(): void {
    try {
      unlinkSync(this.path);
    } catch {
      // There is none.
    }
  }
}
