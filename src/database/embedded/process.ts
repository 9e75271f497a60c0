import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ENVIRONMENT } from './account.js';
import { codeOf } from './error-code.js';

const LINUX = process.platform === 'linux';

/** Whether a process of this id exists and isn't a zombie, which a container without an init may keep for ever. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!isTaken(pid)) return false;
  return !LINUX || !/^[ZX]/.test((await status(pid))[0] ?? 'X');
}

/** Whether a signal to this id would find anybody, which is all that Postgres itself asks. */
export function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * When a living process began, in words that no other process with its id ever has: ids are used again, and in
 * containers every Node is number 1.
 */
export async function birthOf(pid: number): Promise<string | undefined> {
  if (!(await isAlive(pid))) return undefined;
  if (!LINUX) return ps('lstart', pid);
  const ticks = (await status(pid))[19];
  return ticks && `${await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((id) => id.trim())}/${ticks}`;
}

/** Whether this process is a Postgres that works in the folder: Postgres makes its data directory its own. */
export async function worksIn(pid: number, folder: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  if (!LINUX) return ((await ps('command', pid)) ?? '').includes(folder);
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder;
}

/** The fields of /proc/<pid>/stat from the state on; the name before may hold blanks and parentheses. */
async function status(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

async function ps(column: string, pid: number): Promise<string | undefined> {
  // Dates in one language and time zone, whoever asks.
  const options = { env: ENVIRONMENT };
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], options).catch(
    () => ({ stdout: '' }),
  );
  return stdout.trim() || undefined;
}
