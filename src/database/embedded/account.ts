import { execFile } from 'node:child_process';
import { chown, lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * As whom Postgres runs. It refuses to be root, so root runs it
 * - in a user namespace where root is called `nobody`: files stay root's own, nothing is copied; or
 * - as another user of the machine, where namespaces are closed (Docker's default profile) or a parent folder is.
 */
export interface Account {
  readonly name: 'self' | 'namespace' | 'user';
  /** What stands before a command. */
  readonly prefix: readonly string[];
  /** Given to `spawn`; Node clears the supplementary groups itself. */
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/** Postgres gets no variable of Hooktide's, above all no secret; without a locale, macOS would make it threaded. */
export const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Whoever runs Hooktide. */
export const self: Account = { name: 'self', prefix: [] };

const NOBODY = 65534;
/** Root, under the name of nobody. */
export const namespace: Account = {
  name: 'namespace',
  prefix: ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`],
};

/** The user `postgres` if the machine has one, else `nobody`. */
export async function unprivileged(): Promise<Account> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error('Postgres refuses to run as root, and there is no user "postgres" or "nobody" to run it as.');
  }
  return { name: 'user', prefix: [], ids: { uid: Number(uid), gid: Number(gid) } };
}

/** Runs a command to its end. Rejects, with what it wrote to stderr, unless it succeeds. */
export async function run(account: Account, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...account.prefix, ...command];
  await promisify(execFile)(program, args, { ...account.ids, cwd: '/', env: ENVIRONMENT });
}

/** Whether the account exists here and is let through to each of the paths. */
export async function reaches(account: Account, paths: readonly string[]): Promise<boolean> {
  const test = 'for path do [ -x "$path" ] || exit 1; done';
  return run(account, ['sh', '-c', test, 'sh', ...paths]).then(
    () => true,
    () => false,
  );
}

/** Makes the account own a folder and all in it. Needed by root only, and once: the account may change between starts. */
export async function give(account: Account, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = account.ids ?? { uid: 0, gid: 0 };
  const status = await lstat(path);
  if (status.uid === uid) return;
  // The folder itself comes last: found half done, it is done again.
  if (status.isDirectory()) for (const name of await readdir(path)) await give(account, join(path, name));
  await chown(path, uid, gid);
}
