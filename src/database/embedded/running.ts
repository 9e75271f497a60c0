import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { USER } from './cluster.js';
import { findPostmaster } from './postmaster.js';

const DATABASE = 'hooktide';

/** The url of the embedded Postgres of a folder, while a Hooktide has it running; null: it isn't. Starts nothing. */
export async function findRunning(dataDir: string): Promise<string | null> {
  const names = await readdir(dataDir).catch(() => []);
  const password = await readFile(join(dataDir, 'password'), 'utf8').catch(() => null);
  if (password === null) return null;
  for (const name of names.filter((one) => /^postgres-\d+$/.test(one))) {
    const postmaster = await findPostmaster(join(dataDir, name)).catch(() => undefined);
    if (postmaster) return `postgres://${USER}:${password}@127.0.0.1:${postmaster.port}/${DATABASE}`;
  }
  return null;
}
