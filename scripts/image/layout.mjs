// Lays the image's files out in a folder, where there is no engine to build it: node scripts/image/layout.mjs <folder>.
// It does the COPY and RUN steps of the Dockerfile, with the Node and npm of this machine in the place of the base, so
// that the two can't drift. Prints, as JSON, where what lies and how the image would be run.
//
// With --compiler the stage that compiles takes the packages of this checkout, in the place of installing them once more.
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readRun, readStages } from './dockerfile.mjs';

const TARGET = 'service';
/** Installs what compiles; nothing of it gets into the image. */
const COMPILER = { stage: 'build', installs: 'npm ci --omit=optional --ignore-scripts' };
const source = fileURLToPath(new URL('../..', import.meta.url));

const { values, positionals } = parseArgs({ options: { compiler: { type: 'boolean' } }, allowPositionals: true });
const [folder] = positionals;
if (folder === undefined) {
  console.error('Usage: node scripts/image/layout.mjs [--compiler] <folder>');
  process.exit(2);
}
const stages = readStages(join(source, 'Dockerfile'));
const rootOf = (stage) => join(resolve(folder), stage);

/** Each stage once, those that it copies from before it. Those that don't wait for each other go at once. */
const done = new Map();
function layOut(stage) {
  if (!done.has(stage)) done.set(stage, doSteps(stage));
  return done.get(stage);
}

async function doSteps(stage) {
  const steps = stages.get(stage);
  if (steps === undefined) throw new Error(`The Dockerfile has no stage ${stage}.`);
  const { workdir } = readRun([{ name: 'CMD', text: '[]' }, ...steps]);
  const here = join(rootOf(stage), workdir);
  await mkdir(here, { recursive: true });
  await Promise.all(steps.flatMap(({ flags }) => (flags.from ? [layOut(flags.from)] : [])));
  for (const step of steps) {
    if (step.name === 'COPY') await copy(step, here);
    if (step.name === 'RUN' && isThere(stage, step))
      await symlink(join(source, 'node_modules'), join(here, 'node_modules'));
    else if (step.name === 'RUN') await run(step.text, here);
  }
}

const isThere = (stage, { text }) => values.compiler && stage === COMPILER.stage && text === COMPILER.installs;

async function copy({ flags, text }, here) {
  const names = text.split(/\s+/);
  const target = join(here, names.pop());
  for (const name of names) {
    if (flags.from === undefined) await checkIsInContext(name);
    const from = join(flags.from === undefined ? source : rootOf(flags.from), name);
    // Docker copies what is in a folder, and a file into a folder that ends with a slash.
    const isInto = text.endsWith('/') && !(await stat(from)).isDirectory();
    const to = isInto ? join(target, basename(name)) : target;
    await cp(from, to, { recursive: true, verbatimSymlinks: true });
    if (flags.chmod !== undefined) await chmod(to, Number.parseInt(flags.chmod, 8));
  }
}

/** An engine would not find what .dockerignore keeps away, so this must not either. */
async function checkIsInContext(name) {
  const lines = (await readFile(join(source, '.dockerignore'), 'utf8')).split('\n');
  const isThere = lines.some((line) => line.startsWith('!') && `${name}/`.startsWith(`${line.slice(1)}/`));
  if (!isThere) throw new Error(`COPY ${name}: .dockerignore keeps it away.`);
}

function run(command, cwd) {
  // It would change this machine.
  if (/(^|[\s=])\//.test(command)) throw new Error(`RUN ${command}: layout.mjs runs nothing with absolute paths.`);
  return new Promise((fulfil, reject) => {
    const env = { ...process.env, npm_config_prefer_offline: 'true' };
    const child = spawn('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    child.on('close', (code) =>
      code === 0 ? fulfil() : reject(new Error(`RUN ${command} ended with ${code}:\n${said}`)),
    );
  });
}

/** The base has Node in a place that everybody may read; that of this machine may lie in somebody's home. */
async function addNode(root) {
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'), constants.COPYFILE_FICLONE);
}

try {
  await layOut(TARGET);
  const root = rootOf(TARGET);
  await addNode(root);
  const { workdir, env, ...how } = readRun(stages.get(TARGET));
  const there = (text) => text.replaceAll(workdir, join(root, workdir));
  const path = `${join(root, 'usr/local/bin')}:/usr/local/bin:/usr/bin:/bin`;
  const variables = Object.entries(env).map(([name, value]) => [name, there(value).replace('$PATH', path)]);
  console.log(
    JSON.stringify({
      root,
      workdir: join(root, workdir),
      user: how.user,
      env: Object.fromEntries(variables),
      command: how.command.map(there),
      healthcheck: how.healthcheck.map(there),
    }),
  );
} catch (error) {
  console.error(`layout: ${error.message}`);
  process.exit(1);
}
