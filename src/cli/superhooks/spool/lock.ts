import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ExitError } from '../../exit-error.js';
import { startOf } from '../boot.js';

/** A listener that was left behind by a supervisord that died still sends what it can: it is waited for. */
const WAIT_MILLIS = 5_000;
const LOOK_EVERY_MILLIS = 50;

/**
 * Makes a folder this process' own. The lock is a link whose target says who holds it, so nobody ever reads half a one;
 * one whose holder has ended counts no more, and a pid that was given to another process since is told by its start.
 * @returns what gives it back
 * @throws ExitError 1 while another process holds it, or something else is in its place
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, 'lock');
  const deadline = performance.now() + WAIT_MILLIS;
  const self = `${process.pid}@${(await startOf(process.pid)) ?? ''}`;
  while (!link(self, path)) {
    const holder = holderOf(path);
    if (holder === null) continue;
    if (!(await isRunning(holder))) remove(path);
    else if (performance.now() > deadline) {
      throw new ExitError(
        1,
        `Process ${holder.split('@')[0]} uses the spool ${folder}: end it, or name another --spool`,
      );
    } else await pause(LOOK_EVERY_MILLIS);
  }
  return () => remove(path);
}

function link(self: string, path: string): boolean {
  try {
    symlinkSync(self, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null; // given back just now
    throw new ExitError(1, `${path} is no lock of a listener: delete it, or name another --spool`);
  }
}

async function isRunning(holder: string): Promise<boolean> {
  const [pid = '', start = ''] = holder.split('@');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const since = await startOf(Number(pid));
  return start === '' || since === null || since === start;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
