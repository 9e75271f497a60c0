// Hooktide in a process of its own, as `npm start` runs it, and what a client asks of it.
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { broken, end, startNode, stop } from './processes.mjs';

const MAIN = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
const LOOK_AGAIN_MILLIS = 20;
const STARTED = /^.*"event":"service\.started".*$/m;

let started = 0;

/**
 * Starts one with the default config, but for what `settings` says; its log, at info, goes to a file in the folder.
 * It is ended by killing it (`end`), or told to finish and hand its lanes back (`stop`).
 */
export async function startHooktide({ folder, databaseUrl, roles, settings = {} }) {
  const log = join(folder, `hooktide-${++started}.log`);
  const file = openSync(log, 'w');
  const child = startNode('Hooktide', ['--enable-source-maps', MAIN], {
    env: {
      ...withoutConfig(process.env),
      DATABASE_URL: databaseUrl,
      HOOKTIDE_ROLES: roles.join(','),
      HOOKTIDE_SERVER_PORT: '0',
      HOOKTIDE_EGRESS_ALLOW: '127.0.0.1',
      ...settings,
    },
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const url = await Promise.race([urlIn(log), broken]).catch((error) => {
    throw new Error(`${error.message} It wrote:\n${readFileSync(log, 'utf8')}`);
  });
  // A log of a line for each delivery is large.
  const forget = () => rmSync(log, { force: true });
  return { url, pid: child.pid, end: () => end(child).then(forget), stop: () => stop(child).then(forget) };
}

const withoutConfig = (env) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HOOKTIDE_')));

async function urlIn(log) {
  for (;;) {
    const line = STARTED.exec(readFileSync(log, 'utf8'))?.[0];
    if (line) return JSON.parse(line).url;
    await pause(LOOK_AGAIN_MILLIS);
  }
}

/** @param {{ isSigned?: boolean }} options whether deliveries bear a signature: they don't, unless said */
export async function register(url, uris, { isSigned = false } = {}) {
  const options = isSigned ? {} : { secret: null };
  for (const uri of uris) await call(`${url}/api/webhooks`, { type: 'REQUEST', uri, ...options }, 200);
}

/** Returns the ids of the updates, and when the 202 came, which the body follows. */
export const postUpdates = (url, updates, clock) => call(`${url}/api/updates`, updates, 202, clock);

async function call(url, value, wanted, clock = () => undefined) {
  const headers = { 'content-type': 'application/json' };
  const { statusCode, body } = await request(url, { method: 'POST', headers, body: JSON.stringify(value) });
  const at = clock();
  const text = await body.text();
  if (statusCode !== wanted) throw new Error(`POST ${url} was answered with ${statusCode}: ${text}`);
  return { at, ids: JSON.parse(text).ids };
}
