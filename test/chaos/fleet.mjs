// The processes of Hooktide, and who starts them anew when they end, as an orchestrator does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { now } from './clock.mjs';
import { until } from './until.mjs';

const PRELOAD = new URL('preload.mjs', import.meta.url).href;
const AUTHORITY = fileURLToPath(new URL('certificates/authority.pem', import.meta.url));
export const LEASE_MILLIS = 5_000;
const SHUTDOWN_MILLIS = 4_000;
const START_AGAIN_MILLIS = 300;
const START_MILLIS = 90_000;
const TAIL_LINES = 12;

/** All that run, of whatever round. */
const running = new Set();

/** For a run that is cut off. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

/** Short waits, so that a run sees many of each; limits of age and number are off, so that nothing is dropped by them. */
const SETTINGS = {
  SERVER_PORT: '0',
  EGRESS_ALLOW: '127.0.0.0/8',
  LOG_FORMAT: 'json',
  LEASE_MILLIS: String(LEASE_MILLIS),
  CHECK_WEBHOOKS_EVERY_MILLIS: '500',
  SHUTDOWN_TIMEOUT_MILLIS: String(SHUTDOWN_MILLIS),
  MAX_QUEUED_UPDATES_PER_WEBHOOK: '0',
  DELETE_UNDELIVERABLE_WEBHOOKS_AFTER_HOURS: '0',
  HTTP_CONNECT_TIMEOUT_MILLIS: '1000',
  HTTP_TOTAL_TIMEOUT_MILLIS: '2000',
  DATABASE_MAX_CONNECTIONS: '5',
};

/**
 * @typedef {object} Member
 * @property {string} name of this place; its processes are `name#1`, `name#2`, …
 * @property {string[]} roles
 * @property {string} build the folder with its dist/
 * @property {object | null} run the process now in this place: `id`, `address`, `child`, `url` once it serves
 */

export class Fleet {
  /** @type {Member[]} */
  members = [];
  /** What a process did that nobody made it do. */
  surprises = [];
  #started = 0;
  #told = {};

  /** @param {{ folder: string, databaseUrl: string, settings: object, trace: object }} options */
  constructor(options) {
    this.options = options;
  }

  /** The processes that take requests, as far as is known. */
  get apis() {
    return this.members.flatMap(({ roles, run }) => (roles.includes('api') && run?.url ? [run.url] : []));
  }

  /** Starts a process in a new place, and resolves when it serves. */
  async add(name, roles, build, settings = {}) {
    const member = { name, roles, build, settings, run: null, isWanted: true, pauseMillis: START_AGAIN_MILLIS };
    this.members.push(member);
    this.#start(member);
    await this.serving(member);
    return member;
  }

  serving(member) {
    return until(() => member.run?.url, START_MILLIS, `${member.name} does not serve`);
  }

  /** Ends it by SIGKILL; it is started again after `pauseMillis`. */
  async kill(member, pauseMillis = START_AGAIN_MILLIS) {
    const { run } = member;
    if (!run) return;
    member.pauseMillis = pauseMillis;
    run.isExpected = true;
    this.#happened('killed', run.id, now(), now());
    run.child.kill('SIGKILL');
    await run.ended;
  }

  /** Ends it by SIGTERM. It has to finish what is in flight: only one that took all its time explains a duplicate. */
  async terminate(member) {
    const { run } = member;
    if (!run) return;
    run.isExpected = true;
    const from = now();
    run.child.kill('SIGTERM');
    const gaveUp = setTimeout(() => run.child.kill('SIGKILL'), SHUTDOWN_MILLIS * 5);
    await run.ended;
    clearTimeout(gaveUp);
    if (now() - from > SHUTDOWN_MILLIS * 0.8) this.#happened('terminated late', run.id, from, now());
  }

  /** Stops it where it stands; answers with what lets it go on. */
  stop(member) {
    const { run } = member;
    if (!run) return () => undefined;
    const event = this.#happened('stopped', run.id, now(), null);
    run.child.kill('SIGSTOP');
    return () => {
      run.child.kill('SIGCONT');
      event.to = now();
    };
  }

  /** Says something to all processes, and to those that come: see `preload.mjs`. */
  tell(something) {
    Object.assign(this.#told, something);
    for (const { run } of this.members) if (run?.child.connected) run.child.send(something, () => undefined);
  }

  async end() {
    for (const member of this.members) member.isWanted = false;
    await Promise.all(
      this.members.map(async ({ run }) => {
        if (!run) return;
        run.isExpected = true;
        run.child.kill('SIGKILL');
        await run.ended;
      }),
    );
  }

  #start(member) {
    const number = (this.#started += 1);
    const id = `${member.name}#${number}`;
    const address = `127.10.${number >> 8}.${number & 255}`;
    const given = { ...SETTINGS, ROLES: member.roles.join(), ...this.options.settings, ...member.settings };
    const env = Object.fromEntries(Object.entries(given).map(([key, value]) => [`HOOKTIDE_${key}`, value]));
    const child = spawn(process.execPath, ['--import', PRELOAD, join(member.build, 'dist/src/main.js')], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: this.options.databaseUrl,
        NODE_EXTRA_CA_CERTS: AUTHORITY,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        CHAOS_ADDRESS: address,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const run = {
      id,
      address,
      child,
      url: null,
      isExpected: false,
      tail: [],
      startedAt: now(),
      ended: once(child, 'exit'),
    };
    member.run = run;
    running.add(child);
    this.options.trace.processes.set(address, id);
    child.send(this.#told, () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#read(run, line));
    }
    child.once('exit', (code, signal) => this.#ended(member, run, signal ?? code));
  }

  #ended(member, run, how) {
    running.delete(run.child);
    if (!run.isExpected) {
      const what = run.url ? 'ended by itself' : 'ended before it served';
      this.surprises.push({
        id: run.id,
        what,
        how,
        startedAt: run.startedAt,
        at: now(),
        hasServed: run.url !== null,
        tail: run.tail,
      });
      this.#happened(what, run.id, now(), now());
    }
    member.run = null;
    setTimeout(() => member.isWanted && this.#start(member), member.pauseMillis);
    member.pauseMillis = START_AGAIN_MILLIS;
  }

  #read(run, line) {
    appendFileSync(join(this.options.folder, `${run.id.replace('#', '-')}.log`), `${line}\n`);
    run.tail = [...run.tail.slice(1 - TAIL_LINES), line];
    if (line.includes('"service.started"')) run.url = JSON.parse(line).url;
    else if (line.includes('"lane.lost"'))
      this.#happened('lease lost', run.id, now() - LEASE_MILLIS, now(), this.#targetOf(JSON.parse(line).webhookId));
    else if (line.includes('"delivery.attempted"') && !line.includes('"reason":"delivered"')) this.#failed(line);
  }

  #failed(line) {
    const { updateId, webhookId, reason } = JSON.parse(line);
    this.options.trace.failures.push({ updateId, target: this.#targetOf(webhookId), reason, at: now() });
  }

  /** Lanes of direct messages bear the origin of their place. */
  #targetOf(webhookId) {
    return this.options.trace.places.get(webhookId) ?? webhookId;
  }

  #happened(kind, process, from, to, target = null) {
    const event = { kind, process, target, from, to };
    this.options.trace.events.push(event);
    return event;
  }
}
