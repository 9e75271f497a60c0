// The processes that a benchmark starts, and what the system says of them.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Longer than Hooktide's `shutdownTimeoutMillis`. */
const STOP_MILLIS = 25_000;

const running = new Set();
let isOver = false;
let tellOfBreak;
/** Rejects when a process ends that nobody ended. */
export const broken = new Promise((_, reject) => (tellOfBreak = reject));
broken.catch(() => undefined);

export const forkScript = (name, ...args) =>
  start(name, () => fork(fileURLToPath(new URL(name, import.meta.url)), args));

export const startNode = (name, args, options) => start(name, () => spawn(process.execPath, args, options));

function start(name, make) {
  if (isOver) throw new Error(`${name} can't be started any more.`);
  const child = make();
  child.once('exit', (code, signal) => {
    if (running.delete(child)) tellOfBreak(new Error(`${name} ended by itself (${signal ?? code}).`));
  });
  child.ended = once(child, 'exit');
  running.add(child);
  return child;
}

/** Kills it: what it could still write down is no part of any question. */
export async function end(child) {
  running.delete(child);
  child.kill('SIGKILL');
  await child.ended;
}

/** Asks it to end by itself, for as long as that may take. */
export async function stop(child) {
  running.delete(child);
  child.kill('SIGTERM');
  await Promise.race([child.ended, pause(STOP_MILLIS, null, { ref: false })]);
  await end(child);
}

/** Ends them, and lets nobody start another one. */
export async function endAll() {
  isOver = true;
  await Promise.all([...running].map(end));
}

/** How Linux counts CPU time in /proc, on all its platforms. */
const MILLIS_A_TICK = 10;
/** After "pid (name) ": the parent, own time in user and system mode, then that of children that have ended. */
const [PARENT, OWN, OF_ENDED] = [1, 11, 13];

/** CPU time of a process, since it began; undefined: nobody tells, as on macOS. */
export function cpuMillis(pid) {
  const fields = statOf(pid);
  return fields && sum(fields.slice(OWN, OF_ENDED)) * MILLIS_A_TICK;
}

/** The same for a process and its children, those that have ended included. */
export function familyCpuMillis(pid) {
  const fields = statOf(pid);
  if (!fields) return undefined;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat && Number(stat[PARENT]) === pid);
  const ticks = [fields.slice(OWN, OF_ENDED + 2), ...children.map((child) => child.slice(OWN, OF_ENDED))];
  return sum(ticks.flat()) * MILLIS_A_TICK;
}

/** The parent of a process that bears this name; undefined: there is none here. */
export function parentOf(pid, name) {
  return read(`/proc/${pid}/comm`)?.trim() === name ? Number(statOf(pid)[PARENT]) : undefined;
}

export function residentBytes(pid) {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes && Number(kilobytes) * 1024;
}

const statOf = (pid) => read(`/proc/${pid}/stat`)?.split(') ').at(-1).split(' ');
const sum = (texts) => texts.reduce((total, text) => total + Number(text), 0);

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
