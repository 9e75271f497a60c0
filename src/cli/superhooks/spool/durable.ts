import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Replaces a file so that after a crash it holds the old text or the new one, whole. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeWhole(fd, Buffer.from(text), 0);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}

/** Has the folder remember the files that were made in it. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes all of it, however little the disk takes at once. */
export function writeWhole(fd: number, bytes: Buffer, atByte: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, atByte + done);
}
