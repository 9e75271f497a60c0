import { execFile, type ExecFileOptions } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { watch } from './canary.js';

/** The image of the Dockerfile: built and run by an engine, or laid out in a folder and run from there. */
export interface Image {
  /** Runs a command in a container of its own, and waits for its end; without one, the image's own command. */
  run(command: readonly string[], setting?: Setting): Promise<Ended>;
  /** Starts the image's own command. */
  start(setting: Setting): Promise<Container>;
  /** Ends what still runs, and leaves nothing behind. */
  remove(): Promise<void>;
}

export interface Setting {
  /** Variables by their whole names. */
  env?: Record<string, string>;
  /** A folder that the container may read, under the same path. */
  mount?: string;
}

export interface Container {
  /** What the HEALTHCHECK of the image says. */
  isHealthy(): Promise<boolean>;
  /** As `docker stop` does it: SIGTERM, and the code with which it ended; null: it had to be killed. */
  stop(): Promise<{ code: number | null; millis: number }>;
  /** What it wrote so far. */
  log(): Promise<string>;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** How long a container has to end after SIGTERM. Longer than `shutdownTimeoutMillis`. */
export const GRACE_SECONDS = 30;

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end, and looks at what it said for secrets. */
export function execute(program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const settings = { maxBuffer: MAX_OUTPUT_BYTES, ...options, encoding: 'utf8' as const };
    execFile(program, [...args], settings, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      // Not started, or ended by a signal.
      if (typeof code !== 'number') return reject(error ?? new Error(`${program} has no code`));
      resolve({ code, stdout: watch(stdout, program), stderr: watch(stderr, program) });
    });
  });
}

/** The same for a program that has to succeed: what it said on stdout. */
export async function succeed(program: string, args: readonly string[], options?: ExecFileOptions): Promise<string> {
  const { code, stdout, stderr } = await execute(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout.trim();
}

/** A port of loopback that nobody has at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
