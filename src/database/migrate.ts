import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { ConfigError } from '../errors/errors.js';
import { createDataSource, SCHEMA } from './data-source.js';
import type { Sql } from './database.js';
import { readSchemaState, type SchemaState } from './pending.js';

export const OLDEST_SERVER = 150_000;
const ASK_EVERY_MILLIS = 100;
const CONNECT_MILLIS = 10_000;
/** Any number that no other program takes for its advisory lock: the letters "hook" and "tide". */
const MIGRATION_LOCK = [0x686f6f6b, 0x74696465];

/** A migration that ran, and what it took. */
export interface Applied {
  name: string;
  millis: number;
}

/** Is told what happens meanwhile. */
export interface MigrationWatcher {
  /** Another process is at it. */
  waiting(): void;
  /** It is committed. */
  applied(migration: Applied): void;
}

const NOBODY: MigrationWatcher = { waiting: () => undefined, applied: () => undefined };

/**
 * Brings the database at `url` to the schema of this build. Processes that start at once wait for one another under
 * an advisory lock, so that each migration runs once.
 * @returns what a newer build has applied beyond it
 * @throws ConfigError when the server is older than Postgres 15
 */
export async function migrate(url: string, watcher = NOBODY): Promise<Pick<SchemaState, 'newer'>> {
  return withClient(url, async (lock) => {
    await refuseOldServer(lock);
    await take(lock, watcher);
    await makeSchema(lock);
    const dataSource = createDataSource(url);
    await dataSource.initialize();
    try {
      const tellLast = tellEach(dataSource, watcher);
      await dataSource.runMigrations({ transaction: 'each' });
      tellLast();
    } finally {
      await dataSource.destroy();
    }
    return readSchemaState(sqlOf(lock));
  });
}

/** What `migrate` would find. */
export async function askSchemaState(url: string): Promise<SchemaState> {
  return withClient(url, async (client) => {
    await refuseOldServer(client);
    return readSchemaState(sqlOf(client));
  });
}

/**
 * The same as `migrate`, where somebody else applies what is missing (`database.migrateAtStart: false`).
 * @throws ConfigError while something is missing
 */
export async function requireMigrated(url: string): Promise<Pick<SchemaState, 'newer'>> {
  const { missing, newer } = await askSchemaState(url);
  if (missing.length === 0) return { newer };
  throw new ConfigError(
    'database.migrateAtStart',
    `database.migrateAtStart is false, and the database lacks ${missing.join(', ')}: run "hooktide migrate" with this build first.`,
  );
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'hooktide migrate',
    connectionTimeoutMillis: CONNECT_MILLIS,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const sqlOf = (client: pg.Client): Sql => ({
  query: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
    (await client.query<Row>(statement, [...parameters])).rows,
});

/**
 * Tells of each once it is committed: when the next one begins, as TypeORM says nothing of its own.
 * @returns tells of the last
 */
function tellEach({ migrations }: DataSource, watcher: MigrationWatcher): () => void {
  let done: Applied | undefined;
  const tell = (): void => {
    if (done) watcher.applied(done);
    done = undefined;
  };
  for (const migration of migrations) {
    const up = migration.up.bind(migration);
    migration.up = async (runner) => {
      tell();
      const began = performance.now();
      await up(runner);
      done = { name: migration.constructor.name, millis: Math.round(performance.now() - began) };
    };
  }
  return tell;
}

/**
 * Asks again and again instead of waiting in one statement: its snapshot would keep the indexes from being built that
 * the holder of the lock builds beside the running queue, for ever.
 */
async function take(lock: pg.Client, watcher: MigrationWatcher): Promise<void> {
  for (let asked = 0; ; asked++) {
    const { rows } = await lock.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS taken',
      MIGRATION_LOCK,
    );
    if (rows[0]?.taken) return;
    if (asked === 0) watcher.waiting();
    await pause(ASK_EVERY_MILLIS);
  }
}

/** `IF NOT EXISTS` would take the right to make one where it is there already. */
async function makeSchema(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `SELECT to_regnamespace('${SCHEMA}') IS NOT NULL AS "isThere"`,
  );
  if (rows[0]?.isThere !== true) await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const version = Number(rows[0]?.server_version_num);
  if (version < OLDEST_SERVER) {
    throw new ConfigError(
      'database.url',
      `database.url: the server is Postgres ${Math.floor(version / 10_000)}, but Hooktide needs 15 or newer.`,
    );
  }
}
