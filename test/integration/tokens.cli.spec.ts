import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli, type Ended } from '../setup/cli.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide } from '../setup/hooktide.js';
import { bearing, OPERATOR, startLocked, type LockedHooktide } from '../setup/tokens.js';
import { until } from '../setup/until.js';

/** Each starts several processes one after the other, on whatever else the machine does. */
const SLOW_MILLIS = 120_000;
vi.setConfig({ testTimeout: SLOW_MILLIS });
const TOKEN = /^hkt_[\w-]{43}\n$/;

let database: TestDatabase;
let hooktide: LockedHooktide;
beforeAll(async () => {
  database = await createTestDatabase();
  hooktide = await startLocked({ database, env: { ROLES: 'api' } });
});
afterAll(async () => {
  await hooktide.stop();
  await database.drop();
});
afterEach(() => hooktide.sql('TRUNCATE hooktide.token RESTART IDENTITY'));

/** A token that is made is shown, as that is what it is for. */
function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const all = { HOOKTIDE_URL: hooktide.url, HOOKTIDE_TOKEN: OPERATOR, ...env };
  return runCli(['token', ...args], { env: all, shows: args[0] === 'create' });
}

/** The two ways: over the API, and in its database. */
const WAYS: [string, string[], () => Record<string, string>][] = [
  ['over the API', [], () => ({})],
  ['in the database', ['--database'], () => ({ DATABASE_URL: database.url, HOOKTIDE_URL: 'http://127.0.0.1:9' })],
];

describe.each(WAYS)('hooktide token, %s', (_, more, env) => {
  it('makes tokens, lists them without themselves, and revokes them', async () => {
    const made = await run(
      ['create', 'ci', '--scope', 'ingest', '-s', 'read', '-a', 'web', '--expires-in', '90d', ...more],
      env(),
    );
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(TOKEN)]);
    expect(made.err).toMatch(
      /^The token 1, ci: ingest, read for the application web; expires 20\S+Z\. It is shown this once\.\n$/,
    );
    const boss = await run(['create', 'boss', '--scope', 'admin', ...more], env());
    expect(boss.err).toContain('The token 2, boss: admin; never expires.');
    expect((await hooktide.by(boss.out.trim(), 'GET', '/api/tokens')).status).toBe(200);

    const listed = await run(['list', ...more], env());
    const [head, first, second] = listed.out.split('\n');
    expect(head).toMatch(/^ID {2}NAME +SCOPES +APPLICATION +STATE +EXPIRES +LAST USED +MADE BY$/);
    expect(first).toMatch(/^1 {3}ci +ingest,read +web +valid +20\S+Z +never +\S/);
    expect(second).toMatch(/^2 {3}boss +admin +- +valid +never +never +\S/);
    expect(listed.out).not.toContain('hkt_');

    expect(await run(['revoke', '2', ...more], env())).toEqual({ code: 0, out: 'The token 2 is revoked.\n', err: '' });
    await until(async () => (await hooktide.by(boss.out.trim(), 'GET', '/api/tokens')).status === 401, 5_000);
    const again = await run(['revoke', '2', ...more], env());
    expect(again).toEqual({ code: 1, out: '', err: 'Error: No token has the id 2, or it is revoked already\n' });
  });

  it('prints JSON for scripts', async () => {
    const made = await run(['create', 'ci', '--scope=ingest,read', '--json', ...more], env());
    expect(made.err).toBe('');
    expect(JSON.parse(made.out)).toMatchObject({ id: 1, name: 'ci', scopes: ['ingest', 'read'], expiresAt: null });
    expect((JSON.parse(made.out) as { token: string }).token).toMatch(/^hkt_/);
    const listed = JSON.parse((await run(['ls', '--json', ...more], env())).out) as object[];
    expect(listed).toEqual([expect.objectContaining({ id: 1, state: 'valid', lastUsedAt: null })]);
    expect((await run(['revoke', '1', '--json', ...more], env())).out).toBe('{"revoked":1}\n');
  });

  it.each([
    [['create', 'ci', '--scope', 'write'], 'Error: scopes[0] is a text: write one of read, ingest, webhooks, admin\n'],
    [['create', 'ci', '--scope', 'admin', '-a', 'web'], 'Error: application stands beside the scope admin, which'],
    [['create', 'ci', '--scope', 'read', '--expires-at', '2020-01-01T00:00:00Z'], 'Error: expiresAt lies in the past'],
    [['create', 'taken', '--scope', 'read'], 'Error: There is a token with the name "taken": revoke it'],
  ])('says why it failed: %j', async (args, problem) => {
    await hooktide.make({ name: 'taken', scopes: ['read'] });
    const { code, out, err } = await run([...args, ...more], env());
    expect([code, out, err.slice(0, problem.length)]).toEqual([1, '', problem]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('hooktide token', () => {
  it.each([
    [[]],
    [['create']],
    [['create', 'ci']],
    [['create', 'ci', 'more', '--scope', 'read']],
    [['create', 'ci', '--scope', 'read', '--expires-in', '1y']],
    [['create', 'ci', '--scope', 'read', '--expires-in', '0h']],
    [['list', 'x']],
    [['list', '--scope', 'read']],
    [['revoke']],
    [['revoke', 'ci']],
    [['frobnicate']],
    [['list', '--frobnicate']],
  ])('is misused by %j', async (args) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^Error: .+ hooktide token --help says more\.\n$/);
  });

  it('says how it is used', async () => {
    const { code, out } = await run(['--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('hooktide token create NAME --scope SCOPE')]);
  });

  it('says who is not let in, and where nobody answers', async () => {
    const { token } = await hooktide.make({ name: 'ci', scopes: ['webhooks'] });
    expect(await run(['list'], { HOOKTIDE_TOKEN: token })).toEqual({
      code: 1,
      out: '',
      err: 'Error: ci has webhooks, and this takes the scope admin: use a token that has it\n',
    });
    expect((await run(['list'], { HOOKTIDE_TOKEN: '' })).err).toBe(
      'Error: Unable to authenticate using methods: [token]\n',
    );
    expect((await run(['list'], { HOOKTIDE_URL: 'http://127.0.0.1:9' })).err).toMatch(
      /^Error: no answer from http:\/\/127\.0\.0\.1:9: /,
    );
    expect((await run(['list'], { HOOKTIDE_URL: 'localhost:7099' })).code).toBe(2);
    const away = await run(['list', '--database'], { DATABASE_URL: 'postgres://127.0.0.1:9/x' });
    expect([away.code, away.err]).toEqual([1, expect.stringMatching(/^Error: the database: .+\n$/)]);
    const bad = await run(['list', '--database'], { HOOKTIDE_SERVER_PORT: 'x' });
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('server.port')]);
  });

  it('makes the first token of a Hooktide that does not start without one', async () => {
    const empty = await createTestDatabase();
    const env = { AUTH_MODE: 'token', ROLES: 'api' };
    await expect(startHooktide({ env, database: empty })).rejects.toThrow('hooktide token create');
    const made = await run(['create', 'first', '--scope', 'admin', '--database'], {
      DATABASE_URL: empty.url,
      HOOKTIDE_AUTH_MODE: 'token',
    });
    const locked = await startHooktide({ env, database: empty });
    const answer = await fetch(`${locked.url}/api/tokens`, { headers: bearing(made.out.trim()) });
    expect((await answer.json()) as object).toMatchObject({ items: [{ name: 'first', scopes: ['admin'] }] });
    await locked.stop();
    await empty.drop();
  });

  it('starts the embedded Postgres for it where the config names no database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooktide-tokens-cli-'));
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'config.yaml'), `database: { dataDir: ${folder}/data }\nauth: { mode: token }\n`);
    const env = { HOOKTIDE_CONFIG: join(folder, 'config.yaml') };
    const made = await run(['create', 'first', '--scope', 'admin', '--database'], env);
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(TOKEN)]);
    expect((await run(['list', '--database'], env)).out).toMatch(/\n1 +first +admin +/);
    await rm(folder, { recursive: true });
  });
});
