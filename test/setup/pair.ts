import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { run, self, unprivileged, type Account } from '../../src/database/embedded/account.js';
import { databaseUrl } from './server.js';
import { until } from './until.js';

/** A primary and a standby that streams from it, of the Postgres that the system has: the embedded one can't copy itself. */

const ROOT = '/usr/lib/postgresql';
const DATABASE = 'queue';
const STANDBY = 'standby';
/** What was committed has to survive that Postgres is killed, but not that the machine is. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'full_page_writes=off',
  'max_connections=80',
  'wal_keep_size=512MB',
  'log_min_messages=fatal',
];

/** The folder of `initdb`, `pg_ctl`, `pg_basebackup` and `pg_dump`; null: there is none, which is said aloud. */
export const POSTGRES_BIN = findBin();

/** A Postgres of a test's own, with a database of its own. */
export interface Server {
  /** A superuser's. */
  url: string;
  query<Row extends object>(statement: string): Promise<Row[]>;
  start(): Promise<void>;
  /** Ends it at once, as a power cut would: nothing that was not written is. */
  kill(): Promise<void>;
}

export interface Pair {
  primary: Server;
  /** Takes no writes until it is promoted. */
  standby: Server & { promote(): Promise<void> };
  /** The primary answers only after the standby has what was committed (the default); else it doesn't wait for it. */
  beSynchronous(isSynchronous: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** One Postgres; `name` is that of its folder in `home`. */
class Own implements Server {
  readonly url: string;
  private readonly data: string;

  constructor(
    private readonly home: Home,
    private readonly name: string,
    private readonly port: number,
  ) {
    this.data = join(home.folder, name);
    this.url = databaseUrl(`postgres://postgres@127.0.0.1:${port}`, DATABASE);
  }

  async init(): Promise<void> {
    await this.run('initdb', '-D', this.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
    await this.start();
    await query(databaseUrl(this.url, 'postgres'), `CREATE DATABASE ${DATABASE}`);
  }

  /** Makes it a copy of another one, which follows that one. */
  async follow(other: Own): Promise<void> {
    const from = `host=127.0.0.1 port=${other.port} user=postgres application_name=${STANDBY}`;
    await this.run('pg_basebackup', '-d', from, '-D', this.data, '-R', '--checkpoint=fast', '--no-sync');
    await this.start();
  }

  async start(): Promise<void> {
    const settings = [`port=${this.port}`, ...SETTINGS].map((setting) => `-c ${setting}`).join(' ');
    const log = join(this.home.folder, `${this.name}.log`);
    await this.run('pg_ctl', '-D', this.data, '-w', '-l', log, '-o', settings, 'start');
  }

  async kill(): Promise<void> {
    const [pid] = (await readFile(join(this.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (!pid) return;
    // Its children notice that it is gone, and end as well.
    process.kill(Number(pid), 'SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`) || undefined);
    await rm(join(this.data, 'postmaster.pid'), { force: true });
  }

  query<Row extends object>(statement: string): Promise<Row[]> {
    return query<Row>(this.url, statement);
  }

  async promote(): Promise<void> {
    await this.run('pg_ctl', '-D', this.data, '-w', 'promote');
  }

  private run(program: string, ...args: string[]): Promise<void> {
    return run(this.home.account, [join(POSTGRES_BIN ?? '', program), ...args]);
  }
}

/** Where servers live, and as whom. */
interface Home {
  folder: string;
  account: Account;
}

async function makeHome(): Promise<Home> {
  // Postgres refuses root, who runs it as another user.
  const account = process.getuid?.() === 0 ? await unprivileged() : self;
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-pair-'));
  await chmod(folder, 0o755);
  if (account.ids) await chown(folder, account.ids.uid, account.ids.gid);
  return { folder, account };
}

/** Starts both; the primary waits for the standby. */
export async function startPair(): Promise<Pair> {
  const home = await makeHome();
  const primary = new Own(home, 'primary', await freePort());
  const standby = new Own(home, STANDBY, await freePort());
  const stop = async (): Promise<void> => {
    await Promise.all([primary.kill(), standby.kill()]);
    await rm(home.folder, { recursive: true, force: true });
  };
  const beSynchronous = async (isSynchronous: boolean): Promise<void> => {
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${isSynchronous ? STANDBY : ''}'`);
    await primary.query('SELECT pg_reload_conf()');
    const state = isSynchronous ? 'sync' : 'async';
    const asked = `SELECT FROM pg_stat_replication WHERE application_name = '${STANDBY}' AND sync_state = '${state}'`;
    await until(async () => (await primary.query(asked)).length === 1 || undefined);
  };
  try {
    await primary.init();
    await standby.follow(primary);
    await beSynchronous(true);
    return { primary, standby, beSynchronous, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One server, with `CREATE DATABASE` at hand. */
export async function startOwnServer(): Promise<Server & { stop(): Promise<void> }> {
  const home = await makeHome();
  const server = new Own(home, 'server', await freePort());
  const stop = async (): Promise<void> => {
    await server.kill();
    await rm(home.folder, { recursive: true, force: true });
  };
  await server.init().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return Object.assign(server, { stop });
}

/** Dumps a database while it is used, as `pg_dump -Fc`. */
export async function dump(url: string): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-dump-'));
  const path = join(folder, 'queue.dump');
  await run(self, [join(POSTGRES_BIN ?? '', 'pg_dump'), '-Fc', '-f', path, '-d', url]);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Restores a dump into an empty database. */
export async function restore(path: string, url: string): Promise<void> {
  await run(self, [join(POSTGRES_BIN ?? '', 'pg_restore'), '--exit-on-error', '--no-owner', '-d', url, path]);
}

async function query<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function findBin(): string | null {
  const named = process.env['HOOKTIDE_TEST_POSTGRES_BIN'];
  const majors = existsSync(ROOT) ? readdirSync(ROOT).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = named === undefined ? majors.map((major) => join(ROOT, major, 'bin')) : [named];
  const found = folders.find((folder) => existsSync(join(folder, 'pg_basebackup')));
  if (found !== undefined) return found;
  const hint = 'apt-get install postgresql-15, or name its folder of programs in HOOKTIDE_TEST_POSTGRES_BIN';
  if (process.env['CI'] === 'true') throw new Error(`There is no Postgres with pg_basebackup: ${hint}`);
  process.stderr.write(`SKIPPED: the tests with a standby, and with a dump, for there is no pg_basebackup: ${hint}\n`);
  return null;
}
