import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { Boot } from '../../sources/supervisord/event.js';

/** Of the machine's boot id: tells one boot from the next. */
const BOOT_DIGITS = 8;

/**
 * Which run of supervisord this process listens to: its parent is supervisord. Where the start of the parent can't be
 * found out, this moment stands for it: then an event may be told twice after a restart, but none is taken for an old
 * one (in a container supervisord's pid is the same after each start).
 */
export async function readBoot(): Promise<Boot> {
  const run = (await startOf(process.ppid)) ?? String(Date.now());
  return { host: hostname(), pid: process.ppid, run };
}

/**
 * When a process began, in words that stay the same when the clock is set: they can only be compared. null: it isn't
 * there, or nobody says.
 */
export async function startOf(pid: number): Promise<string | null> {
  try {
    return await readProc(pid);
  } catch {
    return process.platform === 'linux' ? null : await askPs(pid);
  }
}

/** `8d5fb4a2.40723`: the boot of the machine, and ticks since then; no time of day, which Linux reckons by its clock. */
async function readProc(pid: number): Promise<string> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    // Some sandboxes have none.
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  // The second field is the name in parentheses, which may hold blanks and parentheses; the start is the 22nd.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (ticks === undefined || !/^\d+$/.test(ticks)) throw new Error(`/proc says no start of process ${pid}`);
  return `${boot.slice(0, BOOT_DIGITS)}.${ticks}`;
}

async function askPs(pid: number): Promise<string | null> {
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env });
    const millis = Date.parse(stdout.trim());
    return Number.isNaN(millis) ? null : String(millis);
  } catch {
    return null;
  }
}
