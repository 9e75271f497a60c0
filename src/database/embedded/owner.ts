import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../errors/errors.js';
import { codeOf } from './error-code.js';
import { birthOf } from './process.js';

interface Holder {
  readonly pid: number;
  readonly birth: string | undefined;
}

/**
 * Guards a folder against a second Hooktide. The holder stands in `owner.<n>`, and the highest number counts.
 *
 * A file is never overwritten by a rival: whoever finds the holder of `n` dead or gone creates `n + 1`, which only one
 * can; the others look again. So no two can take over from the same dead holder, whenever they are interrupted.
 */
export class Owner {
  private constructor(private readonly file: string) {}

  /** @throws ConfigError while another process, or this one, holds the folder */
  static async claim(folder: string): Promise<Owner> {
    const draft = join(folder, `.owner-${process.pid}-${process.hrtime.bigint()}`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(draft, JSON.stringify({ pid: process.pid, birth: await birthOf(process.pid) }));
      return new Owner(await take(folder, draft));
    } catch (error) {
      throw refusal(folder, error);
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Keeps the number: the next owner counts on from it. */
  async release(): Promise<void> {
    const draft = `${this.file}.released`;
    await writeFile(draft, '{}');
    await rename(draft, this.file);
  }
}

async function take(folder: string, draft: string): Promise<string> {
  for (;;) {
    const numbers = await numbersIn(folder);
    const highest = Math.max(0, ...numbers);
    const holder = await read(join(folder, `owner.${highest}`));
    if (holder && (await lives(holder))) throw heldBy(folder, holder.pid);
    const file = join(folder, `owner.${highest + 1}`);
    if (!(await created(draft, file))) continue;
    if (Math.max(...(await numbersIn(folder))) > highest + 1) {
      // This process slept while others came, went and swept: its number is one of the past.
      await rm(file, { force: true });
      continue;
    }
    for (const past of numbers) await rm(join(folder, `owner.${past}`), { force: true });
    return file;
  }
}

async function numbersIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => /^owner\.(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
}

async function created(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(file: string): Promise<Holder | undefined> {
  const holder: Partial<Holder> = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  return holder.pid === undefined ? undefined : { pid: holder.pid, birth: holder.birth };
}

async function lives(holder: Holder): Promise<boolean> {
  const birth = await birthOf(holder.pid);
  return birth !== undefined && birth === holder.birth;
}

function heldBy(folder: string, pid: number): ConfigError {
  return new ConfigError(
    'database.dataDir',
    `database.dataDir: ${folder} is in use by process ${pid}. Stop that Hooktide first, give this one another folder ` +
      '(HOOKTIDE_DATABASE_DATA_DIR), or let both share a Postgres (DATABASE_URL).',
  );
}

function refusal(folder: string, error: unknown): unknown {
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(codeOf(error) ?? '')) return error;
  return new ConfigError(
    'database.dataDir',
    `database.dataDir: ${folder} can't be written by this user. Name a folder that can, or a Postgres (DATABASE_URL).`,
    { cause: error },
  );
}
