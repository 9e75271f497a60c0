import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../../errors/errors.js';
import { give, run } from './account.js';
import type { Home } from './home.js';

export const USER = 'hooktide';

/** Whether the data directory is there. It comes by a rename: either whole or not at all. */
export async function isCreated(cluster: string): Promise<boolean> {
  return access(join(cluster, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/**
 * Makes the data directory. `initdb` works in a nursery beside it, so that one killed half-way leaves only what the
 * next start throws away.
 */
export async function createCluster(home: Home, password: string, durable: boolean): Promise<void> {
  await removeNurseries(home.cluster);
  const nursery = await mkdtemp(`${home.cluster}.init-`);
  const passwordFile = join(nursery, 'password');
  const data = join(nursery, 'data');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await give(home.account, nursery);
  // prettier-ignore
  await run(home.account, [
    join(home.bin, 'initdb'), '--pgdata', data, '--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256',
    '--encoding', 'UTF8', '--locale', 'C', '--no-instructions', ...(durable ? [] : ['--no-sync']),
  ]);
  await rename(data, home.cluster);
  await rm(nursery, { recursive: true });
}

async function removeNurseries(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.init-`)) continue;
    // An initdb that outlived its parent may still be writing there: leave the rest to the start after this one.
    await rm(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/**
 * The superuser's password, made at the first start and kept in a file that only its owner reads.
 * @throws ConfigError when the data is there, but the file isn't
 */
export async function keepPassword(folder: string, cluster: string): Promise<string> {
  const file = join(folder, 'password');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return kept;
  if (await isCreated(cluster)) {
    throw new ConfigError(
      'database.dataDir',
      `database.dataDir: ${file} is missing, and without it nobody gets at the data in ${cluster}. ` +
        'Put the file back, or remove the data to start anew.',
    );
  }
  const password = randomBytes(24).toString('base64url');
  const draft = `${file}.draft`;
  await writeFile(draft, password, { mode: 0o600 });
  await rename(draft, file);
  return password;
}
