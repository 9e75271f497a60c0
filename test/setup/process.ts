import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { watch } from './canary.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** A Hooktide in a process of its own, from the build in dist/. */
export interface HooktideProcess {
  url: string;
  child: ChildProcess;
  /** The lines it wrote to stdout so far. */
  lines: string[];
  /** Sends the signal, and resolves with the exit code when the process has ended; null: the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Starts a process and resolves when it serves. `env`: config keys by their variable, without `HOOKTIDE_`. */
export async function startProcess(databaseUrl: string, env: Record<string, string> = {}): Promise<HooktideProcess> {
  const keys = { SERVER_PORT: '0', EGRESS_ALLOW: '127.0.0.0/8', LOG_FORMAT: 'json', ...env };
  const variables = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`HOOKTIDE_${key}`, value]));
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const lines: string[] = [];
  let problems = '';
  child.stderr.on('data', (text) => (problems += watch(String(text), 'what a process complains of')));
  const started = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(watch(line, 'the log of a process'));
      if (line.includes('"service.started"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    void ended.then((code) =>
      reject(new Error(`It ended with ${code} before it served: ${problems}${lines.join('\n')}`)),
    );
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return await ended;
  };
  return { url: await started, child, lines, end };
}

/** Ends whatever a test left running. */
export async function killProcesses(): Promise<void> {
  const ends = [...running].map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
}
