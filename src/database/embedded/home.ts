import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, mkdtemp, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Account, give, namespace, reaches, self, unprivileged } from './account.js';
import type { Binaries } from './binaries.js';

/** Where Postgres lives, and as whom. */
export interface Home {
  readonly account: Account;
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** The data directory. */
  readonly cluster: string;
}

/** Chooses the account that gets to binaries and data where they are; moves them where only root gets there. */
export async function chooseHome(cluster: string, binaries: Binaries): Promise<Home> {
  const bin = join(binaries.native, 'bin');
  const place = await followed(cluster);
  const paths = [join(bin, 'postgres'), dirname(place)];
  if (process.getuid?.() !== 0) {
    const account = !isNamed() && (await reaches(namespace, paths)) ? namespace : self;
    return { account, bin, cluster: place };
  }
  const user = await unprivileged();
  for (const account of [namespace, user]) {
    if (await reaches(account, paths)) return { account, bin, cluster: place };
  }
  return moveAway(cluster, binaries, user);
}

/** Whether the user has a name, which Postgres asks for: `docker run --user 1234` has none. */
function isNamed(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

/** The data directory, wherever an earlier start has moved it. */
async function followed(cluster: string): Promise<string> {
  return readlink(cluster).catch(() => cluster);
}

/** Not /var/tmp: what lies there untouched for a month is cleaned away, and that is a database with a hole. */
async function moveAway(cluster: string, binaries: Binaries, account: Account): Promise<Home> {
  const away = `/var/lib/hooktide-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`;
  await mkdir(away, { recursive: true });
  await chmod(away, 0o755);
  const native = join(away, `native-${binaries.version}`);
  await copy(binaries.native, native);
  await give(account, native);
  const place = join(away, basename(cluster));
  const before = await lstat(cluster).catch(() => undefined);
  if (!before?.isSymbolicLink()) {
    // What no link leads to any more belongs to a folder that was removed since, or is a copy that was cut off here.
    if (await stat(place).catch(() => undefined)) await rename(place, `${place}.${Date.now()}`);
    if (before) await copy(cluster, place);
    if (before) await rename(cluster, `${cluster}.moved`);
    await symlink(place, cluster);
  }
  return { account, bin: join(native, 'bin'), cluster: place };
}

/** Copies a folder as a whole or not at all. */
async function copy(from: string, to: string): Promise<void> {
  if (await stat(to).catch(() => undefined)) return;
  const half = await mkdtemp(`${to}.copy-`);
  await cp(from, join(half, 'whole'), { recursive: true, verbatimSymlinks: true });
  await rename(join(half, 'whole'), to);
  await rm(half, { recursive: true });
}
