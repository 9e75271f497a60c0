import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { canary } from '../setup/canary.js';
import { DIST, runCli, runProgram, type Ended } from '../setup/cli.js';
import type { TestDatabase } from '../setup/database.js';
import { createEmptyDatabase, createRole } from '../setup/empty-database.js';
import { startHooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { query } from '../setup/server.js';
import { requestUpdate } from '../setup/updates.js';

/** Each starts several processes one after the other, on whatever else the machine does. */
const SLOW_MILLIS = 120_000;
vi.setConfig({ testTimeout: SLOW_MILLIS });

let database: TestDatabase;
beforeEach(async () => {
  database = await createEmptyDatabase();
});
afterEach(() => database.drop());

const migrate = (...args: string[]): Promise<Ended> =>
  runCli(['migrate', ...args], { env: { DATABASE_URL: database.url } });
const isNotToMigrate = { DATABASE_MIGRATE_AT_START: 'false', ROLES: 'api' };

it('brings an empty database to the schema of the build, and says what that took', async () => {
  const before = await migrate('--check');
  expect([before.code, before.err]).toEqual([1, '']);
  const [head, ...missing] = before.out.trimEnd().split('\n');
  expect(head).toBe('The database lacks:');
  expect(missing[0]).toBe('  Core1763769600000');

  const done = await migrate();
  const lines = done.out.trimEnd().split('\n');
  expect([done.code, done.err, lines.pop()]).toEqual([0, '', 'The database has all that this build needs.']);
  expect(lines.map((line) => line.replace(/^applied (\w+) in \d+ ms$/, '  $1'))).toEqual(missing);

  const upToDate = 'The database has all that this build needs.\n';
  expect(await migrate('--check')).toEqual({ code: 0, out: upToDate, err: '' });
  const nothing = 'Nothing was missing: the database has all that this build needs.\n';
  expect(await migrate()).toEqual({ code: 0, out: nothing, err: '' });
  const hooktide = await startHooktide({ database, env: isNotToMigrate });
  expect((await hooktide.api('GET', '/readyz')).status).toBe(200);
  await hooktide.stop();
});

it('applies each migration once where two begin at once, and prints JSON for scripts', async () => {
  const both = await Promise.all([migrate('--json'), migrate('--json')]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const said = both.map(({ out }) => JSON.parse(out) as { applied: { name: string; millis: number }[] });
  const names = said.flatMap(({ applied }) => applied.map(({ name }) => name));
  expect([names[0], new Set(names).size]).toEqual(['Core1763769600000', names.length]);
  expect(said.filter(({ applied }) => applied.length === 0)).toHaveLength(1);
  expect(JSON.parse((await migrate('--check', '--json')).out)).toEqual({
    embedded: false,
    applied: [],
    missing: [],
    newer: [],
  });
});

it('lets nobody start who may not migrate, while something is missing', async () => {
  await expect(startHooktide({ database, env: isNotToMigrate })).rejects.toThrow(
    /^database\.migrateAtStart is false, and the database lacks Core1763769600000, .+: run "hooktide migrate" with this build first\.$/,
  );
  const env = { DATABASE_URL: database.url, HOOKTIDE_DATABASE_MIGRATE_AT_START: 'false', HOOKTIDE_SERVER_PORT: '0' };
  const refused = await runProgram(join(DIST, 'src', 'main.js'), [], { env });
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(/^Hooktide can't start\. .*run "hooktide migrate"/),
  ]);
});

it('lives with a schema of a newer build, and says so', async () => {
  await migrate();
  const newer = `INSERT INTO hooktide.migration ("timestamp", name) VALUES (9999999999999, 'Future9999999999999')`;
  await query(database.url, newer);
  for (const migrateAtStart of ['true', 'false']) {
    const hooktide = await startHooktide({
      database,
      env: { ROLES: 'api', DATABASE_MIGRATE_AT_START: migrateAtStart },
    });
    expect(hooktide.logged.find(({ event }) => event === 'database.schema_is_newer')).toMatchObject({
      level: 'warn',
      data: { migrations: ['Future9999999999999'] },
    });
    await hooktide.stop();
  }
  const said = 'A newer build has been at it, which this one can live with: Future9999999999999.\n';
  for (const args of [[], ['--check']]) {
    expect(await migrate(...args)).toMatchObject({ code: 0, out: expect.stringContaining(said) });
  }
});

it('leaves a service that may not change tables what it needs to run', async () => {
  const role = await createRole(canary('password'));
  await migrate();
  await query(
    database.url,
    `GRANT USAGE ON SCHEMA hooktide TO ${role.name};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hooktide TO ${role.name};
     GRANT USAGE ON ALL SEQUENCES IN SCHEMA hooktide TO ${role.name};
     GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hooktide TO ${role.name}`,
  );
  const receiver = await startReceiver();
  const lean = { ...database, url: role.urlOf(database.url) };
  const hooktide = await startHooktide({ database: lean, env: { DATABASE_MIGRATE_AT_START: 'false' } });
  await hooktide.register(receiver.url);
  await hooktide.post(requestUpdate('r'));
  await receiver.waitFor(1);
  expect(receiver.requests).toHaveLength(1);
  await hooktide.stop();
  await closeReceivers();
  // A start that may migrate has nothing to apply either.
  const another = await startHooktide({ database: lean, env: { ROLES: 'api' } });
  await another.stop();
  await query(database.url, `DROP OWNED BY ${role.name}`);
  await role.drop();
});

it('has nothing to do where the config names no database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-migrate-'));
  for (const args of [['migrate'], ['migrate', '--check']]) {
    const { code, out } = await runCli(args, { cwd: folder });
    expect([code, out]).toEqual([0, expect.stringContaining('There is nothing to do.')]);
  }
  await rm(folder, { recursive: true });
});

it('says who is not reached, and how it is used', async () => {
  const away = await runCli(['migrate'], { env: { DATABASE_URL: `postgres://u:${canary('p')}@127.0.0.1:9/x` } });
  expect([away.code, away.err]).toEqual([1, expect.stringMatching(/^Error: the database: .*ECONNREFUSED.*doctor/)]);
  const bad = await runCli(['migrate'], { env: { HOOKTIDE_SERVER_PORT: 'x' } });
  expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('server.port')]);
  const misused = await migrate('now');
  expect([misused.code, misused.err]).toEqual([2, expect.stringMatching(/hooktide migrate --help says more\.\n$/)]);
  expect((await migrate('--help')).out).toContain('Usage: hooktide migrate');
  expect((await runCli(['--help'])).out).toMatch(/\n {2}check-config .*\n {2}doctor .*\n {2}migrate /);
});
