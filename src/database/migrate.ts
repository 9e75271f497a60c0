import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from '../errors/errors.js';
import { createDataSource, SCHEMA } from './data-source.js';

const OLDEST_SERVER = 150_000;
const ASK_EVERY_MILLIS = 100;
const CONNECT_MILLIS = 10_000;
/** Any number that no other program takes for its advisory lock: the letters "hook" and "tide". */
const MIGRATION_LOCK = [0x686f6f6b, 0x74696465];

/**
 * Brings the database at `url` to the schema of this build. Processes that start at once wait for one another under
 * an advisory lock, so that each migration runs once.
 * @throws ConfigError when the server is older than Postgres 15
 */
export async function migrate(url: string): Promise<void> {
  const lock = new pg.Client({
    connectionString: url,
    application_name: 'hooktide migrate',
    connectionTimeoutMillis: CONNECT_MILLIS,
  });
  await lock.connect();
  try {
    await refuseOldServer(lock);
    await take(lock);
    await lock.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    const dataSource = createDataSource(url);
    await dataSource.initialize();
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

/**
 * Asks again and again instead of waiting in one statement: its snapshot would keep the indexes from being built that
 * the holder of the lock builds beside the running queue, for ever.
 */
async function take(lock: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await lock.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS taken',
      MIGRATION_LOCK,
    );
    if (rows[0]?.taken) return;
    await pause(ASK_EVERY_MILLIS);
  }
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
