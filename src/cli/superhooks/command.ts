import { setTimeout as pause } from 'node:timers/promises';
import type { Boot, SupervisorEvent } from '../../sources/supervisord/event.js';
import { ProtocolError } from '../../sources/supervisord/protocol.js';
import type { Credentials } from '../../sources/supervisord/xml-rpc.js';
import { ExitError } from '../exit-error.js';
import { readBoot } from './boot.js';
import { textOf } from './failure.js';
import { lineOf } from './fields.js';
import { stayLean } from './lean.js';
import { listen } from './listener.js';
import { misuse } from './option-values.js';
import { readOptions, type Options } from './options.js';
import { Exchange } from './send/exchange.js';
import { Sender } from './send/sender.js';
import type { Target } from './send/target.js';
import { WebhookTarget } from './send/webhook.js';
import { lockFolder } from './spool/lock.js';
import { placeSpool } from './spool/place.js';
import { Spool } from './spool/spool.js';
import { keyOf, toStored, type StoredEvent } from './stored-event.js';
import { isOfWanted, isWanted } from './wanted.js';

const MINUTE_MILLIS = 60_000;
/** What waits may still leave in this time when supervisord stops the listener; supervisord kills after 10 s. */
const LAST_CHANCE_MILLIS = 3_000;
/** supervisord waits for the result meanwhile, but goes on with its work. */
const INFO_MILLIS = 800;
const STORE_AGAIN_MILLIS = 1_000;
/** supervisord answers between two turns of its loop, of which one starts this process. */
const POOL_MILLIS = 2_000;
/** All that `stopsignal` may name, but KILL. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** The first line is superhooks'. */
const NOT_A_LISTENER = `Must run as a supervisor event listener
Name it as the command of an [eventlistener:…] section of supervisord.conf, which needs a [unix_http_server] section too`;

/** `hooktide superhooks`: an event listener of supervisord that tells a receiver, or a Hooktide, what happens. */
export async function superhooks(args: string[]): Promise<number> {
  const options = readOptions(args);
  if ('help' in options) {
    process.stdout.write(options.help);
    return options.exitCode;
  }
  const env = process.env;
  const serverUrl = env['SUPERVISOR_SERVER_URL'];
  if (serverUrl === undefined) throw new ExitError(1, NOT_A_LISTENER);
  stayLean();
  options.remarks.forEach(say);
  if (options.target.kind === 'hooktide') await refusePool(serverUrl);

  const exchange = new Exchange(env, options.timeoutMillis, options.target.kind === 'webhook' ? 'new' : 'kept');
  const folder = placeSpool(options.spool, {
    group: env['SUPERVISOR_GROUP_NAME'] ?? '',
    process: env['SUPERVISOR_PROCESS_NAME'] ?? '',
    serverUrl,
    url: options.target.url,
  });
  const unlock = await lockFolder(folder);
  try {
    await run(options, { exchange, folder, serverUrl, boot: await readBoot() });
  } finally {
    unlock();
  }
  return 0;
}

interface Surroundings {
  exchange: Exchange;
  folder: string;
  serverUrl: string;
  boot: Boot;
}

async function run(options: Options, { exchange, folder, serverUrl, boot }: Surroundings): Promise<void> {
  const target = await targetOf(options, exchange);
  const spool = openSpool(folder, options.spoolLimitBytes);
  const flushEveryMillis = options.flush === 'tick60' ? MINUTE_MILLIS : null;
  const sender = new Sender({ spool, target, say, flushEveryMillis });
  const stop = stopSignal();
  // The path of a webhook is often its secret.
  say(`events go to ${options.target.url.origin}; waiting in ${folder}: ${spool.waiting}`);

  const sending = sender.run();
  const store = async (event: SupervisorEvent): Promise<boolean> => {
    const info = options.target.kind === 'hooktide' ? await askFor(event, serverUrl) : null;
    const stored = toStored(event, { boot, receivedAtMillis: Date.now(), info });
    const lost = await append(spool, stored, stop);
    if (lost === null) return false;
    if (lost.length > 0) {
      say(
        `the spool is full: the oldest ${lost.length} events are given up unsent; --spool-limit says how many may wait`,
      );
      spool.keep(target.skip(lost, spool.note));
    }
    return true;
  };
  const handle = async (event: SupervisorEvent): Promise<boolean> => {
    if (event.name === 'TICK_60' && flushEveryMillis !== null) sender.flush();
    const isTold = isWanted(event, options.wanted);
    if ((!isTold && !isFollowed(event, options)) || spool.has(keyOf(event, boot))) return true;
    if (isTold) process.stderr.write(`${lineOf(event)}\n`);
    const isStored = await store(event);
    if (isStored) sender.wake();
    return isStored;
  };
  const listening = { input: process.stdin, output: process.stdout, handle, stop };
  await listen(listening).catch((error: unknown) => {
    throw error instanceof ProtocolError ? new ExitError(1, error.message) : error;
  });

  sender.stop(LAST_CHANCE_MILLIS);
  await sending;
  target.close();
  spool.close();
}

function openSpool(folder: string, limitBytes: number): Spool<StoredEvent> {
  try {
    return new Spool({ folder, limitBytes, say });
  } catch (error) {
    throw new ExitError(1, `The spool ${folder} can't be used: ${textOf(error)}`);
  }
}

/** What only `--to` needs is loaded for it only: this runs beside every supervisord. */
async function targetOf({ target, data, wanted }: Options, exchange: Exchange): Promise<Target> {
  if (target.kind === 'webhook') return new WebhookTarget({ ...target, data }, exchange, say);
  const { HooktideTarget } = await import('./send/hooktide.js');
  return new HooktideTarget({ ...target, data, wanted }, exchange, process.env['HOOKTIDE_TOKEN'], say);
}

/** With `--to`, also what isn't told tells something of what is: when a process was started, that a group is gone. */
function isFollowed(event: SupervisorEvent, { target, wanted }: Options): boolean {
  if (target.kind !== 'hooktide') return false;
  return (
    event.name === 'PROCESS_GROUP_REMOVED' || (event.name.startsWith('PROCESS_STATE_') && isOfWanted(event, wanted))
  );
}

/**
 * supervisord shares a pool's events among its processes: each would see some of what happens to a program, and take it
 * for tasks of its own. Only supervisord knows (a name tells nothing: `process_name` is free); where it doesn't say, one
 * process is assumed.
 * @throws ExitError 2 where there are more
 */
async function refusePool(serverUrl: string): Promise<void> {
  const group = process.env['SUPERVISOR_GROUP_NAME'] ?? '';
  const { countProcesses } = await import('../../sources/supervisord/pool.js');
  const count = await countProcesses({ url: serverUrl, credentials: readCredentials() }, group, POOL_MILLIS);
  if (count !== null && count > 1) {
    throw misuse(
      `--to: [eventlistener:${group}] has numprocs=${count}, and events are shared among them: set numprocs=1`,
    );
  }
}

function readCredentials(): Credentials | null {
  const { SUPERVISOR_USERNAME: username, SUPERVISOR_PASSWORD: password } = process.env;
  return username === undefined || password === undefined ? null : { username, password };
}

async function askFor({ fields }: SupervisorEvent, serverUrl: string) {
  const credentials = readCredentials();
  const name = fields.get('processname');
  if (name === undefined) return null;
  const { readProcessInfo } = await import('../../sources/supervisord/process-info.js');
  return readProcessInfo(serverUrl, credentials, `${fields.get('groupname') ?? name}:${name}`, INFO_MILLIS);
}

/** A disk that takes nothing is tried again until it does: supervisord keeps what comes meanwhile. null: stopped. */
async function append(spool: Spool<StoredEvent>, event: StoredEvent, stop: AbortSignal): Promise<StoredEvent[] | null> {
  for (;;) {
    try {
      return spool.append(event);
    } catch (error) {
      say(`the event can't be stored, and is tried again: ${textOf(error)}`);
    }
    await pause(STORE_AGAIN_MILLIS, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return null;
  }
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop.abort());
  // supervisord has gone: its end of stdin is closed too.
  process.stdout.on('error', () => stop.abort());
  process.stderr.on('error', () => undefined);
  return stop.signal;
}

function say(text: string): void {
  process.stderr.write(`superhooks: ${text}\n`);
}
