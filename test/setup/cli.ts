import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watch } from './canary.js';

export const DIST = process.env['HOOKTIDE_TEST_DIST'] ?? fileURLToPath(new URL('../../dist', import.meta.url));

export interface Ended {
  code: number;
  out: string;
  err: string;
}

export interface CliOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** It prints a secret on standard output, as that is what it is for. */
  shows?: boolean;
}

/** Runs `hooktide` of the build in a process of its own, with nothing of this one's environment but what is given. */
export const runCli = (args: string[], options: CliOptions = {}): Promise<Ended> =>
  runProgram(join(DIST, 'src', 'cli', 'hooktide.js'), args, options);

/** The same for any program of Node's. What it prints is looked through for secrets. */
export function runProgram(file: string, args: string[], { env = {}, cwd, shows = false }: CliOptions): Promise<Ended> {
  const name = `hooktide ${args.join(' ')}`;
  return new Promise((resolve) => {
    const all = { PATH: process.env['PATH'], ...env };
    execFile(process.execPath, [file, ...args], { env: all, cwd }, (error, out, err) => {
      if (!shows) watch(out, `what ${name} prints`);
      watch(err, `what ${name} complains of`);
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}
