// A base for the Dockerfile where no image can be pulled: `node scripts/image/base.mjs hooktide-base`, as root on Debian
// with debootstrap. Debian's smallest system, and Node and npm as npm has them, imported into the engine as an image:
//
//   docker build --build-arg BASE_IMAGE=hooktide-base -t hooktide .
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = 'bookworm';
const NODE = '24';
const NPM = '11';
/** Where this machine says nothing of its own. */
const MIRROR = 'http://deb.debian.org/debian';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What no program reads. */
const NEEDLESS = [
  'usr/share/doc',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'var/cache/apt',
  'var/lib/apt/lists',
];

const [tag] = process.argv.slice(2);
if (tag === undefined) {
  console.error('Usage: node scripts/image/base.mjs <tag>');
  process.exit(2);
}

/** Where this machine gets its own packages. */
function mirror() {
  const lists = readdirSync('/etc/apt/sources.list.d', { encoding: 'utf8' }).map((name) => `sources.list.d/${name}`);
  const text = ['sources.list', ...lists.filter((name) => /\.(list|sources)$/.test(name))].map(read).join('\n');
  return /^\s*(?:deb\s.*?|URIs:\s*)(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(text)?.[1] ?? MIRROR;
}

function read(name) {
  try {
    return readFileSync(join('/etc/apt', name), 'utf8');
  } catch {
    return '';
  }
}

function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

/** The platform's package by its own name, for that one needs no install script. */
function addNode(system, folder) {
  const platform = `node-linux-${process.arch}`;
  run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, `${platform}@${NODE}`, `npm@${NPM}`], {
    cwd: folder,
  });
  const [node, npm] = [join(system, 'usr/local/bin/node'), join(system, 'usr/local/lib/node_modules/npm')];
  mkdirSync(join(npm, '..'), { recursive: true });
  cpSync(join(folder, 'node_modules', platform, 'bin/node'), node);
  cpSync(join(folder, 'node_modules/npm'), npm, { recursive: true });
  chmodSync(node, 0o755);
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(system, 'usr/local/bin', name));
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hooktide-base-'));
try {
  const system = join(folder, 'system');
  run('debootstrap', ['--variant=minbase', SUITE, system, mirror()]);
  for (const path of NEEDLESS) rmSync(join(system, path), { recursive: true, force: true });
  addNode(system, folder);
  const tar = `tar -C "$1" -c . | docker import --change 'ENV PATH=${PATH}' --change 'CMD ["node"]' - "$2"`;
  console.log(`base: ${tag} is ${execFileSync('sh', ['-c', tar, 'sh', system, tag], { encoding: 'utf8' }).trim()}`);
} catch (error) {
  console.error(`base: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
