import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBinaries } from '../../src/database/embedded/binaries.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { ConfigError } from '../../src/errors/errors.js';

const LAUNCHER = new URL('../../src/database/embedded/embedded-postgres.ts', import.meta.url).pathname;

/** A Hooktide reduced to its database: says the url, then lives until it is killed. */
const HOLDER = `
  import { runnerImport } from 'vite';
  const { module } = await runnerImport(process.argv[1]);
  const postgres = await module.startEmbeddedPostgres({ dataDir: process.argv[2], log: () => undefined });
  console.log(postgres.url);
  setInterval(() => undefined, 60_000);
`;

let dataDir: string;
let events: string[];
const holders: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hooktide-embedded-'));
  await chmod(dataDir, 0o755);
  events = [];
});

afterEach(async () => {
  for (const holder of holders.splice(0)) await kill(holder);
  await rm(dataDir, { recursive: true, force: true });
});

const start = () => startEmbeddedPostgres({ dataDir, log: (event) => events.push(event) });

async function startHolder(): Promise<{ holder: ChildProcess; url: string }> {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, LAUNCHER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(holder);
  for await (const url of createInterface({ input: holder.stdout })) return { holder, url };
  throw new Error('The holder ended before its Postgres was up.');
}

async function kill(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

const cluster = async () => join(dataDir, (await readdir(dataDir)).find((name) => /^postgres-\d+$/.test(name)) ?? '');

describe('embedded Postgres', () => {
  it('makes its data at the first start and keeps them over a restart', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await start();
    try {
      expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      expect(events).toEqual(['postgres.created', 'postgres.started', 'postgres.stopped', 'postgres.started']);
    } finally {
      await second.stop();
    }
  });

  it('listens on loopback only, asks for the password and writes durably', async () => {
    const postgres = await start();
    const { url } = postgres;
    try {
      expect(
        await query(
          url,
          "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'listen_addresses') ORDER BY name",
        ),
      ).toEqual([
        { name: 'fsync', setting: 'on' },
        { name: 'listen_addresses', setting: '127.0.0.1' },
      ]);
      await expect(query(url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password authentication');
    } finally {
      await postgres.stop();
    }
  });

  it('adopts the Postgres that a killed Hooktide left running, with all that was committed', async () => {
    const { holder, url } = await startHolder();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await kill(holder);

    const postgres = await start();
    try {
      expect(events).toEqual(['postgres.adopted']);
      expect(postgres.url).toBe(url);
      expect(await query(postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await postgres.stop();
    }
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('recovers what was committed when Postgres was killed as well', async () => {
    const { holder, url } = await startHolder();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pidFile = await readFile(join(await cluster(), 'postmaster.pid'), 'utf8');
    await kill(holder);
    process.kill(Number.parseInt(pidFile, 10), 'SIGKILL');

    const postgres = await start();
    try {
      expect(events).toEqual(['postgres.started']);
      expect(await query(postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await postgres.stop();
    }
  });

  it('starts over a pid file whose number belongs to another process by now', async () => {
    await (await start()).stop();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)'], { stdio: 'ignore' });
    holders.push(stranger);
    await once(stranger, 'spawn');
    const lines = [stranger.pid, await cluster(), 1, 1, '', '127.0.0.1', '', 'ready', ''];
    await writeFile(join(await cluster(), 'postmaster.pid'), lines.join('\n'));

    const postgres = await start();
    await postgres.stop();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  it('throws away what an interrupted first start left', async () => {
    await writeFile(join(dataDir, 'password'), 'kept-from-the-first-try', { mode: 0o600 });
    const half = await mkdtemp(join(dataDir, `postgres-${(await findBinaries()).major}.init-`));
    await writeFile(join(half, 'PG_VERSION'), 'cut off');

    const postgres = await start();
    await postgres.stop();
    expect((await readdir(dataDir)).filter((name) => name.includes('.init-'))).toEqual([]);
  });

  it('refuses a folder that a living Hooktide holds, and names it', async () => {
    const { holder } = await startHolder();

    const refusal = await start().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(refusal).toMatchObject({
      key: 'database.dataDir',
      message: expect.stringContaining(`process ${holder.pid}`),
    });

    await kill(holder);
    await (await start()).stop();
  });

  it('tells why Postgres did not start, in its own words', async () => {
    const failure = startEmbeddedPostgres({ dataDir, log: () => undefined, settings: { shared_buffers: 'plenty' } });
    await expect(failure).rejects.toThrow('invalid value for parameter "shared_buffers"');
    await (await start()).stop();
  });
});
