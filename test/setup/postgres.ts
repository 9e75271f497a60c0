import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { databaseUrl, query } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's, to a database that tests leave alone. */
    adminUrl: string;
    /** A migrated database that nobody is connected to: the one to clone. */
    template: string;
  }
}

/**
 * One Postgres for the whole run: an embedded one in a temporary folder, or the server that
 * `HOOKTIDE_TEST_DATABASE_URL` names, with a superuser's url.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `hooktide_template_${randomUUID().slice(0, 8)}`;
  const drop = () => query(server.url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  try {
    await query(server.url, `CREATE DATABASE ${template} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
    await migrate(databaseUrl(server.url, template));
    // A connection to the template would make every clone fail.
    await query(server.url, `ALTER DATABASE ${template} ALLOW_CONNECTIONS false`);
  } catch (error) {
    await drop();
    await server.stop();
    throw error;
  }
  project.provide('adminUrl', server.url);
  project.provide('template', template);
  return async () => {
    await drop();
    await server.stop();
  };
}

const PREFIX = 'hooktide-test-';
const ROOMY_BYTES = 4 * 1024 ** 3;
const STALE_MILLIS = 60_000;
const log = () => undefined;
// What is lost with the machine's power is of no use to anybody.
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_compression: 'off' };

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env['HOOKTIDE_TEST_DATABASE_URL'];
  if (url) return { url, stop: async () => undefined };
  const parent = await temporaryFolder();
  await sweep(parent);
  const folder = await mkdtemp(join(parent, PREFIX));
  // Where root has to run Postgres as another user, that one must get through.
  await chmod(folder, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: folder, log, settings });
    return { url: postgres.url, stop: () => postgres.stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Memory where there is plenty: a clone is 300 files, which took 15 ms there and 250 ms on a disk. */
async function temporaryFolder(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  return memory && memory.bavail * memory.bsize > ROOMY_BYTES ? '/dev/shm' : tmpdir();
}

/** Ends and removes what killed runs left behind. A run that lives holds its folder; a new one may not have it yet. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    if (!name.startsWith(PREFIX) || (await ageMillis(folder)) < STALE_MILLIS) continue;
    const leftover = await startEmbeddedPostgres({ dataDir: folder, log, settings }).catch(() => undefined);
    if (!leftover) continue;
    await leftover.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function ageMillis(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs;
}
