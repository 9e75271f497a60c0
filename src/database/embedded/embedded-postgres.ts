import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries } from './binaries.js';
import { keepPassword, USER } from './cluster.js';
import { createDatabase } from './create-database.js';
import { launch } from './launch.js';
import { Owner } from './owner.js';
import { type Postmaster, stopPostmaster } from './postmaster.js';
import type { Settings } from './settings.js';

const DATABASE = 'hooktide';

export interface EmbeddedPostgresOptions {
  /** Everything lives in this folder: `postgres-<major>/`, `postgres-<major>.log`, `password`, `owner.<n>`. */
  readonly dataDir: string;
  /** Told what happened: `postgres.created`, `.started`, `.adopted`, `.stopped`. */
  readonly log: (event: string, data: object) => void;
  /** Laid over the launcher's own. */
  readonly settings?: Settings;
}

export interface EmbeddedPostgres {
  /** A superuser's, with the password, to the database `hooktide`. */
  readonly url: string;
  readonly port: number;
  /** Writes all to disk and frees the folder. Call it once nothing needs the database any more. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres that npm installed, on loopback and a free port, with the data of the last time. It outlives a
 * killed Hooktide; the next start adopts it.
 * @throws ConfigError when this machine has no such Postgres, or another Hooktide holds the folder
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const owner = await Owner.claim(options.dataDir);
  let postmaster: Postmaster | undefined;
  const stop = async () => {
    if (postmaster) await stopPostmaster(postmaster.pid);
    await owner.release();
  };
  try {
    const folder = await realpath(options.dataDir);
    const cluster = join(folder, `postgres-${binaries.major}`);
    const password = await keepPassword(folder, cluster);
    postmaster = await launch({ ...options, binaries, cluster, password });
    const { pid, port } = postmaster;
    const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
    await createDatabase(url, DATABASE);
    let stopped: Promise<void> | undefined;
    return {
      url: url(DATABASE),
      port,
      stop: () => (stopped ??= stop().then(() => options.log('postgres.stopped', { pid }))),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
