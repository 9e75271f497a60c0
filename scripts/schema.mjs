// Keeps migrations/schema.sql equal to what the migrations make of an empty database; with `--check` only compares.
// The dump is Postgres 15's: the oldest that Hooktide runs on, and other versions would write it differently.
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MAJOR = 15;
const EXCERPT_LINES = 60;
const root = fileURLToPath(new URL('..', import.meta.url));
const schemaFile = join(root, 'migrations', 'schema.sql');

/** Runs a program to its end and returns what it wrote. */
function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr ?? ''}`);
}

/** The prefix for programs of Postgres 15: Debian's folder, Homebrew's, or nothing for those on PATH. */
function findPostgres() {
  const folders = [`/usr/lib/postgresql/${MAJOR}/bin/`, `/opt/homebrew/opt/postgresql@${MAJOR}/bin/`, ''];
  return folders.find((bin) => {
    const { stdout } = spawnSync(`${bin}pg_dump`, ['--version'], { encoding: 'utf8' });
    return stdout?.includes(` ${MAJOR}.`) && spawnSync(`${bin}initdb`, ['--version']).status === 0;
  });
}

/** Postgres refuses root: then it is the user "postgres", or "nobody". */
function account() {
  if (process.getuid() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The schema that this checkout's migrations make, from a server that lives only for it. */
async function dump(bin) {
  const folder = mkdtempSync(join(tmpdir(), 'hooktide-schema-'));
  const data = join(folder, 'data');
  const as = { ...account(), cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] };
  try {
    if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
    run(`${bin}initdb`, ['-D', data, '-U', 'hooktide', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], as);
    const port = await freePort();
    const options = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
    startServer(bin, data, options, as);
    try {
      const url = `postgres://hooktide@127.0.0.1:${port}/postgres`;
      const { migrate } = await import(pathToFileURL(builtFile('database/migrate.js')));
      await migrate(url);
      return tidied(run(`${bin}pg_dump`, ['--schema-only', '--no-owner', '--no-privileges', url]));
    } finally {
      run(`${bin}pg_ctl`, ['-D', data, '-w', '-m', 'fast', 'stop'], { ...as, stdio: 'ignore' });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function startServer(bin, data, options, as) {
  const log = `${data}.log`;
  const args = ['-D', data, '-w', '-l', log, '-o', options, 'start'];
  // The server keeps what pg_ctl hands on: with a pipe, this script would wait for its end.
  const { status } = spawnSync(`${bin}pg_ctl`, args, { ...as, stdio: 'ignore' });
  if (status !== 0) throw new Error(`Postgres did not start:\n${readFileSync(log, 'utf8')}`);
}

function builtFile(path) {
  const built = ['dist/src', 'dist'].map((folder) => join(root, folder, path)).find((file) => existsSync(file));
  if (built) return built;
  throw new Error(`The build has no ${path}.`);
}

/** Without what depends on the minor version or the day: versions, settings of the session, restrict keys. */
function tidied(sql) {
  const noise =
    /^(--.*(Dumped|PostgreSQL database dump).*|--|SET .*;|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$/;
  const lines = sql.split('\n').filter((line) => !noise.test(line));
  return `-- What the migrations make of an empty database: written by \`npm run schema\`, not by hand.\n\n${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

function difference(fresh) {
  const { stdout } = spawnSync(
    'diff',
    ['-u', '--label', 'migrations/schema.sql', '--label', 'the migrations', schemaFile, '-'],
    {
      input: fresh,
      encoding: 'utf8',
    },
  );
  return (stdout ?? '').split('\n').slice(0, EXCERPT_LINES).join('\n');
}

const bin = findPostgres();
if (bin === undefined) {
  const inCI = process.env.CI === 'true';
  console.log(`schema: NOT CHECKED: no Postgres ${MAJOR} here. Get it with: apt-get install postgresql-${MAJOR}`);
  process.exit(inCI ? 1 : 0);
}
run(process.execPath, [join(root, 'scripts', 'prepare.mjs'), '--build'], { stdio: 'inherit' });
const fresh = await dump(bin);
const current = existsSync(schemaFile) ? readFileSync(schemaFile, 'utf8') : '';
if (fresh === current) {
  console.log('schema: migrations/schema.sql is what the migrations make.');
} else if (process.argv.includes('--check')) {
  console.log(difference(fresh));
  console.log('schema: migrations/schema.sql is not what the migrations make. Write it anew with: npm run schema');
  process.exitCode = 1;
} else {
  writeFileSync(schemaFile, fresh);
  console.log('schema: wrote migrations/schema.sql.');
}
