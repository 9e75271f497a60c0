import { readFileSync } from 'node:fs';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../setup/database.js';
import { sling, TOKEN } from '../setup/hook-slinger.js';
import { asJson, send, type RawAnswer, type RawRequest } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { startProxy } from '../setup/proxy.js';

/** One exchange with Hook Slinger, as it was observed. */
interface Vector {
  name: string;
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; json: Record<string, unknown> | null; text?: string };
}
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/hook-slinger/${name}`, import.meta.url), 'utf8')) as unknown;
const vectors = fixture('api-vectors.json') as Vector[];
const urls = fixture('url-validation-vectors.json') as { url: string; valid: boolean }[];
const PUBLIC_TOKEN = '$5$1O/inyTZhNvFt.GW$Zfckz9OL.lm2wh3IewTm8YJ914wjz5txFnXG5XW.wb4';

const named = (name: string): Vector => vectors.find((vector) => vector.name === name)!;
const A = named('auth-missing').response.json!.detail;
const B = named('auth-wrong').response.json!.detail;

/** As the client sent it, with another token than the one that everybody knows. */
function requestOf({ request: { method, path, headers, body } }: Vector, token = TOKEN): RawRequest {
  const withToken = Object.entries(headers).map(([name, value]) => [name, value.replace(PUBLIC_TOKEN, token)]);
  const text = body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return { method, path, headers: Object.fromEntries(withToken) as Record<string, string>, body: text };
}

const UUID = /[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}/;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}/;
/** What is new each time, by its form. */
const masked = (text: string) => text.replace(UUID, '<uuid4>').replace(TIME, '<time>');

/** Of an answer what a vector knows of. */
const seen = ({ status, text, headers }: RawAnswer, { response }: Vector) => ({
  status,
  text: masked(text),
  headers: Object.fromEntries(Object.keys(response.headers).map((name) => [name, headers[name]])),
});
const observed = ({ response: { status, headers, json, text } }: Vector) => ({
  status,
  text: masked(text ?? JSON.stringify(json)),
  headers,
});

const detailOf = ({ text }: RawAnswer): unknown => (JSON.parse(text) as { detail: unknown }).detail;
const stored = async (hooktide: Hooktide) => (await hooktide.sql('SELECT 1 FROM hooktide.update')).length;

describe("Hook Slinger's API", () => {
  let hooktide: Hooktide;
  beforeAll(async () => {
    hooktide = await startHooktide({
      env: {
        ROLES: 'api',
        HOOK_SLINGER_API_TOKEN: TOKEN,
        INGEST_MAX_PAYLOAD_BYTES: '50',
        INGEST_MAX_REQUEST_BYTES: '9000',
      },
    });
  });
  afterAll(() => hooktide.stop());

  const elsewhere = ['no-trailing-slash', 'not-found', 'cors-preflight', 'queue-backend-down'];
  it.each(vectors.filter(({ name }) => !elsewhere.includes(name)))(
    'answers as it was observed: $name',
    async (vector) => {
      expect(seen(await send(hooktide.url, requestOf(vector)), vector)).toEqual(observed(vector));
    },
  );

  it('answers without the slash at the end as with it, where Hook Slinger sends its clients on', async () => {
    const answer = await send(hooktide.url, requestOf(named('no-trailing-slash')));
    expect(seen(answer, named('ok'))).toEqual(observed(named('ok')));
  });

  it.each(['/hook_slinger/?a=b', '/hook_slinger?a'])('has a query for nothing: %s', async (path) => {
    const answer = await send(hooktide.url, { ...requestOf(named('ok')), path });
    expect(answer.status).toBe(202);
  });

  it.each([
    ['GET', '/nope'],
    ['GET', '/'],
    ['POST', '/HOOK_SLINGER/'],
    ['POST', '/hook_slinger//'],
    ['GET', '/Hook_slinger'],
    ['POST', '/singularity/hook_slinger/'],
    ['POST', '/api/hook_slinger/'],
  ])('leaves other paths to Hooktide: %s %s', async (method, path) => {
    const { status, headers, text } = await send(hooktide.url, { ...requestOf(named('ok')), method, path });
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(JSON.parse(text)).toMatchObject({ code: 'not_found' });
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('takes no other method: %s', async (method) => {
    for (const path of ['/hook_slinger/', '/hook_slinger'])
      expect(seen(await send(hooktide.url, { method, path }), named('method-get'))).toEqual(
        observed(named('method-get')),
      );
  });

  it('answers HEAD as GET, without the body', async () => {
    const { status, headers, text } = await send(hooktide.url, { method: 'HEAD', path: '/hook_slinger/' });
    expect([status, headers.allow, text]).toEqual([405, 'POST', '']);
  });

  it.each(urls)('takes those urls that Hook Slinger takes: $url', async ({ url, valid }) => {
    const vector = named(valid ? 'ok-no-optional' : 'bad-url-plain');
    expect(seen(await sling(hooktide, { to_url: url, payload: {} }), vector)).toEqual(observed(vector));
  });

  it('names the time of the request in UTC, and an id of its own each time', async () => {
    const before = new Date().toISOString().slice(0, -1);
    const answers = [await sling(hooktide, { to_url: 'http://a.bc', payload: {} }), await sling(hooktide, { to_url: 'http://a.bc', payload: {} })]; // prettier-ignore
    const after = new Date().toISOString().slice(0, -1);
    const said = answers.map(({ text }) => JSON.parse(text) as { job_id: string; queued_at: string });
    expect(said[0]!.job_id).not.toBe(said[1]!.job_id);
    for (const { queued_at } of said) expect(before <= queued_at && queued_at <= `${after}999`).toBe(true);
    expect(Object.keys(said[0]!)).toEqual(['status', 'ok', 'message', 'job_id', 'queued_at']);
  });

  it.each([
    ['{"group":"","tag":""', /^__[\da-f-]{36}$/],
    ['{"group":"a/b: c","tag":"日😀"', /^a\/b: c_日😀_[\da-f-]{36}$/],
    ['{"group":1e16,"tag":1.0', /^1e\+16_1\.0_[\da-f-]{36}$/],
    ['{"group":null,"tag":false', /^None_False_[\da-f-]{36}$/],
  ])('makes ids of the words as they come: %s', async (fields, id) => {
    const { status, text } = await sling(hooktide, `${fields},"to_url":"http://a.bc","payload":{}}`);
    expect([status, (JSON.parse(text) as { job_id: string }).job_id]).toEqual([202, expect.stringMatching(id)]);
    const job = (JSON.parse(text) as { job_id: string }).job_id;
    expect(await hooktide.sql('SELECT 1 FROM hooktide.update WHERE client_id = $1', [job])).toHaveLength(1);
  });

  describe('checks in this order:', () => {
    const BAD_JSON = '{bad';
    const BAD_FIELDS = '{"to_url":[]}';
    const BAD_URL = '{"to_url":"nope","payload":{}}';

    it.each([
      ['the syntax before the token', BAD_JSON, 'wrong', 422],
      ['the token before the fields', BAD_FIELDS, 'wrong', 403],
      ['the fields before the url', '{"to_url":"nope"}', TOKEN, 422],
      ['the url', BAD_URL, TOKEN, 400],
      ['the url before the size', `{"to_url":"nope","payload":{"a":"${'x'.repeat(99)}"}}`, TOKEN, 400],
    ])('%s', async (_, body, token, status) => {
      expect((await sling(hooktide, body, token)).status).toBe(status);
    });
  });

  it.each([
    ['no header', undefined, A],
    ['an empty one', '', A],
    ['another token', 'Token correct-horses', B],
    ['the beginning of the token', 'Token correct-hors', B],
    ['another case', 'token correct-horse', B],
    ['another word', 'Bearer correct-horse', B],
    ['two blanks', 'Token  correct-horse', B],
    ['no word', TOKEN, B],
    ['the token that everybody knows', `Token ${PUBLIC_TOKEN}`, B],
  ])('keeps out who has %s', async (_, header, detail) => {
    const request = requestOf(named('ok'));
    const headers = header === undefined ? asJson : { ...asJson, Authorization: header };
    const answer = await send(hooktide.url, { ...request, headers });
    expect([answer.status, detailOf(answer)]).toEqual([403, detail]);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it.each([
    [
      'payload',
      `{"to_url":"http://a.bc","payload":{"a":"${'x'.repeat(43)}"}}`,
      'payload is 51 bytes long: send at most 50',
    ],
    [
      'request',
      `{"to_url":"http://a.bc","payload":{}${' '.repeat(9_000)}}`,
      expect.stringContaining('maxRequestBytes'),
    ],
  ])('takes no larger %s than the config allows', async (_, body, detail) => {
    const answer = await sling(hooktide, body);
    expect([answer.status, answer.headers['content-type'], detailOf(answer)]).toEqual([
      413,
      'application/json',
      detail,
    ]);
  });

  it('measures a payload as it is sent', async () => {
    const just = `{"to_url":"http://a.bc","payload":{ "a" :  "${String.raw`\u00e9`.repeat(21)}" }}`;
    expect((await sling(hooktide, just)).status).toBe(202);
    expect((await sling(hooktide, just.replace('"a"', '"ab"'))).status).toBe(413);
  });

  it('says in its own shape what is wrong with the compression', async () => {
    const request = requestOf(named('ok'));
    const zipped = (body: Buffer, encoding: string) =>
      send(hooktide.url, { ...request, headers: { ...request.headers, 'Content-Encoding': encoding }, body });
    expect((await zipped(gzipSync(request.body!), 'gzip')).status).toBe(202);
    const cut = await zipped(gzipSync(request.body!).subarray(0, 9), 'gzip');
    expect([cut.status, typeof detailOf(cut)]).toEqual([400, 'string']);
    expect((await zipped(Buffer.from('x'), 'rot13')).status).toBe(415);
  });

  it('answers without CORS unless it is asked for', async () => {
    const request = requestOf(named('ok'));
    const answer = await send(hooktide.url, {
      ...request,
      headers: { ...request.headers, Origin: 'https://x.example' },
    });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(seen(await send(hooktide.url, requestOf(named('cors-preflight'))), named('method-get'))).toEqual(
      observed(named('method-get')),
    );
  });

  it('takes or refuses whatever comes, and never fails at it', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\0', '\ud800', '', 'x'.repeat(400), 1e300, -0, true, null, [], [['a', 1]], ['ab']),
    );
    const url = fc.oneof(
      value,
      fc.webUrl(),
      fc.string({ unit: 'binary' }).map((path) => `http://a.bc/${path}`),
      fc.domain().map((domain) => `ftp://${domain}:99999/`),
    );
    const message = fc.record(
      { to_url: url, to_auth: value, tag: value, group: value, payload: value },
      { requiredKeys: ['to_url', 'payload'] },
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(message, async (body) => {
        const { status } = await sling(hooktide, JSON.stringify(body));
        seen.add(status);
        expect([202, 400, 413, 422]).toContain(status);
      }),
      { numRuns: 300 },
    );
    expect(seen).toContain(422);
  });

  it('stores nothing of what it refused', async () => {
    const before = await stored(hooktide);
    for (const { name } of vectors.filter(({ response }) => ![202, 200, 307].includes(response.status)))
      if (name !== 'queue-backend-down') await send(hooktide.url, requestOf(named(name)));
    expect(await stored(hooktide)).toBe(before);
  });
});

const corsOf = ({ headers }: RawAnswer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'vary' || name.startsWith('access-control')));

describe('with CORS', () => {
  let hooktide: Hooktide;
  beforeAll(async () => {
    hooktide = await startHooktide({
      env: { ROLES: 'api', HOOK_SLINGER_API_TOKEN: TOKEN, HOOK_SLINGER_CORS: 'true', INGEST_MAX_REQUEST_BYTES: '500' },
    });
  });
  afterAll(() => hooktide.stop());

  const preflight = requestOf(named('cors-preflight'));
  it('answers a preflight as it was observed', async () => {
    expect(seen(await send(hooktide.url, preflight), named('cors-preflight'))).toEqual(
      observed(named('cors-preflight')),
    );
    const { 'Access-Control-Request-Headers': _, ...headers } = preflight.headers!;
    expect(corsOf(await send(hooktide.url, { ...preflight, headers }))).not.toHaveProperty(
      'access-control-allow-headers',
    );
  });

  it('refuses one for a method that there is not', async () => {
    const headers = { ...preflight.headers, 'Access-Control-Request-Method': 'post' };
    const { status, text } = await send(hooktide.url, { ...preflight, headers });
    expect([status, text]).toEqual([400, 'Disallowed CORS method']);
  });

  it('lets every page read what is answered, errors included', async () => {
    const ok = requestOf(named('ok'));
    const Origin = 'https://x.example';
    const requests: [RawRequest, status: number][] = [
      [ok, 202],
      [{ ...ok, headers: asJson }, 403],
      [{ ...ok, body: '{bad' }, 422],
      [{ ...ok, body: ' '.repeat(501) }, 413],
      [{ ...ok, method: 'GET', body: undefined }, 405],
      [{ ...ok, method: 'OPTIONS', body: undefined }, 405],
    ];
    for (const [request, status] of requests) {
      const answer = await send(hooktide.url, { ...request, headers: { ...request.headers, Origin } });
      expect([answer.status, corsOf(answer)]).toEqual([
        status,
        { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' },
      ]);
    }
    const withCookie = await send(hooktide.url, { ...ok, headers: { ...ok.headers, Origin, Cookie: 'a=b' } });
    expect(corsOf(withCookie)).toMatchObject({ 'access-control-allow-origin': Origin, vary: 'Origin' });
    expect(corsOf(await send(hooktide.url, ok))).toEqual({});
  });

  it('opens no other route', async () => {
    const headers = { Origin: 'https://x.example' };
    expect(corsOf(await send(hooktide.url, { method: 'GET', path: '/api/webhooks', headers }))).toEqual({});
  });
});

describe('the token', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hooktide-hook-slinger-'));
    await writeFile(join(folder, 'token'), 'of-the-api\n');
    await writeFile(join(folder, 'public'), `${PUBLIC_TOKEN}\n`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('may be that of the whole API, or its own, which opens nothing else', async () => {
    const env = { ROLES: 'api', AUTH_TOKEN_FILE: join(folder, 'token'), HOOK_SLINGER_API_TOKEN: TOKEN };
    const hooktide = await startHooktide({ env });
    const body = { to_url: 'http://a.bc', payload: {} };
    expect((await sling(hooktide, body, 'of-the-api')).status).toBe(202);
    expect((await sling(hooktide, body, TOKEN)).status).toBe(202);
    expect((await sling(hooktide, body, 'of-nobody')).status).toBe(403);
    const list = (token: string) =>
      send(hooktide.url, { method: 'GET', path: '/api/webhooks', headers: { Authorization: `Token ${token}` } });
    expect([(await list(TOKEN)).status, (await list('of-the-api')).status]).toEqual([401, 200]);
    await hooktide.stop();
  });

  it.each(['', 'x', PUBLIC_TOKEN, 'null', 'undefined'])(
    'is asked for on loopback, too: where there is none, nobody gets in with «%s»',
    async (token) => {
      const hooktide = await startHooktide({ env: { ROLES: 'api' } });
      const answers = [];
      for (let turn = 0; turn < 2; turn++)
        answers.push(await sling(hooktide, { to_url: 'http://a.bc', payload: {} }, token));
      for (const answer of answers) {
        expect([answer.status, detailOf(answer)]).toEqual([403, expect.stringContaining('hookSlinger.apiTokenFile')]);
        expect(String(detailOf(answer)).startsWith(String(B))).toBe(true);
      }
      expect(hooktide.logged.filter(({ event }) => event === 'hook_slinger.closed')).toHaveLength(1);
      await hooktide.stop();
    },
  );

  it.each([
    [{ HOOK_SLINGER_API_TOKEN: PUBLIC_TOKEN }, 'hookSlinger.apiToken'],
    [{ HOOK_SLINGER_API_TOKEN_FILE: 'public' }, 'hookSlinger.apiTokenFile'],
  ])('that everybody knows stops the start: %j', async (env, key) => {
    const database = await createTestDatabase();
    const placed = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value === 'public' ? join(folder, value) : value])); // prettier-ignore
    await expect(startHooktide({ env: placed, database })).rejects.toMatchObject({ code: 'bad_config', key });
    await database.drop();
  });
});

describe('what Hooktide fails at', () => {
  it('is what Hook Slinger answers when its queue is down, and is taken again once the database is back', async () => {
    const database = await createTestDatabase();
    const proxy = await startProxy(database.url);
    const hooktide = await startHooktide({
      database: { ...database, url: proxy.url },
      env: { HOOK_SLINGER_API_TOKEN: TOKEN },
    });
    await proxy.cut();
    const down = named('queue-backend-down');
    expect(seen(await send(hooktide.url, requestOf(down)), down)).toEqual(observed(down));
    expect(hooktide.logged.some(({ event }) => event === 'request.failed')).toBe(true);
    await proxy.mend();
    expect((await send(hooktide.url, requestOf(down))).status).toBe(202);
    await hooktide.stop();
    await proxy.cut();
    await database.drop();
  });

  it('is the same when too much waits', async () => {
    const hooktide = await startHooktide({
      env: { ROLES: 'api', HOOK_SLINGER_API_TOKEN: TOKEN, MAX_WAITING_DELIVERIES: '1' },
    });
    expect((await sling(hooktide, { to_url: 'http://a.bc', payload: {} })).status).toBe(202);
    expect(seen(await sling(hooktide, { to_url: 'http://a.bc', payload: {} }), named('queue-backend-down'))).toEqual(
      observed(named('queue-backend-down')),
    );
    expect(await stored(hooktide)).toBe(1);
    await hooktide.stop();
  });

  it('has no such route without the role api', async () => {
    const hooktide = await startHooktide({ env: { ROLES: 'dispatch', HOOK_SLINGER_API_TOKEN: TOKEN } });
    expect((await sling(hooktide, { to_url: 'http://a.bc', payload: {} })).status).toBe(404);
    await hooktide.stop();
  });
});
