import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callRpc, readStruct } from '../../src/sources/supervisord/xml-rpc.js';
import { findProgram } from './program.js';
import { until } from './until.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/hooktide.js', import.meta.url));
const RECORDER = fileURLToPath(new URL('./supervisor-recorder.mjs', import.meta.url));

/**
 * The supervisord that tests run, or null where there is none: the one that `HOOKTIDE_TEST_SUPERVISORD` names, else that
 * of the PATH. In CI there must be one.
 */
export const SUPERVISORD = findProgram({
  name: 'supervisord',
  variable: 'HOOKTIDE_TEST_SUPERVISORD',
  hint: "install Debian's package supervisor, or `pip install supervisor` and name it in HOOKTIDE_TEST_SUPERVISORD",
});

/** An event as supervisord sent it to a listener that only writes down what it gets. */
export interface Recorded {
  /** The header's tokens. */
  header: Record<string, string>;
  payload: string;
}

/** A supervisord in a process of its own, with its socket, its log and what its listeners keep in a folder of its own. */
export interface Supervisord {
  folder: string;
  identifier: string;
  /** `unix://…` */
  url: string;
  /** Starts or stops a process, `group:name`, without waiting until it has. */
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** The members of `supervisor.getProcessInfo`. */
  info(name: string): Promise<ReadonlyMap<string, string>>;
  /** What a recorder got so far, in order. */
  recorded(name?: string): Promise<Recorded[]>;
}

interface Options {
  /** Sections of the config beside those that every supervisord has; `{folder}` stands for its folder. */
  sections: string[];
  identifier?: string;
}

interface Running {
  folder: string;
  /** Any call. */
  wake: () => Promise<unknown>;
}

const running = new Map<ChildProcess, Running>();

export async function startSupervisord({ sections, identifier = 'supervisor' }: Options): Promise<Supervisord> {
  if (SUPERVISORD === null) throw new Error('There is no supervisord');
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-sv-'));
  const conf = [HEAD.replace('{identifier}', identifier), ...sections].join('\n\n').replaceAll('{folder}', folder);
  await writeFile(join(folder, 'supervisord.conf'), conf);
  const child = spawn(SUPERVISORD, ['--nodaemon', '-c', join(folder, 'supervisord.conf')], {
    stdio: 'ignore',
    cwd: folder,
  });
  const log = () => readFile(join(folder, 'supervisord.log'), 'utf8').catch(() => '');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`supervisord ended with ${String(code)}`);
  });
  ended.catch(() => undefined);

  const url = `unix://${join(folder, 'supervisor.sock')}`;
  const call = (method: string, ...params: (string | number)[]) =>
    callRpc({ url, credentials: null }, `supervisor.${method}`, params, AbortSignal.timeout(10_000));
  running.set(child, { folder, wake: () => call('getState') });
  await Promise.race([ended, until(() => call('getState').catch(() => false))]).catch(async (error: unknown) => {
    throw new Error(`supervisord does not serve: ${await log()}`, { cause: error });
  });
  const order = async (method: string, name: string) => {
    const answer = await call(method, name, 0);
    // SPAWN_ERROR: it was spawned, and has failed before the call was answered.
    if (answer.includes('<fault>') && !answer.includes('SPAWN_ERROR')) throw new Error(`${method} ${name}: ${answer}`);
  };
  return {
    folder,
    identifier,
    url,
    start: (name) => order('startProcess', name),
    stop: (name) => order('stopProcess', name),
    info: async (name) => readStruct(await call('getProcessInfo', name)) ?? new Map<string, string>(),
    recorded: async (name = 'recorder') =>
      (await linesIn(join(folder, name))).map((line) => JSON.parse(line) as Recorded),
  };
}

/**
 * Stops whatever a test left running, and removes its folder. supervisord stops one group with each turn of its loop,
 * which takes a second when nothing happens: it is called until it has ended.
 */
export async function stopSupervisords(): Promise<void> {
  await Promise.all(
    [...running].map(async ([child, { folder, wake }]) => {
      const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
      child.kill('SIGTERM');
      await until(async () => {
        await wake().catch(() => undefined);
        return hasEnded();
      });
      await rm(folder, { recursive: true, force: true });
    }),
  );
  running.clear();
}

const HEAD = `[supervisord]
identifier={identifier}
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[unix_http_server]
file={folder}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface`;

/** A program for `sh`, started by hand; `options` are keys of its section. */
export function program(name: string, script: string, options: Record<string, string | number> = {}): string {
  const command = `sh -c ${quoted(script)}`;
  return section(`program:${name}`, { command, autostart: 'false', autorestart: 'false', startsecs: 0, ...options });
}

interface ListenerOptions {
  name?: string;
  options?: Record<string, string | number>;
}

/** A listener that runs Hooktide's CLI as `superhooks`, with its spool in the folder. */
export function superhooks(args: string[], { name = 'superhooks', options = {} }: ListenerOptions = {}): string {
  const command = [process.execPath, CLI, 'superhooks', ...args, '--spool', `{folder}/${name}`];
  return listener(name, command, { events: 'PROCESS_STATE,TICK_60', ...options });
}

/**
 * A listener that writes down each event and answers OK, but for the first `misdeeds` of PROCESS_STATE, which it answers
 * with FAIL, or dies of.
 */
export function recorder(
  { name = 'recorder', options = {} }: ListenerOptions = {},
  manner: 'OK' | 'FAIL' | 'DIE' = 'OK',
  misdeeds = 0,
): string {
  const command = [process.execPath, RECORDER, `{folder}/${name}`, manner, String(misdeeds)];
  return listener(name, command, { events: 'EVENT', priority: -2, ...options });
}

function listener(name: string, command: string[], options: Record<string, string | number>): string {
  return section(`eventlistener:${name}`, {
    command: command.map(quoted).join(' '),
    buffer_size: 1000,
    startsecs: 0,
    autorestart: 'true',
    stderr_logfile: `{folder}/${name}.err`,
    ...options,
  });
}

function section(name: string, options: Record<string, string | number>): string {
  return [`[${name}]`, ...Object.entries(options).map(([key, value]) => `${key}=${value}`)].join('\n');
}

/** For supervisord's shlex; `%` begins an expansion in its config. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

async function linesIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
}
