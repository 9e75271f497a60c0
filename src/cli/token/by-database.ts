import { userInfo } from 'node:os';
import { readNewToken } from '../../api/new-token.js';
import { TokenRepository } from '../../auth/token.repository.js';
import { Tokens } from '../../auth/tokens.js';
import { loadConfig } from '../../config/load.js';
import type { Actor } from '../../database/audit.js';
import { Database } from '../../database/database.js';
import { ConfigError, HooktideError } from '../../errors/errors.js';
import type { Log } from '../../telemetry/log.js';
import { ExitError } from '../exit-error.js';
import type { Printed, Registry } from './registry.js';

const nothing = (): void => undefined;
/** The answer says what happened. */
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const MOST = 1_000_000;

/**
 * The tokens in the database that the config names; where the config names none, in the embedded Postgres, which is started
 * for it. A database that no Hooktide has seen yet is brought to the schema. Running processes hear of what is revoked.
 */
export async function registryInDatabase(env: NodeJS.ProcessEnv): Promise<Registry> {
  const { url, stop } = await told(() => findDatabase(env));
  const database = new Database(url, 1, nothing);
  const close = async (): Promise<void> => {
    await database.close();
    await stop();
  };
  const rows = new TokenRepository(database);
  const tokens = new Tokens(rows, nothing, SILENT);
  const by: Actor = { name: `${userInfo().username} in the database`, kind: 'command', address: null };
  await told(() => prepare(rows, url)).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    create: async (token) => toJson(await told(async () => tokens.create(readNewToken(token, Date.now()), by))),
    list: async () => (await told(() => tokens.list(0, MOST))).map(toJson),
    revoke: (id) => told(() => tokens.revoke(id, by)),
    close,
  };
}

async function findDatabase(env: NodeJS.ProcessEnv): Promise<{ url: string; stop: () => Promise<void> }> {
  const { url, dataDir } = loadConfig(env).config.database;
  if (url !== null) return { url: url.reveal(), stop: async () => undefined };
  const { startEmbeddedPostgres } = await import('../../database/embedded/embedded-postgres.js');
  return startEmbeddedPostgres({ dataDir, log: nothing });
}

/** Migrations take TypeORM, which is loaded for them alone. */
async function prepare(rows: TokenRepository, url: string): Promise<void> {
  if (!(await rows.isThere())) await (await import('../../database/migrate.js')).migrate(url);
}

/** What went wrong as a sentence for its user. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HooktideError)
      throw new ExitError(error instanceof ConfigError ? 2 : 1, `Error: ${error.message}`);
    const { message, code } = error as { message: string; code?: string };
    if (code === undefined) throw error;
    throw new ExitError(1, `Error: the database: ${message || code}`);
  }
}

const toJson = <T extends object>(value: T): Printed<T> => JSON.parse(JSON.stringify(value)) as Printed<T>;
