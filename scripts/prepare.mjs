// Makes a checkout ready: `npm ci` when the lock file says something new, and with `--build` a build when the sources
// do. Runs before `npm start` and `npm test`, so it has to be quick when there is nothing to do, and plain Node.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const LOOK_AGAIN_MILLIS = 200;

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...path) => join(root, ...path);
const read = (...path) => {
  try {
    return readFileSync(at(...path), 'utf8');
  } catch {
    return undefined;
  }
};
const say = (message) => console.log(`prepare: ${message}`);
const hash = (...texts) =>
  texts.reduce((sum, text) => sum.update(`${text.length}:`).update(text), createHash('sha256')).digest('hex');

const INSTALLED = ['node_modules', '.hooktide-lock'];
const BUILT = ['dist', '.stamp'];
const lockFile = read('package-lock.json') ?? '';
const installHash = hash(lockFile, process.versions.node.split('.')[0], process.platform, process.arch);

/** Whether node_modules holds what package-lock.json asks for. Also true after an `npm ci` by hand. */
function isInstalled() {
  const stamp = read(...INSTALLED);
  if (stamp !== undefined) return stamp === installHash;
  if (!matchesHiddenLock()) return false;
  writeFileSync(at(...INSTALLED), installHash);
  return true;
}

/** npm writes the hidden lock file last, so a cut-off installation has none. Optional packages may be missing. */
function matchesHiddenLock() {
  const hidden = JSON.parse(read('node_modules', '.package-lock.json') ?? '{}').packages;
  if (!hidden) return false;
  return Object.entries(JSON.parse(lockFile).packages).every(([path, wanted]) => {
    const found = hidden[path];
    if (path === '' || (!found && (wanted.optional || wanted.devOptional))) return true;
    return found?.version === wanted.version && found?.integrity === wanted.integrity;
  });
}

function sourceHash() {
  const folders = ['src', 'migrations'].flatMap((folder) =>
    readdirSync(at(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length)),
  );
  const configs = readdirSync(root).filter((name) => /^tsconfig.*\.json$/.test(name));
  const files = [...folders, ...configs].sort((a, b) => (a < b ? -1 : 1));
  return hash(lockFile, ...files.flatMap((file) => [file, readFileSync(at(file))]));
}

function npm(...args) {
  const cli = process.env.npm_execpath;
  const [program, first] = cli && basename(cli) === 'npm-cli.js' ? [process.execPath, [cli]] : ['npm', []];
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ', see above'}.`);
}

/** Two at once would pull node_modules from under each other: the second waits, and then finds nothing to do. */
function withLock(work) {
  const lock = at('.hooktide', 'prepare.lock');
  mkdirSync(at('.hooktide'), { recursive: true });
  for (let waiting = false; !acquire(lock); waiting = true) {
    if (!waiting) say(`waiting for process ${holderOf(lock)}, which is at it.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MILLIS);
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A link comes into being together with its target, the process id: nobody ever reads half a lock. */
function acquire(lock) {
  try {
    symlinkSync(String(process.pid), lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isAlive(holderOf(lock))) rmSync(lock, { force: true });
  return false;
}

function holderOf(lock) {
  try {
    return Number(readlinkSync(lock));
  } catch {
    return process.pid; // released just now
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const install = {
  isDone: isInstalled,
  run() {
    say(`${read(...INSTALLED) ? 'package-lock.json or Node changed' : 'packages are missing'}: npm ci.`);
    // Also where NODE_ENV is "production": the compiler is among them.
    npm('ci', '--include=dev');
    writeFileSync(at(...INSTALLED), installHash);
  },
};

const build = {
  isDone: () => read(...BUILT) === sourceHash(),
  run() {
    say(`${read(...BUILT) ? 'sources changed' : 'not built yet'}: npm run build.`);
    rmSync(at('dist'), { recursive: true, force: true });
    const sources = sourceHash();
    npm('run', '--silent', 'build');
    writeFileSync(at(...BUILT), sources);
  },
};

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  say(`Hooktide needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.version}: https://nodejs.org/`);
  process.exit(1);
}
const steps = process.argv.includes('--build') ? [install, build] : [install];
try {
  if (!steps.every((step) => step.isDone())) {
    withLock(() => {
      for (const step of steps) if (!step.isDone()) step.run();
    });
  }
} catch (error) {
  say(error.message);
  process.exit(1);
}
