// An engine of one's own, for root on a Debian whose docker.io is installed but not running: `node scripts/image/engine.mjs
// <folder>`. Its data, its state and its socket lie in that folder, and it neither makes a bridge nor touches the firewall:
// build and run with --network=host. Prints DOCKER_HOST once it answers, and ends at SIGTERM or when its input ends.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The fast one first; the other one copies each layer, and goes where the first is not to be had. */
const DRIVERS = ['overlay2', 'vfs'];
const TRIES = 60;
const PAUSE_MILLIS = 500;

const [name] = process.argv.slice(2);
if (name === undefined) {
  console.error('Usage: node scripts/image/engine.mjs <folder>');
  process.exit(2);
}
const folder = resolve(name);
const host = `unix://${join(folder, 'docker.sock')}`;
const log = join(folder, 'log');
mkdirSync(folder, { recursive: true });

const pause = () => new Promise((fulfil) => setTimeout(fulfil, PAUSE_MILLIS));
const answers = () => spawnSync('docker', ['--host', host, 'info'], { stdio: 'ignore' }).status === 0;

async function start(driver) {
  const at = (...path) => join(folder, driver, ...path);
  const flags = ['--iptables=false', '--ip6tables=false', '--bridge=none', `--storage-driver=${driver}`];
  const places = ['--data-root', at('data'), '--exec-root', at('state'), '--pidfile', at('pid'), '--host', host];
  mkdirSync(at(), { recursive: true });
  const engine = spawn('dockerd', [...flags, ...places], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines = createWriteStream(log, { flags: 'a' });
  for (const stream of [engine.stdout, engine.stderr]) stream.pipe(lines, { end: false });
  const ended = new Promise((fulfil) => engine.on('exit', () => fulfil(true)).on('error', () => fulfil(true)));
  for (let tries = 0; tries < TRIES; tries++) {
    if (answers()) return { engine, ended };
    if (await Promise.race([ended, pause()])) return null;
  }
  engine.kill();
  await ended;
  return null;
}

/**
 * What the kernel holds of a container's network stays mounted, and no folder goes with something mounted in it. The layers
 * are a hundred thousand files, which may take minutes: nobody waits for that.
 */
function clear() {
  const mounted = readFileSync('/proc/mounts', 'utf8').split('\n');
  const inside = mounted.map((line) => line.split(' ')[1]).filter((path) => path?.startsWith(`${folder}/`));
  for (const path of inside.toReversed()) spawnSync('umount', ['--lazy', path]);
  spawn('rm', ['-rf', folder], { detached: true, stdio: 'ignore' }).unref();
}

let running = null;
for (const driver of DRIVERS) running ??= await start(driver);
if (running === null) {
  console.error(`engine: dockerd does not start here: ${readFileSync(log, 'utf8').trim().split('\n').at(-1)}`);
  clear();
  process.exit(1);
}
async function end() {
  running.engine.kill();
  await running.ended;
  clear();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end());
process.stdin.once('end', () => void end()).resume();
console.log(host);
