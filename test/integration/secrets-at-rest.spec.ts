import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { newSecret } from '../../src/signing/symmetric.js';
import { SealingRepository } from '../../src/webhooks/sealing.repository.js';
import { Webhook } from '../../src/webhooks/webhook.entity.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { pem } from '../setup/egress.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { startTokenServer } from '../setup/token-server.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { newKey, storedSecrets, vaultWith } from '../setup/vault.js';
import { isVerified } from '../setup/verify.js';

let database: TestDatabase;
let hooktide: Hooktide;
const start = async (env: Record<string, string> = {}) =>
  (hooktide = await startHooktide({ database, env: { HOOK_SLINGER_API_TOKEN: 'correct-horse', ...env } }));
const restart = async (env: Record<string, string> = {}) => {
  await hooktide.stop();
  return start(env);
};
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  await database.drop();
});

const register = async (fields: object) => {
  const answer = await hooktide.api('POST', '/api/webhooks', { id: 'w', type: 'REQUEST', ...fields });
  expect([answer.status, answer.json]).toEqual([200, 'CREATED']);
};
const view = async (id = 'w') => (await hooktide.api('GET', `/api/webhooks/${id}`)).json;
const patch = (body: object) => hooktide.api('PATCH', '/api/webhooks/w', body);
const sealedOf = async () =>
  (await hooktide.sql<{ sealed: string }>(`SELECT sealed FROM hooktide.webhook WHERE id = 'w'`))[0]!.sealed;
async function sendMessage(to_url: string, to_auth: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Authorization: 'Token correct-horse' };
  const body = JSON.stringify({ to_url, to_auth, payload: { n: 1 } });
  const answer = await fetch(`${hooktide.url}/hook_slinger/`, { method: 'POST', headers, body });
  expect(answer.status).toBe(202);
}
const messageAuth = async () =>
  (
    await hooktide.sql<{ a: string }>(
      `SELECT direct ->> 'authorization' AS a FROM hooktide.update WHERE direct ? 'authorization'`,
    )
  ).map(({ a }) => a);

const of = (...keys: string[]) => ({ SECRETS_KEYS: keys.join(',') });
/** By which key it is sealed. */
const prefixOf = (text: string) => text.split('.').slice(0, 2).join('.');
const base64 = (text: string) => Buffer.from(text).toString('base64');
/** A process of a build that knows nothing of seals. */
const joins = () =>
  hooktide.sql(
    `INSERT INTO hooktide.process (id, host, pid, version, roles, started_at, delivered, failed, in_flight, seen_at)
     VALUES ('old', 'h', 1, '0.0.1', '{dispatch}', now(), 0, 0, 0, now() + interval '1 hour')`,
  );
const leaves = () => hooktide.sql(`DELETE FROM hooktide.process WHERE id = 'old'`);

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await hooktide.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'hooktide'`,
  );
  const all = await Promise.all(
    tables.map(({ name }) => hooktide.sql<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)),
  );
  return all.flatMap((rows) => rows.map(({ row }) => row)).join('\n');
}

it('nothing that is secret stands in a table, in the log or in an answer of the API', async () => {
  await start({ SECRETS_KEYS: newKey() });
  const receiver = await startReceiver((response, { headers }) => response.writeHead(400).end(JSON.stringify(headers)));
  const server = await startTokenServer();
  const secret = newSecret();
  const key = pem('sender.key');
  const retry = { policy: 'constant', delayMillis: 100, maxAttempts: 1 };
  const common = { uri: receiver.url, retry };
  await register({ ...common, id: 'headers', headers: { 'X-Key': 'header-s3cret', Cookie: 'cookie=s3cret' } });
  await register({ ...common, id: 'basic', auth: { type: 'basic', user: 'me', password: 'basic-s3cret' }, secret });
  await register({ ...common, id: 'bearer', auth: { type: 'bearer', token: 'bearer-s3cret' }, hubSignature: true });
  await register({ ...common, id: 'oauth2', auth: server.auth() });
  await register({ ...common, id: 'tls', tls: { certificate: pem('sender'), key } });
  await hooktide.post(requestUpdate('r'));
  await sendMessage(receiver.url, 'Token message-s3cret');
  const deadLetters = async () => (await hooktide.api('GET', '/api/dead-letters')).json.items;
  await until(async () => (await deadLetters()).length === 6);
  await hooktide.api('POST', '/api/webhooks/basic/test');
  const rotated = (await hooktide.api('POST', '/api/webhooks/basic/secret')).json.secret;
  await hooktide.api('PATCH', '/api/webhooks/headers', { headers: { 'X-Key': 'x\ny', Cookie: '***' } });
  const refused = await hooktide.api('PATCH', '/api/webhooks/basic', { secret: 'whsec_bm90IHRvIGJlIHNlZW4=' });
  expect(refused.json.detail).toBe('secret has 14 bytes: write whsec_ and 24 to 64 bytes in base64');

  const paths = ['webhooks', 'dead-letters', 'deliveries', 'messages', 'webhooks/summary', 'processes'].map(
    (path) => `/api/${path}`,
  );
  const ids = ['headers', 'basic', 'bearer', 'oauth2', 'tls'].map((id) => `/api/webhooks/${id}`);
  const shown = await Promise.all([...paths, ...ids].map(async (path) => (await hooktide.api('GET', path)).text));
  const texts = { tables: await dump(), log: JSON.stringify(hooktide.logged), api: shown.join('\n') };
  const secrets = {
    header: 'header-s3cret',
    cookie: 'cookie=s3cret',
    password: 'basic-s3cret',
    basic: base64('me:basic-s3cret'),
    token: 'bearer-s3cret',
    clientSecret: server.auth().clientSecret,
    access: 'token-1',
    message: 'message-s3cret',
    signing: secret,
    signingKey: secret.slice('whsec_'.length),
    rotated,
    given: 'bm90IHRvIGJlIHNlZW4=',
    key: key.split('\n')[1]!,
  };
  for (const [where, text] of Object.entries(texts)) {
    const found = Object.entries(secrets).filter(
      ([, value]) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1)),
    );
    expect([where, found.map(([name]) => name)]).toEqual([where, []]);
  }
  // They were sent, and answered with: what is kept of that is there, but for them.
  expect(receiver.requests.map(({ headers }) => headers['x-key'] ?? headers.authorization)).toEqual(
    expect.arrayContaining(['header-s3cret', 'Bearer bearer-s3cret', 'Bearer token-1', 'Token message-s3cret']),
  );
  expect(texts.tables).toContain('webhook-timestamp');
  expect(texts.api).toContain('x-key');
});

describe('what is shown as ***', () => {
  const OPTIONS = {
    headers: { 'X-Key': 'header-s3cret' },
    auth: { type: 'bearer', token: 'bearer-s3cret' },
    secret: newSecret(),
    tls: { certificate: pem('sender'), key: pem('sender.key') },
  };
  const KEPT = { ...OPTIONS, secret: undefined, signing: { keys: [{ secret: OPTIONS.secret }] } };

  it('is kept where it is written back, and not touched by changes of other fields', async () => {
    await start();
    await register({ uri: 'http://127.0.0.1:9/', ...OPTIONS });
    const { headers, auth, secret, tls } = await view();
    expect([headers, auth, secret, tls]).toEqual([
      { 'X-Key': '***' },
      { type: 'bearer', token: '***' },
      '***',
      { certificate: OPTIONS.tls.certificate, key: '***' },
    ]);
    const before = await sealedOf();
    expect((await patch({ description: 'other' })).status).toBe(200);
    expect(await sealedOf()).toBe(before);
    expect((await patch({ headers, auth, secret, tls })).status).toBe(200);
    expect(await storedSecrets(hooktide)).toEqual({ inClear: null, opened: KEPT });
    await patch({ auth: null, tls: null });
    expect((await storedSecrets(hooktide)).opened).toEqual({ ...KEPT, auth: null, tls: null });
    expect((await patch({ auth: { type: 'basic', user: 'me', password: '***' } })).json).toMatchObject({
      status: 400,
      field: 'auth.password',
      detail: 'auth.password is ***, which keeps what is stored, and nothing is: write it',
    });
  });

  it('can be taken away: then nothing is sealed', async () => {
    await start();
    await register({ uri: 'http://127.0.0.1:9/', ...OPTIONS });
    await patch({ headers: null, auth: null, secret: null, tls: null });
    expect(await hooktide.sql('SELECT headers, sealed FROM hooktide.webhook')).toEqual([
      { headers: null, sealed: null },
    ]);
  });
});

describe('a key', () => {
  it('is replaced by another, by which all is sealed anew; then the old one can go', async () => {
    const [old, young] = [newKey(), newKey()];
    await start(of(old));
    const receiver = await startReceiver(answers(500));
    await register({ uri: receiver.url, headers: { 'X-Key': 'header-s3cret' } });
    await sendMessage(receiver.url, 'Token message-s3cret');
    const [webhookBefore, [messageBefore = '']] = [await sealedOf(), await messageAuth()];
    expect(prefixOf(webhookBefore)).toBe(prefixOf(messageBefore));

    await restart(of(young, old));
    const after = await until(async () => {
      const [webhook, [message = '']] = [await sealedOf(), await messageAuth()];
      return webhook !== webhookBefore && message !== messageBefore && [webhook, message].map(prefixOf);
    });
    expect(new Set(after).size).toBe(1);
    expect(after[0]).not.toBe(prefixOf(webhookBefore));
    expect(hooktide.logged.filter(({ event }) => event === 'secrets.sealed').map(({ data }) => data)).toEqual([
      { webhooks: 1 },
      { messages: 1 },
    ]);

    await restart(of(young));
    const other = await startReceiver();
    await patch({ uri: other.url });
    await hooktide.post(requestUpdate('r'));
    expect((await other.waitFor(1))[0]!.headers['x-key']).toBe('header-s3cret');
  });

  it('of the config takes the place of the one that the database keeps, which opens on', async () => {
    await start();
    await register({ uri: 'http://127.0.0.1:9/', headers: { 'X-Key': 'header-s3cret' } });
    const before = await sealedOf();
    const warnings = hooktide.logged.filter(({ event }) => event === 'secrets.key_in_database');
    expect(warnings.map(({ level }) => level)).toEqual(['warn']);

    await restart(of(newKey()));
    await until(async () => prefixOf(await sealedOf()) !== prefixOf(before));
    expect((await view()).headers).toEqual({ 'X-Key': '***' });
    expect(hooktide.logged.filter(({ event }) => event === 'secrets.key_in_database')).toEqual([]);
  });

  it('that is missing keeps all waiting that needs it, and when it is back, everything goes', async () => {
    const [key, other] = [newKey(), newKey()];
    await start(of(key));
    const receiver = await startReceiver();
    const secret = newSecret();
    const retry = { policy: 'constant', delayMillis: 100, maxAttempts: 1 };
    await register({ uri: receiver.url, secret, headers: { 'X-Key': 'header-s3cret' }, retry });
    await hooktide.api('POST', '/api/webhooks/w/pause');
    await hooktide.post(requestUpdate('r'));

    await restart({ ...of(other), ROLES: 'api' });
    await hooktide.api('POST', '/api/webhooks/w/resume');
    const unreadable = /^the key [\da-f]{12} that it was sealed by is not in secrets\.keysFile$/;
    expect(await view()).toMatchObject({
      unreadable: expect.stringMatching(unreadable),
      why: expect.stringContaining("Nothing is sent: what is secret of it can't be read: the key"),
      secret: null,
      headers: null,
    });
    const refused = expect.objectContaining({ status: 400, code: 'invalid_input', field: 'secret' });
    expect((await patch({ headers: { 'X-Key': 'new' } })).json).toEqual(refused);
    expect((await hooktide.api('POST', '/api/webhooks/w/secret')).json).toEqual(refused);
    expect((await patch({ description: 'waits for its key' })).status).toBe(200);
    const before = await sealedOf();

    await restart(of(other));
    await sendMessage(receiver.url, 'Token message-s3cret');
    const tried = await until(async () => {
      const { items } = (await hooktide.api('GET', '/api/deliveries?state=waiting')).json;
      return items[0]?.attempts > 2 && items[0];
    });
    expect(JSON.stringify(tried)).toContain('"unreadable_secrets"');
    expect(tried.why.detail).toContain('give every process the keys that sealed it, in secrets.keysFile');
    expect(await sealedOf()).toBe(before);
    // What was sent meanwhile needed another key.
    expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual(['Token message-s3cret']);

    await restart(of(key, other));
    const [, request] = await receiver.waitFor(2);
    expect([request!.headers['x-key'], isVerified(secret, request!)]).toEqual(['header-s3cret', true]);
    expect((await hooktide.api('GET', '/api/dead-letters')).json.items).toEqual([]);
  });

  it('that is lost is not needed any more once all that is secret was written anew', async () => {
    await start(of(newKey()));
    const receiver = await startReceiver();
    await register({ uri: receiver.url, headers: { 'X-Key': 'lost' } });
    await restart(of(newKey()));
    const secret = newSecret();
    expect((await patch({ headers: { 'X-Key': 'new' }, auth: null, secret, tls: null })).status).toBe(200);
    await hooktide.post(requestUpdate('r'));
    const [request] = await receiver.waitFor(1);
    expect([request!.headers['x-key'], isVerified(secret, request!)]).toEqual(['new', true]);
  });

  it.each(['too short', 'c2hvcnQ='])('that is none stops the start: %s', async (keys) => {
    await start();
    const refused = startHooktide({ database, env: { SECRETS_KEYS: keys } });
    await expect(refused).rejects.toThrow(
      /^secrets\.keys, or the file .* holds something else than keys: write 32 bytes/,
    );
    await expect(refused).rejects.not.toThrow(keys);
    await expect(startHooktide({ database, env: { SIGNING_KEYS: keys } })).rejects.toThrow(
      /^signing\.keys, or the file/,
    );
  });
});

describe('while a process of an older build is alive', () => {
  it('headers and messages stay readable for it, and are sealed once it is gone', async () => {
    await start();
    await joins();
    await restart();
    const receiver = await startReceiver();
    const auth = { type: 'bearer', token: 'bearer-s3cret' };
    await register({ uri: receiver.url, headers: { 'X-Key': 'header-s3cret' }, auth });
    await sendMessage('http://127.0.0.1:9/', 'Token message-s3cret');
    const stored = await storedSecrets(hooktide);
    expect(stored.inClear).toEqual({ 'X-Key': 'header-s3cret' });
    expect(stored.opened).toMatchObject({ headers: stored.inClear, auth, signing: { keys: [{}] } });
    expect(await sealedOf()).toMatch(/^s1\./);
    expect(await messageAuth()).toEqual(['Token message-s3cret']);

    // As that one changes headers.
    await hooktide.sql(`UPDATE hooktide.webhook SET headers = '{"X-Key": "of-the-older-build"}'`);
    await hooktide.api('POST', '/api/webhooks/w/resume');
    await hooktide.post(requestUpdate('r'));
    const [request] = await receiver.waitFor(1);
    expect(request!.headers).toMatchObject({ 'x-key': 'of-the-older-build', authorization: 'Bearer bearer-s3cret' });

    await leaves();
    await restart();
    await until(async () => (await storedSecrets(hooktide)).inClear === null && !(await dump()).includes('-s3cret'));
    expect((await storedSecrets(hooktide)).opened).toMatchObject({ headers: { 'X-Key': 'of-the-older-build' }, auth });
    expect(await messageAuth()).toEqual([expect.stringMatching(/^s1\./)]);
    await hooktide.post(requestUpdate('r', 2));
    expect((await receiver.waitFor(2))[1]!.headers['x-key']).toBe('of-the-older-build');
  });

  it('what looks sealed in a message is sent as it is, and not opened for whoever found it', async () => {
    await start();
    const receiver = await startReceiver();
    await sendMessage('http://127.0.0.1:9/', 'Token message-s3cret');
    const [found = ''] = await messageAuth();
    expect(found).toMatch(/^s1\./);
    await joins();
    await restart();
    await sendMessage(receiver.url, found);
    expect((await receiver.waitFor(1))[0]!.headers.authorization).toBe(found);
  });

  it('a change that comes while headers are being sealed is not lost', async () => {
    await start();
    await joins();
    await restart({ ROLES: 'api' });
    await register({ uri: 'http://127.0.0.1:9/', headers: { 'X-0': '0' } });
    const [own] = await hooktide.sql<{ key: string }>('SELECT key FROM hooktide.own_key');
    const vault = vaultWith([own!.key]);
    const dataSource = await createDataSource(database.url, [Webhook], {}).initialize();
    try {
      // In the middle: between what is read and what is written.
      let meanwhile: () => Promise<unknown> = () => patch({ headers: { 'X-0': '***', 'X-1': '1' } });
      const query = async (statement: string, parameters: unknown[]): Promise<unknown> => {
        if (statement.includes('UPDATE')) await meanwhile();
        return dataSource.query(statement, parameters);
      };
      const sealing = new SealingRepository({ query } as unknown as typeof dataSource, vault);
      expect((await sealing.sealNext(0)).sealed).toBe(0);
      expect((await storedSecrets(hooktide)).inClear).toEqual({ 'X-0': '0', 'X-1': '1' });
      meanwhile = () => view();
      expect((await sealing.sealNext(0)).sealed).toBe(1);
      expect((await storedSecrets(hooktide)).inClear).toBeNull();

      // And whichever way they meet.
      for (let n = 2; n < 20; n += 1) {
        const names = Array.from({ length: n }, (_, index) => [`X-${index}`, '***']);
        const change = patch({ headers: { ...Object.fromEntries(names), [`X-${n}`]: String(n) } });
        const [{ status }] = await Promise.all([change, sealing.sealNext(0), sealing.sealNext(0)]);
        expect([n, status]).toEqual([n, 200]);
      }
      const all = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`X-${n}`, String(n)]));
      expect((await storedSecrets(hooktide)).opened.headers).toEqual(all);
    } finally {
      await dataSource.destroy();
    }
  });
});
