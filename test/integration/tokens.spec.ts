import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../setup/database.js';
import { startHooktide } from '../setup/hooktide.js';
import { asJson, send } from '../setup/http.js';
import { startReceiver, closeReceivers } from '../setup/receivers.js';
import { bearing, OPERATOR, startLocked, type LockedHooktide } from '../setup/tokens.js';
import { requestUpdate } from '../setup/updates.js';
import { until } from '../setup/until.js';

let hooktide: LockedHooktide;
beforeAll(async () => {
  hooktide = await startLocked({ env: { EGRESS_ALLOW: '127.0.0.0/8' } });
});
afterAll(() => hooktide.stop());
afterEach(async () => {
  // One after the other, row by row: TRUNCATE locks whole tables, and dispatchers may lock them in another order.
  for (const table of ['token', 'webhook', 'lane', 'disabled_action']) {
    await hooktide.sql(`DELETE FROM hooktide.${table}`);
  }
  await closeReceivers();
});

const SCOPES = ['read', 'ingest', 'webhooks', 'admin'] as const;
const update = requestUpdate('r');
const namesIn = ({ json }: { json: { items: { name: string }[] } }) => json.items.map(({ name }) => name);
const message = { to_url: 'http://127.0.0.1:9/', payload: {} };
const webhook = { uri: 'http://127.0.0.1:9/', type: 'REQUEST', id: 'w' };
const token = { name: 'another', scopes: ['read'] };

/** Which scopes open a group of routes, and some of its routes. What they answer with else doesn't matter here. */
const GROUPS: [group: string, opening: readonly string[], routes: [string, string, unknown?][]][] = [
  ['ingest', ['ingest', 'admin'], [['POST', '/api/updates', update], ['POST', '/singularity/api/updates', update]]],
  ['messages in', ['ingest', 'admin'], [['POST', '/hook_slinger/', message]]],
  [
    'look-ups',
    ['read', 'webhooks', 'admin'],
    [
      ['GET', '/api/updates'],
      ['GET', '/api/deliveries'],
      ['GET', '/api/dead-letters'],
      ['GET', '/api/messages'],
      ['GET', '/api/messages/counts'],
      ['GET', '/api/processes'],
      ['HEAD', '/api/processes'],
    ],
  ],
  [
    'the registry, reading',
    ['read', 'webhooks', 'admin'],
    [
      ['GET', '/api/webhooks'],
      ['GET', '/singularity/api/webhooks/summary'],
      ['GET', '/api/webhooks/task?webhookId=w'],
      ['GET', '/api/webhooks/w'],
      ['GET', '/api/disasters/disabled-actions'],
    ],
  ],
  [
    'the registry, writing',
    ['webhooks', 'admin'],
    [
      ['POST', '/api/webhooks', webhook],
      ['PATCH', '/api/webhooks/w', { description: 'x' }],
      ['POST', '/api/webhooks/w/pause'],
      ['POST', '/api/webhooks/w/resume'],
      ['POST', '/api/webhooks/w/test'],
      ['DELETE', '/api/webhooks?webhookId=w'],
      ['DELETE', '/singularity/api/webhooks/w'],
    ],
  ],
  [
    'replays and deletions',
    ['webhooks', 'admin'],
    [
      ['POST', '/api/dead-letters/replay', { webhookId: 'x' }],
      ['POST', '/api/dead-letters/discard', { webhookId: 'x' }],
      ['DELETE', '/api/dead-letters/1'],
      ['POST', '/api/deliveries/replay', { webhookId: 'x' }],
      ['DELETE', '/api/messages?group=x'],
      ['POST', '/api/messages/replay', { group: 'x' }],
    ],
  ],
  [
    'switches and tokens',
    ['admin'],
    [
      ['POST', '/api/disasters/disabled-actions/VIEW_WEBHOOKS'],
      ['DELETE', '/api/disasters/disabled-actions/VIEW_WEBHOOKS'],
      ['GET', '/api/tokens'],
      ['POST', '/api/tokens', token],
      ['DELETE', '/api/tokens/999'],
      ['GET', '/singularity/api/tokens'],
    ],
  ],
  ['hooks of applications, reading', ['read', 'webhooks', 'admin'], [['GET', '/v1/applications'], ['GET', '/v1/applications/a/hook']]],
  [
    'hooks of applications, writing',
    ['webhooks', 'admin'],
    [
      ['POST', '/v1/applications/a/hook', { url: 'http://127.0.0.1:9/' }],
      ['DELETE', '/v1/applications/a/hook?url=http://127.0.0.1:9/'],
    ],
  ],
  ['what is public', SCOPES, [['GET', '/healthz'], ['GET', '/readyz'], ['GET', '/docs'], ['GET', '/v1/_ping']]],
]; // prettier-ignore

describe.each(GROUPS)('%s', (_, opening, routes) => {
  it.each(SCOPES)(`is open to ${opening.join(', ')}: %s`, async (scope) => {
    const { token: its } = await hooktide.make({ name: scope, scopes: [scope] });
    for (const [method, path, body] of routes) {
      const headers = { Authorization: path.startsWith('/hook_slinger') ? `Token ${its}` : `Bearer ${its}` };
      const request = {
        method,
        path,
        headers: { ...(body ? asJson : {}), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      };
      const { status } = await send(hooktide.url, request);
      expect([method, path, status === 403]).toEqual([method, path, !opening.includes(scope)]);
      expect(status).not.toBe(401);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('a refusal', () => {
  it("names the scope on Hooktide's routes, and speaks the others' words on theirs", async () => {
    const { token: its } = await hooktide.make({ name: 'ci', scopes: ['ingest'] });
    const own = await hooktide.by(its, 'GET', '/api/deliveries');
    expect([own.status, own.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
    expect(own.json).toMatchObject({
      code: 'forbidden',
      detail: 'ci has ingest, and this takes the scope read: use a token that has it',
    });
    const singularity = await hooktide.by(its, 'POST', '/singularity/api/webhooks', webhook);
    expect([singularity.status, singularity.headers.get('content-type'), singularity.text]).toEqual([
      403,
      'text/plain',
      'ci must be part of one or more groups: [webhooks, admin]',
    ]);
    const sail = await hooktide.by(its, 'GET', '/v1/applications');
    expect([sail.status, sail.json.error, sail.json.error_status]).toEqual([403, 403, 'Forbidden']);
    const { token: reader } = await hooktide.make({ name: 'reader', scopes: ['read'] });
    const headers = { ...asJson, Authorization: `Token ${reader}` };
    const slinger = await send(hooktide.url, {
      method: 'POST',
      path: '/hook_slinger',
      headers,
      body: JSON.stringify(message),
    });
    expect([slinger.status, JSON.parse(slinger.text)]).toEqual([
      403,
      { detail: 'reader has read, and this takes the scope ingest: use a token that has it' },
    ]);
  });

  it('of somebody unknown comes before the body is read', async () => {
    const { hostname, port } = new URL(hooktide.url);
    const socket = connect(Number(port), hostname);
    const lines = [
      'POST /api/updates HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      'Content-Length: 9000000',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n[`);
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await until(() => answer.includes('unauthenticated'));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    socket.destroy();
  });
});

describe('a token', () => {
  it('is shown once, and kept as its SHA-256 alone', async () => {
    const made = await hooktide.by(OPERATOR, 'POST', '/api/tokens', { name: 'ci', scopes: ['read', 'ingest'] });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ name: 'ci', scopes: ['read', 'ingest'], state: 'valid', createdBy: 'tokenFile' });
    const its = made.json.token as string;
    expect(its).toMatch(/^hkt_[\w-]{43}$/);
    const [row] = await hooktide.sql<{ hash: Buffer; all: string }>(
      'SELECT hash, t::text AS all FROM hooktide.token t',
    );
    expect(row?.hash).toEqual(createHash('sha256').update(its).digest());
    expect(row?.all).not.toContain(its);
    const list = await hooktide.by(OPERATOR, 'GET', '/api/tokens');
    expect(list.json.items).toHaveLength(1);
    expect(list.text).not.toContain(its);
    expect(list.text).not.toMatch(/hash|token"/);
    expect(JSON.stringify(hooktide.logged)).not.toContain(its);
    expect(hooktide.logged).toContainEqual(
      expect.objectContaining({
        event: 'token.created',
        data: expect.objectContaining({ name: 'ci', by: 'tokenFile' }),
      }),
    );
  });

  it.each(['Bearer', 'bearer', 'Token', 'TOKEN'])('is taken with the word %s', async (word) => {
    const { token: its } = await hooktide.make({ name: 'ci', scopes: ['read'] });
    const headers = { Authorization: `${word} ${its}` };
    expect((await send(hooktide.url, { method: 'GET', path: '/api/webhooks', headers })).status).toBe(200);
  });

  it('makes others under its own name, and passes as a password where Sail asks', async () => {
    const { token: boss } = await hooktide.make({ name: 'boss', scopes: ['admin'] });
    const { json } = await hooktide.by(boss, 'POST', '/api/tokens', { name: 'ci', scopes: ['admin'] });
    expect(json.createdBy).toBe('boss');
    const headers = { Authorization: `Basic ${Buffer.from(`toto:${boss}`).toString('base64')}` };
    const user = await send(hooktide.url, { method: 'GET', path: '/v1/users', headers });
    expect([user.status, user.text]).toEqual([200, '{"name":"toto"}']);
  });

  it('is none when it has expired, and its name is free then', async () => {
    const { id, token: its } = await hooktide.make({ name: 'ci', scopes: ['read'], expiresInHours: 1 });
    expect((await hooktide.by(its, 'GET', '/api/webhooks')).status).toBe(200);
    const taken = await hooktide.by(OPERATOR, 'POST', '/api/tokens', { name: 'ci', scopes: ['read'] });
    expect([taken.status, taken.json.code]).toEqual([409, 'name_taken']);
    const brief = await hooktide.make({ name: 'brief', scopes: ['read'], expiresInHours: 1 / 36_000 });
    await until(async () => (await hooktide.by(brief.token, 'GET', '/api/webhooks')).status === 401);
    expect((await hooktide.by(OPERATOR, 'GET', '/api/tokens')).json.items).toMatchObject([
      { id, state: 'valid' },
      { id: brief.id, state: 'expired' },
    ]);
    await hooktide.make({ name: 'brief', scopes: ['ingest'] });
    const states = (await hooktide.by(OPERATOR, 'GET', '/api/tokens')).json.items.map(
      (it: { state: string }) => it.state,
    );
    expect(states).toEqual(['valid', 'revoked', 'valid']);
  });

  it('is none as soon as it is revoked, and a second revocation finds none', async () => {
    const { id, token: its } = await hooktide.make({ name: 'ci', scopes: ['read'] });
    expect((await hooktide.by(its, 'GET', '/api/webhooks')).status).toBe(200);
    expect((await hooktide.by(OPERATOR, 'DELETE', `/api/tokens/${id}`)).status).toBe(204);
    expect((await hooktide.by(its, 'GET', '/api/webhooks')).status).toBe(401);
    expect((await hooktide.by(OPERATOR, 'DELETE', `/api/tokens/${id}`)).json.code).toBe('token_not_found');
  });

  it('is listed by pages, in the order in which they were made', async () => {
    for (const name of ['a', 'b', 'c']) await hooktide.make({ name, scopes: ['read'] });
    const first = await hooktide.by(OPERATOR, 'GET', '/api/tokens?limit=2');
    const second = await hooktide.by(OPERATOR, 'GET', `/api/tokens?limit=2&after=${first.json.next}`);
    expect([namesIn(first), namesIn(second), second.json.next]).toEqual([['a', 'b'], ['c'], null]);
  });

  it('that ended 90 days ago is forgotten when another is made', async () => {
    const { id } = await hooktide.make({ name: 'old', scopes: ['read'] });
    await hooktide.make({ name: 'young', scopes: ['read'] });
    await hooktide.sql(`UPDATE hooktide.token SET revoked_at = now() - interval '89 days'`);
    await hooktide.sql(`UPDATE hooktide.token SET revoked_at = now() - interval '91 days' WHERE id = $1`, [id]);
    await hooktide.make({ name: 'new', scopes: ['read'] });
    const rows = await hooktide.sql<{ name: string }>('SELECT name FROM hooktide.token ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(['young', 'new']);
  });
});

const makeOfWeb = (scopes: string[]) => hooktide.make({ name: 'ci', scopes, application: 'web' });

describe('a token of an application', () => {
  it('has its updates count as those of the application, byte for byte as they came', async () => {
    const receiver = await startReceiver();
    const filter = { applications: ['web'] };
    await hooktide.by(OPERATOR, 'POST', '/api/webhooks', { uri: receiver.url, type: 'REQUEST', filter });
    const { token: its } = await makeOfWeb(['ingest']);
    const payload = '{ "createdAt":1.0e12,"eventType":"UPDATED", "request":{"id":"r","n":12345678901234567890} }';
    const body = `[{"type":"REQUEST","payload":${payload}},{"type":"REQUEST","application":"web","payload":${payload}}]`;
    const answer = await hooktide.by(its, 'POST', '/api/updates', body);
    expect([answer.status, answer.json.deliveries]).toEqual([202, 2]);
    const rows = await hooktide.sql<{ application: string; payload: string }>(
      `SELECT application, payload FROM hooktide.update WHERE id = ANY ($1::uuid[])`,
      [answer.json.ids],
    );
    expect(rows).toEqual([
      { application: 'web', payload },
      { application: 'web', payload },
    ]);
  });

  it('sends no updates of another, and stores nothing of the request', async () => {
    const { token: its } = await makeOfWeb(['ingest']);
    const before = await hooktide.sql('SELECT count(*) FROM hooktide.update');
    const refused = await hooktide.by(its, 'POST', '/api/updates', [update, { ...update, application: 'shop' }]);
    expect([refused.status, refused.json.code]).toEqual([403, 'forbidden']);
    const event = {
      specversion: '1.0',
      type: 'REQUEST',
      source: '/',
      id: '1',
      application: 'shop',
      data: update.payload,
    };
    const headers = { ...bearing(its), 'Content-Type': 'application/cloudevents+json' };
    const request = { method: 'POST', path: '/api/updates', headers };
    expect((await send(hooktide.url, { ...request, body: JSON.stringify(event) })).status).toBe(403);
    expect(await hooktide.sql('SELECT count(*) FROM hooktide.update')).toEqual(before);
    const { application: _, ...without } = event;
    expect((await send(hooktide.url, { ...request, body: JSON.stringify(without) })).status).toBe(202);
    const [last] = await hooktide.sql('SELECT application FROM hooktide.update ORDER BY id DESC LIMIT 1');
    expect(last).toEqual({ application: 'web' });
  });

  it('has webhooks of its application alone, and gets in nowhere else', async () => {
    const { token: its } = await makeOfWeb(['webhooks', 'ingest']);
    const hook = { url: 'http://127.0.0.1:9/' };
    expect((await hooktide.by(its, 'POST', '/v1/applications/web/hook', hook)).status).toBe(201);
    expect((await hooktide.by(its, 'GET', '/v1/applications/web/hook')).json).toEqual([hook]);
    expect((await hooktide.by(its, 'DELETE', `/v1/applications/web/hook?url=${hook.url}`)).status).toBe(200);
    for (const [method, path, body] of [
      ['GET', '/v1/applications'],
      ['GET', '/v1/applications/shop/hook'],
      ['POST', '/v1/applications/shop/hook', hook],
      ['POST', '/v1/applications/web%20/hook', hook],
      ['GET', '/v1/applications/WEB/hook'],
      ['GET', '/api/webhooks'],
      ['POST', '/api/webhooks', webhook],
      ['GET', '/api/updates'],
      ['GET', '/api/deliveries?application=web'],
      ['POST', '/api/dead-letters/replay', {}],
      ['GET', '/api/tokens'],
    ] as const) {
      expect([path, (await hooktide.by(its, method, path, body)).status]).toEqual([path, 403]);
    }
    const headers = { ...asJson, Authorization: `Token ${its}` };
    const slinger = { method: 'POST', path: '/hook_slinger/', headers, body: JSON.stringify(message) };
    expect((await send(hooktide.url, slinger)).status).toBe(403);
  });
});

describe('without a token asked for', () => {
  it('tokens can be made all the same, open Hook Slinger, and turn nothing on', async () => {
    const open = await startHooktide({ env: { ROLES: 'api' } });
    const made = await open.api('POST', '/api/tokens', { name: 'ci', scopes: ['ingest'] });
    expect([made.status, made.json.createdBy]).toEqual([201, 'anybody']);
    expect((await open.api('GET', '/api/webhooks')).status).toBe(200);
    const slinger = (its: string) =>
      send(open.url, {
        method: 'POST',
        path: '/hook_slinger/',
        headers: { ...asJson, Authorization: its },
        body: JSON.stringify(message),
      });
    expect((await slinger(`Token ${made.json.token}`)).status).toBe(202);
    expect((await slinger(`token ${made.json.token}`)).status).toBe(403);
    expect((await slinger('Token other')).status).toBe(403);
    await open.stop();
  });

  it('a start with the mode token is refused until there is one that may do everything', async () => {
    const database = await createTestDatabase();
    const env = { ROLES: 'api', AUTH_MODE: 'token', SERVER_HOST: '0.0.0.0' };
    const refused = startHooktide({ env, database });
    await expect(refused).rejects.toMatchObject({ code: 'bad_config', key: 'auth.tokenFile' });
    await expect(refused).rejects.toThrow('hooktide token create <name> --scope admin --database');
    await startHooktide({ env: { ...env, ROLES: 'dispatch' }, database }).then((other) => other.stop());
    const open = await startHooktide({ env: { ROLES: 'api' }, database });
    await open.api('POST', '/api/tokens', { name: 'reader', scopes: ['read', 'ingest', 'webhooks'] });
    await expect(startHooktide({ env, database })).rejects.toThrow('auth.mode is token');
    const { json } = await open.api('POST', '/api/tokens', { name: 'boss', scopes: ['admin'] });
    await open.stop();
    const locked = await startHooktide({ env, database });
    const url = locked.url.replace('0.0.0.0', '127.0.0.1');
    const ask = (headers: Record<string, string>) => send(url, { method: 'GET', path: '/api/tokens', headers });
    expect([(await ask({})).status, (await ask(bearing(json.token))).status]).toEqual([401, 200]);
    await locked.stop();
    await database.drop();
  });
});
