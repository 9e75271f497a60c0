import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watch } from './canary.js';
import { until } from './until.js';

const DIST = process.env['HOOKTIDE_TEST_DIST'] ?? fileURLToPath(new URL('../../dist', import.meta.url));
export const SUPERHOOKS = join(DIST, 'src/cli/superhooks.js');
export const HOOKTIDE = join(DIST, 'src/cli/hooktide.js');

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** What supervisord sets for a listener. */
const SUPERVISORD = {
  SUPERVISOR_ENABLED: '1',
  SUPERVISOR_SERVER_URL: 'unix:///nowhere/supervisor.sock',
  SUPERVISOR_PROCESS_NAME: 'superhooks',
  SUPERVISOR_GROUP_NAME: 'superhooks',
};

/** What a listener writes once an event is stored and it waits for the next. */
export const TAKEN = 'RESULT 2\nOKREADY\n';

/** The CLI as an event listener, with the test at the other end of its pipes, in supervisord's place. */
export interface Listener {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Bytes as they stand. */
  write(bytes: string | Uint8Array): void;
  /** Writes an event as supervisord does, and resolves when the listener has taken it and is ready again. */
  tell(event: Event): Promise<void>;
  /** Resolves when stderr holds the text. */
  says(text: string | RegExp): Promise<void>;
  /** Closes its stdin, and resolves with the exit code. */
  close(): Promise<number | null>;
  /** Sends the signal, and resolves with the exit code; null: the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  ended: Promise<number | null>;
}

export interface Event {
  serial: number;
  name?: string;
  payload?: string;
  server?: string;
  /** By default in code points. */
  length?: number;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

/** A folder for spools, which goes with `killListeners`. */
export function spoolFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hooktide-spool-'));
  folders.push(folder);
  return folder;
}

/** For a listener whose parent is none of this process: to it, another supervisord. */
const PARENTS = {
  'this process': [],
  'a shell': ['/bin/sh', '-c', '"$@"; exit $?', 'sh'],
  /** A write beyond 2 KiB of a file fails, as on a full disk. */
  'a shell that limits files': ['/bin/sh', '-c', 'ulimit -f 4; "$@"; exit $?', 'sh'],
};

/** Starts a listener and resolves when it is ready; rejects when it ends before. */
export async function startListener(
  args: string[],
  env: Record<string, string> = {},
  parent: keyof typeof PARENTS = 'this process',
): Promise<Listener> {
  const command = [...PARENTS[parent], process.execPath, SUPERHOOKS, ...args];
  const child = spawn(command[0] ?? '', command.slice(1), {
    env: { PATH: process.env['PATH'], ...SUPERVISORD, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += watch(String(text), 'what a command prints')));
  child.stderr.on('data', (text) => (stderr += watch(String(text), 'what a command complains of')));
  // One that was killed takes nothing more.
  child.stdin.on('error', () => undefined);
  let isOver = false;
  void ended.then(() => (isOver = true));
  await until(() => stdout !== '' || isOver);
  if (stdout === '') throw new Error(`It ended with ${await ended} before it was ready: ${stderr}`);
  let taken = 0;
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    write: (bytes) => void child.stdin.write(bytes),
    tell: async (event) => {
      child.stdin.write(eventText(event));
      taken += 1;
      const expected = 'READY\n' + TAKEN.repeat(taken);
      await until(() => stdout.length >= expected.length);
      if (stdout !== expected) throw new Error(`This is no answer: ${JSON.stringify(stdout.slice(-60))}`);
    },
    says: async (text) => {
      await until(() => (typeof text === 'string' ? stderr.includes(text) : text.test(stderr)));
    },
    close: () => {
      child.stdin.end();
      return ended;
    },
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** Ends whatever a test left running, and removes its spools. */
export async function killListeners(): Promise<void> {
  const ends = [...running].map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
  for (const folder of folders.splice(0)) {
    // What a shell has started may outlive it by a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Runs a command to its end, with nothing on stdin. */
export async function runCommand(script: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += watch(String(text), 'what a command prints')));
  child.stderr.on('data', (text) => (stderr += watch(String(text), 'what a command complains of')));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

/** `meow`'s unexpected exits differ in their pids: the serial by default. */
export function exitOf(pid: number, process = 'cat:meow'): string {
  const [group = '', name = ''] = process.split(':');
  return `processname:${name} groupname:${group} from_state:RUNNING expected:0 pid:${pid}`;
}

/** An event as supervisord writes it. */
export function eventText({ serial, name = 'PROCESS_STATE_EXITED', server = 'supervisor', ...rest }: Event): string {
  const payload = rest.payload ?? exitOf(serial);
  const length = rest.length ?? Array.from(payload).length;
  return `ver:3.0 server:${server} serial:${serial} pool:p poolserial:${serial} eventname:${name} len:${length}\n${payload}`;
}

/** The pids of the exits that forms tell of, in their order. */
export function pidsIn(requests: ReadonlyArray<{ body: string }>): number[] {
  return requests.map(({ body }) => Number(/pid:(\d+)/.exec(new URLSearchParams(body).get('pheaders_all') ?? '')?.[1]));
}

/** The one spool in a folder of them. */
export function spoolIn(folder: string): string {
  const [name = '', ...others] = readdirSync(folder);
  if (name === '' || others.length > 0) throw new Error(`${folder} holds ${others.length + 1} spools`);
  return join(folder, name);
}

export function segmentsIn(folder: string): string[] {
  const spool = spoolIn(folder);
  const names = readdirSync(spool).filter((name) => name.endsWith('.events'));
  return names.sort().map((name) => join(spool, name));
}

export function readFixture(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, FIXTURES), 'utf8'));
}

/** A dialogue that was recorded between supervisord and a listener. */
export interface Transcript {
  entries: Array<{ dir: 'environment' | 'listener->supervisord' | 'supervisord->listener'; base64?: string }>;
}
