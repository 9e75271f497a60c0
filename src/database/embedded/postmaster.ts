import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ENVIRONMENT } from './account.js';
import { answers } from './answers.js';
import type { Home } from './home.js';
import type { ServerLog } from './server-log.js';
import { isAlive, isTaken, worksIn } from './process.js';
import { type Settings, settingArguments } from './settings.js';

/** A Postgres that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const LOOK_AGAIN_MILLIS = 10;

/** Starts Postgres on a free port. Rejects, with the last lines of its log, when it ends instead. */
export async function startPostmaster(home: Home, settings: Settings, log: ServerLog): Promise<Postmaster> {
  const port = String(await freePort());
  const server = [join(home.bin, 'postgres'), '-D', home.cluster, ...settingArguments({ port, ...settings })];
  const [program = '', ...args] = [...home.account.prefix, ...server];
  const handle = await log.open();
  try {
    const child = spawn(program, args, {
      ...home.account.ids,
      cwd: '/',
      env: ENVIRONMENT,
      stdio: ['ignore', handle.fd, handle.fd],
      // A group of its own: Ctrl-C is for Hooktide, which has deliveries to settle before Postgres may go.
      detached: true,
    });
    await once(child, 'spawn');
    child.unref();
    const started = await whenReady(home.cluster, child.pid ?? 0);
    if (!started) throw new Error(`Postgres did not start. Its log ${log.file} ends:\n${await log.tail()}`);
    return started;
  } finally {
    await handle.close();
  }
}

/** The Postgres that a killed Hooktide left behind, if it still runs; what only looks like one is cleared away. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const { pid } = await readPidFile(cluster);
  if (pid === undefined) return undefined;
  if (await worksIn(pid, await realpath(cluster))) return whenReady(cluster, pid);
  // The id belongs to something else by now, for which Postgres would refuse to start. While nobody has it, Postgres
  // clears the file away itself, and looks for orphaned backends first.
  if (isTaken(pid)) await rm(join(cluster, 'postmaster.pid'), { force: true });
  return undefined;
}

/** Lets running transactions be cut and the data be written; kills without either when that takes too long. */
export async function stopPostmaster(pid: number, patienceMillis = 60_000): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!(await isAlive(pid))) return;
    process.kill(pid, signal);
    const deadline = performance.now() + patienceMillis;
    while ((await isAlive(pid)) && performance.now() < deadline) await pause(LOOK_AGAIN_MILLIS);
  }
}

/** Waits as long as the process lives: recovery after a crash takes its time. Undefined when it ended. */
async function whenReady(cluster: string, pid: number): Promise<Postmaster | undefined> {
  while (await isAlive(pid)) {
    const file = await readPidFile(cluster);
    const { port } = file;
    if (file.pid === pid && port !== undefined && file.status === 'ready' && (await answers(port)))
      return { pid, port };
    await pause(LOOK_AGAIN_MILLIS);
  }
  return undefined;
}

/** Its lines: process id, data directory, start, port, socket folder, address, shared memory, status. */
async function readPidFile(cluster: string): Promise<{ pid?: number; port?: number; status?: string }> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const [pid, port] = [lines[0], lines[3]].map((line) => (line ? Number(line) : undefined));
  return { pid, port, status: lines[7] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
