import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { Boot } from '../../sources/supervisord/event.js';

/** USER_HZ of every Linux that Node runs on: the unit of times in /proc. */
const TICKS_A_SECOND = 100;

/**
 * Which run of supervisord this process listens to: its parent is supervisord. Where the start of the parent can't be
 * found out, this moment stands for it: then an event may be told twice after a restart, but none is taken for an old
 * one (in a container supervisord's pid is the same after each start).
 */
export async function readBoot(): Promise<Boot> {
  const startedAtMillis = (await startOf(process.ppid)) ?? Date.now();
  return { host: hostname(), pid: process.ppid, startedAtMillis };
}

/** When a process began, in epoch milliseconds (Linux: ± 10, else ± 1000); null: it isn't there, or nobody says. */
export async function startOf(pid: number): Promise<number | null> {
  try {
    return await readProc(pid);
  } catch {
    return process.platform === 'linux' ? null : await askPs(pid);
  }
}

async function readProc(pid: number): Promise<number> {
  const [stat, system] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/stat', 'utf8')]);
  // The second field is the name in parentheses, which may hold blanks and parentheses; the start is the 22nd.
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const machine = Number(/^btime (\d+)$/m.exec(system)?.[1]);
  const millis = machine * 1000 + (ticks * 1000) / TICKS_A_SECOND;
  if (!Number.isFinite(millis)) throw new Error(`/proc says no start of process ${pid}`);
  return millis;
}

async function askPs(pid: number): Promise<number | null> {
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env });
    return Date.parse(stdout.trim()) || null;
  } catch {
    return null;
  }
}
