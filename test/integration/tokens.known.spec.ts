import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAuth, type Auth } from '../../src/auth/open.js';
import { TooManyFailuresError } from '../../src/auth/too-many-failures.error.js';
import type { MadeToken } from '../../src/auth/tokens.js';
import { Secret } from '../../src/config/secret.js';
import { Channel } from '../../src/database/channel.js';
import { Database } from '../../src/database/database.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { OPERATOR, startLocked } from '../setup/tokens.js';
import { until } from '../setup/until.js';

const ADDRESS = '203.0.113.7';
const CONFIG = { mode: 'token', token: new Secret(OPERATOR), jwt: [] } as const;
const BY = { name: 'a test', kind: 'command', address: null } as const;
const nothing = (): void => undefined;

let now: number;
let logged: [event: string, data: object][];
let database: TestDatabase;
let undo: (() => Promise<void>)[];
beforeEach(async () => {
  now = 0;
  logged = [];
  undo = [];
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const step of undo.toReversed()) await step();
  await database.drop();
});

const warn = (event: string, data: object = {}): void => void logged.push([event, data]);
const getJson = () => Promise.reject(new Error('Nobody is asked.'));

/** What says who calls, as a process has it, and how often it asked Postgres for tokens. */
async function open({ isListening = true } = {}): Promise<Auth & { asked: () => number }> {
  const pool = new Database(database.url, 2, nothing);
  const channel = new Channel(database.url, nothing);
  if (isListening) await channel.open();
  const log = { debug: nothing, info: nothing, warn, error: warn };
  const queries = vi.spyOn(pool, 'query');
  const auth = await openAuth(CONFIG, {
    database: pool,
    channel,
    getJson,
    log,
    failures: { failed: nothing },
    now: () => now,
  });
  undo.push(async () => {
    await auth.close();
    await channel.close();
    await pool.close();
  });
  const asked = () => queries.mock.calls.filter(([, , options]) => options?.name === 'find tokens').length;
  return { ...auth, asked };
}

const make = (auth: Auth, name = 'ci', expiresAt: Date | null = null): Promise<MadeToken> =>
  auth.tokens.create({ name, scopes: ['read'], application: null, expiresAt }, BY);
const nameOf = async (auth: Auth, token: string, address = ADDRESS) =>
  (await auth.authenticator.callerOf(token, address))?.name ?? null;

describe('what is known of a token', () => {
  it('is asked for once in ten seconds, however many requests there are', async () => {
    const auth = await open();
    const { token } = await make(auth);
    await Promise.all(Array.from({ length: 50 }, () => nameOf(auth, token)));
    for (let count = 0; count < 200; count++) expect(await nameOf(auth, token)).toBe('ci');
    expect(auth.asked()).toBe(1);
    now += 9_999;
    await nameOf(auth, token);
    expect(auth.asked()).toBe(1);
    now += 1;
    expect(await nameOf(auth, token)).toBe('ci');
    expect(auth.asked()).toBe(2);
  });

  it('ends with its revocation, also where that is heard of from elsewhere', async () => {
    const [here, there] = [await open(), await open()];
    const { id, token } = await make(here);
    expect([await nameOf(here, token), await nameOf(there, token)]).toEqual(['ci', 'ci']);
    await here.tokens.revoke(id, BY);
    expect(await nameOf(here, token)).toBeNull();
    await until(async () => (await nameOf(there, token)) === null, 5_000);
  });

  it('ends ten seconds after a revocation that is not heard of', async () => {
    const [here, deaf] = [await open(), await open({ isListening: false })];
    const { id, token } = await make(here);
    await nameOf(deaf, token);
    await here.tokens.revoke(id, BY);
    now += 9_999;
    expect(await nameOf(deaf, token)).toBe('ci');
    now += 1;
    expect(await nameOf(deaf, token)).toBeNull();
  });

  it('ends when it expires, by the clock of Postgres', async () => {
    const auth = await open();
    const { token } = await make(auth, 'ci', new Date(Date.now() + 400));
    expect(await nameOf(auth, token)).toBe('ci');
    now += 400;
    await until(async () => ((now += 400), (await nameOf(auth, token)) === null), 5_000);
  });

  it('ends in another Hooktide on the same database as well', async () => {
    const one = await startLocked({ database, env: { ROLES: 'api' } });
    const other = await startLocked({ database, env: { ROLES: 'api' } });
    const { id, token } = await one.make({ name: 'ci', scopes: ['read'] });
    expect((await other.by(token, 'GET', '/api/webhooks')).status).toBe(200);
    await one.by(OPERATOR, 'DELETE', `/api/tokens/${id}`);
    const begun = performance.now();
    await until(async () => (await other.by(token, 'GET', '/api/webhooks')).status === 401);
    expect(performance.now() - begun).toBeLessThan(5_000);
    await one.stop();
    await other.stop();
  });
});

describe('the last use of a token', () => {
  it('is written when the process ends at the latest, and not on the way', async () => {
    const hooktide = await startLocked({ database, env: { ROLES: 'api' } });
    const { token } = await hooktide.make({ name: 'ci', scopes: ['read'] });
    await hooktide.make({ name: 'unused', scopes: ['read'] });
    await hooktide.by(token, 'GET', '/api/webhooks');
    const shown = async (of: typeof hooktide) =>
      (await of.by(OPERATOR, 'GET', '/api/tokens')).json.items.map((it: { lastUsedAt: unknown }) => it.lastUsedAt);
    expect(await shown(hooktide)).toEqual([null, null]);
    await hooktide.stop();
    const again = await startLocked({ database, env: { ROLES: 'api' } });
    const [used, unused] = await shown(again);
    await again.stop();
    expect(Date.now() - Date.parse(used)).toBeLessThan(60_000);
    expect(unused).toBeNull();
  });
});

const guess = (auth: Auth, n: number, address = ADDRESS) => auth.authenticator.callerOf(`guess-${n}`, address);

const failTen = async (auth: Auth, address = ADDRESS) => {
  for (const n of Array(10).keys()) expect(await guess(auth, n, address)).toBeNull();
};

describe('guessing tokens', () => {
  it('is refused from the eleventh on within a minute, without a question to Postgres, and told once', async () => {
    const auth = await open();
    await failTen(auth);
    expect(auth.asked()).toBe(10);
    now += 20_000;
    const refused = await guess(auth, 11).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TooManyFailuresError);
    expect(refused).toMatchObject({ code: 'too_many_failures', retryAfterSeconds: 40 });
    for (const n of Array(50).keys()) await expect(guess(auth, 100 + n)).rejects.toThrow(TooManyFailuresError);
    expect(auth.asked()).toBe(10);
    expect(logged).toEqual([['auth.slowed', expect.objectContaining({ address: ADDRESS })]]);
    expect(JSON.stringify(logged)).not.toContain('guess');
    now += 40_000;
    expect(await guess(auth, 11)).toBeNull();
  });

  it('slows its own address, of IPv6 its /64, and no other', async () => {
    const auth = await open();
    await failTen(auth, '2001:db8:0:1::a');
    await expect(guess(auth, 11, '2001:db8:0:1:ffff::b')).rejects.toThrow(TooManyFailuresError);
    expect(await guess(auth, 12, '2001:db8:0:2::a')).toBeNull();
    expect(await guess(auth, 13, '::ffff:203.0.113.7')).toBeNull();
  });

  it('locks nobody out who was good before, behind the same address, for as long as it takes', async () => {
    const auth = await open();
    const { id, token } = await make(auth);
    const fresh = await make(auth, 'fresh');
    await nameOf(auth, token);
    await nameOf(auth, OPERATOR);
    await failTen(auth);
    for (let minute = 0; minute < 3; minute++) {
      now += 15_000;
      expect(await nameOf(auth, token)).toBe('ci');
      expect(await nameOf(auth, OPERATOR)).toBe('tokenFile');
    }
    await expect(nameOf(auth, fresh.token)).rejects.toThrow(TooManyFailuresError);
    await auth.tokens.revoke(id, BY);
    expect(await nameOf(auth, token)).toBeNull();
  });

  it('finds no good one from a slowed address either, not even that of the config, which people choose', async () => {
    const auth = await open();
    const { token } = await make(auth);
    expect([await nameOf(auth, token, '192.0.2.1'), await nameOf(auth, OPERATOR, '192.0.2.1')]).toEqual([
      'ci',
      'tokenFile',
    ]);
    await failTen(auth);
    await expect(nameOf(auth, token)).rejects.toThrow(TooManyFailuresError);
    await expect(nameOf(auth, OPERATOR)).rejects.toThrow(TooManyFailuresError);
    expect([await nameOf(auth, token, '192.0.2.1'), await nameOf(auth, OPERATOR, '192.0.2.1')]).toEqual([
      'ci',
      'tokenFile',
    ]);
    now += 60_000;
    expect(await nameOf(auth, OPERATOR)).toBe('tokenFile');
  });

  it('is not paid for by a good token', async () => {
    const auth = await open();
    const { token } = await make(auth);
    for (const n of Array(10).keys()) {
      await guess(auth, n);
      await nameOf(auth, token);
    }
    await expect(guess(auth, 11)).rejects.toThrow(TooManyFailuresError);
  });

  it('costs little where thousands come at once', async () => {
    const auth = await open();
    const ended = await Promise.allSettled(Array.from({ length: 3_000 }, (_, n) => guess(auth, n)));
    expect(ended.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(2_500);
    expect(auth.asked()).toBeLessThan(10);
  });
});
