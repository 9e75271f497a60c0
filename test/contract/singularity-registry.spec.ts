import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asJson, send, type RawAnswer } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { fixture } from '../setup/updates.js';

let hooktide: Hooktide;
beforeAll(async () => {
  // Nothing is sent: what is registered here leads nowhere.
  hooktide = await startHooktide({
    env: { CHECK_WEBHOOKS_EVERY_MILLIS: '3600000', WAKE_ON_ENQUEUE: 'false', EGRESS_ALLOW: '127.0.0.0/8,::1' },
  });
});
afterAll(() => hooktide.stop());
afterEach(() => hooktide.sql('TRUNCATE hooktide.webhook, hooktide.disabled_action'));

const PREFIXES = ['/api', '/singularity/api'];
const call = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = asJson) =>
  send(hooktide.url, { method, path, headers: body === undefined ? {} : headers, body });
const register = (webhook: object, prefix = '/api') =>
  call('POST', `${prefix}/webhooks`, JSON.stringify(webhook)).then(answerOf);
const registered = async () => answerOf(await call('GET', '/api/webhooks')).body as Record<string, unknown>[];

/** What a client sees. Every answer with a body in JSON has the one Content-Type that Singularity's UI can read. */
function answerOf({ status, headers, text }: RawAnswer): { status: number; contentType?: string; body: unknown } {
  const contentType = headers['content-type'];
  return { status, contentType, body: contentType === 'application/json' ? JSON.parse(text) : text };
}
const ok = (body: unknown) => ({ status: 200, contentType: 'application/json', body });
const refused = (message: unknown, code = 400) => ({
  status: code,
  contentType: 'application/json',
  body: { code, message },
});

/** A body's beginning, for the name of its test. */
const named = (body: string | Buffer) => [body.toString().slice(0, 80), body] as const;

interface Example {
  name: string;
  request: { method: string; path: string; headers?: Record<string, string>; body?: unknown };
  response: { status: number; contentType: string; body: unknown };
}
const examples = JSON.parse(fixture('api.http-examples.json')) as Example[];

/** What upstream gets wrong, and what is due instead. */
const DUE: Record<string, unknown> = {
  'create, missing uri': refused('uri is missing: give the address to deliver to'),
  'create, relative uri accepted': refused('uri: The uri is not absolute: write it from http:// or https:// on'),
  'queued updates without webhookId': refused('webhookId is missing: give the id of a webhook'),
};
/** Groups are another kind of authentication. */
const NOT_OURS = 'auth enabled, user not admin (GROUPS mode)';
const TASK_HOOK = 'http://localhost:3000/webhook/task';

describe.each(PREFIXES)("Singularity's examples under %s", (prefix) => {
  it.each(examples.filter(({ name }) => name !== NOT_OURS).map((example) => [example.name, example] as const))(
    'answers as upstream does: %s',
    async (name, { request, response }) => {
      if (name.startsWith('delete by')) await register({ uri: TASK_HOOK, type: 'TASK' });
      const [, action] = /(\w+) disabled/.exec(name) ?? [];
      if (action) await call('POST', `/api/disasters/disabled-actions/${action}`);
      const path = request.path.replace('/singularity/api', prefix);
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      const answer = answerOf(await call(request.method, path, body, request.headers));
      expect(answer).toEqual(DUE[name] ?? response);
    },
  );

  it('has the queued updates of all types that upstream lists, and none of CRASHLOOP', async () => {
    for (const type of ['request', 'deploy', 'task', 'elevated-access'])
      expect(answerOf(await call('GET', `${prefix}/webhooks/${type}?webhookId=nope`))).toEqual(ok([]));
    for (const type of ['request', 'deploy', 'task'])
      expect(answerOf(await call('GET', `${prefix}/webhooks/${type}/nope`))).toEqual(ok([]));
    const unknown = refused('HTTP 404 Not Found', 404);
    expect(answerOf(await call('GET', `${prefix}/webhooks/elevated-access/nope`))).toEqual(unknown);
    expect(answerOf(await call('GET', `${prefix}/webhooks/crashloop/nope`))).toEqual(unknown);
  });

  it("leaves one webhook to a route of Hooktide's own, where upstream has none", async () => {
    await register({ id: 'a', uri: 'http://h/', type: 'TASK' });
    expect(answerOf(await call('GET', `${prefix}/webhooks/a`))).toMatchObject({ status: 200, body: { id: 'a' } });
    const unknown = await call('GET', `${prefix}/webhooks/nope`);
    expect([unknown.status, unknown.headers['content-type']]).toEqual([404, 'application/problem+json']);
  });
});

describe('the id of a webhook', () => {
  const vectors = JSON.parse(fixture('vectors.webhook-ids.json')) as {
    type: string;
    uri: string;
    id: string;
    clientIdForDelete: string;
  }[];
  /** The three spellings: raw and encoded once, as it is stored, as it is stored and encoded once more. */
  const spellings = vectors.flatMap(({ uri, id, clientIdForDelete }) =>
    [encodeURIComponent(clientIdForDelete), id, encodeURIComponent(id)].map((wire) => [uri, id, wire] as const),
  );

  it.each(vectors)('is made of the type and $uri', async ({ type, uri, id }) => {
    expect(await register({ type, uri })).toEqual(ok('CREATED'));
    expect(await registered()).toMatchObject([{ type, uri, id }]);
  });

  it.each(spellings)('of %s is found in a query and in a path as %s spelled %s', async (uri, _id, wire) => {
    await register({ type: 'TASK', uri });
    await hooktide.post(`{"type":"TASK","payload":${fixture('task-webhook.running.json')}}`);
    for (const path of [`/api/webhooks/task?webhookId=${wire}`, `/api/webhooks/task/${wire}`])
      expect(answerOf(await call('GET', path)).body).toHaveLength(1);
    for (const path of [`/api/webhooks?webhookId=${wire}`, `/singularity/api/webhooks/${wire}`]) {
      expect(answerOf(await call('DELETE', path))).toEqual(ok('DELETED'));
      expect(answerOf(await call('DELETE', path))).toEqual(ok('DIDNT_EXIST'));
      await register({ type: 'TASK', uri });
    }
  });

  it.each(['http://localhost:3000/a', 'https://h/x?cb=$TASK_ID', 'http://[::1]:8080/'])(
    'made of %s may come raw in a query',
    async (uri) => {
      await register({ type: 'TASK', uri });
      expect(answerOf(await call('DELETE', `/api/webhooks?webhookId=TASK-${uri}`))).toEqual(ok('DELETED'));
    },
  );

  it('does not span path segments', async () => {
    await register({ type: 'TASK', uri: TASK_HOOK });
    const answer = answerOf(await call('DELETE', `/api/webhooks/TASK-${TASK_HOOK}`));
    expect(answer).toEqual(refused('HTTP 404 Not Found', 404));
  });

  it.each(['summary', 'task', 'request', 'a b', 'a/b', 'a%b', '%2F', 'a+b', 'ä', '~', '__proto__', 'x'.repeat(2000)])(
    'may be the client’s own: %s',
    async (id) => {
      expect(await register({ id, uri: 'http://h/', type: 'REQUEST' })).toEqual(ok('CREATED'));
      expect(await registered()).toMatchObject([{ id }]);
      const wire = encodeURIComponent(id);
      await hooktide.post(`{"type":"REQUEST","payload":${fixture('request-history.minimal.json')}}`);
      expect(answerOf(await call('GET', `/api/webhooks/request/${wire}`)).body).toHaveLength(1);
      expect(answerOf(await call('GET', `/api/webhooks/request?webhookId=${wire}`)).body).toHaveLength(1);
      expect(answerOf(await call('GET', '/api/webhooks/summary')).body).toMatchObject([{ webhook: { id } }]);
      expect(answerOf(await call('DELETE', `/api/webhooks/${wire}`))).toEqual(ok('DELETED'));
    },
  );

  it('is the first of those in a query, and the one in the path before it', async () => {
    await register({ id: 'a', uri: 'http://h/', type: 'REQUEST' });
    await register({ id: 'b', uri: 'http://h/', type: 'REQUEST' });
    expect(answerOf(await call('DELETE', '/api/webhooks?webhookId=a&webhookId=b'))).toEqual(ok('DELETED'));
    expect(await registered()).toMatchObject([{ id: 'b' }]);
    expect(answerOf(await call('DELETE', '/api/webhooks/b?webhookId=a'))).toEqual(ok('DELETED'));
  });

  it.each(['/api/webhooks/a%00', '/api/webhooks?webhookId=%00', '/api/webhooks?webhookId=a&webhookId=%00'])(
    'with a NUL is never an error of ours: %s',
    async (path) => expect((await call('DELETE', path)).status).toBeLessThanOrEqual(400),
  );

  it.each(['/api/webhooks/%zz', '/api/webhooks/%', '/api/webhooks/%ff'])(
    'that cannot be decoded is refused: %s',
    async (path) =>
      expect(answerOf(await call('DELETE', path))).toEqual(refused(expect.stringContaining('Failed to decode'))),
  );

  it('is what the registry logs, however it was spelled', async () => {
    await register({ uri: TASK_HOOK, type: 'TASK' });
    const [{ id } = {}] = await registered();
    await call('DELETE', `/api/webhooks?webhookId=${String(id)}`);
    expect(hooktide.logged.findLast(({ event }) => event === 'webhook.deleted')?.data.webhookId).toBe(id);
  });
});

describe('GET /webhooks', () => {
  it('shows what was given, and no field without a value', async () => {
    const given = [
      { uri: 'http://a/$REQUEST_ID', type: 'REQUEST', timestamp: 1546300800000, user: 'jdoe@example.com' },
      { uri: 'http://b/', type: 'TASK', id: 'mine', timestamp: -1, unknown: { field: true } },
    ];
    for (const webhook of given) await register(webhook);
    expect(answerOf(await call('GET', '/api/webhooks'))).toEqual(
      ok([
        {
          uri: 'http://a/$REQUEST_ID',
          timestamp: 1546300800000,
          user: 'jdoe@example.com',
          type: 'REQUEST',
          id: 'REQUEST-http%3A%2F%2Fa%2F%24REQUEST_ID',
        },
        { uri: 'http://b/', timestamp: -1, type: 'TASK', id: 'mine' },
      ]),
    );
  });

  it('dates what came without a time, or with none', async () => {
    const before = Date.now();
    await register({ uri: 'http://a/', type: 'REQUEST' });
    await register({ uri: 'http://b/', type: 'REQUEST', timestamp: null, user: null, id: null });
    for (const webhook of await registered()) {
      expect(Object.keys(webhook)).toEqual(['uri', 'timestamp', 'type', 'id']);
      expect(webhook.timestamp).toBeGreaterThanOrEqual(before - 1000);
      expect(webhook.timestamp).toBeLessThanOrEqual(Date.now() + 1000);
    }
  });

  it('counts what waits for each', async () => {
    await register({ id: 'r', uri: 'http://a/', type: 'REQUEST' });
    await register({ id: 'd', uri: 'http://a/', type: 'DEPLOY' });
    const payload = JSON.parse(fixture('request-history.minimal.json')) as object;
    await hooktide.post([
      { type: 'REQUEST', payload },
      { type: 'REQUEST', payload },
    ]);
    const summary = answerOf(await call('GET', '/singularity/api/webhooks/summary'));
    const webhook = { uri: 'http://a/', timestamp: expect.any(Number) };
    expect(summary).toEqual(
      ok([
        { webhook: { ...webhook, type: 'REQUEST', id: 'r' }, queueSize: 2 },
        { webhook: { ...webhook, type: 'DEPLOY', id: 'd' }, queueSize: 0 },
      ]),
    );
  });
});

describe('POST /webhooks', () => {
  it.each([
    ['REQUEST', 'REQUEST'],
    ['request', 'REQUEST'],
    [' De\tploy ', 'DEPLOY'],
    ['T a s k', 'TASK'],
    ['CrashLoop', 'CRASHLOOP'],
    ['elevated-access', 'ELEVATED_ACCESS'],
    ['Elevated.Access', 'ELEVATED_ACCESS'],
  ])('reads the type %j as %s', async (type, read) => {
    expect(await register({ uri: 'http://h/', type })).toEqual(ok('CREATED'));
    expect(await registered()).toMatchObject([{ type: read, id: `${read}-http%3A%2F%2Fh%2F` }]);
  });

  it('changes nothing of a webhook that exists', async () => {
    await register({ id: 'a', uri: 'http://a/', type: 'REQUEST', user: 'first', timestamp: 1 });
    const before = await registered();
    expect(await register({ id: 'a', uri: 'http://b/', type: 'TASK', user: 'second' })).toEqual(ok('EXISTED'));
    expect(await registered()).toEqual(before);
  });

  it('takes one uri with two types, and one uri and type with two ids, for two webhooks', async () => {
    await register({ uri: 'http://h/', type: 'TASK' });
    await register({ uri: 'http://h/', type: 'DEPLOY' });
    expect(await register({ id: 'other', uri: 'http://h/', type: 'TASK' })).toEqual(ok('CREATED'));
    expect(await registered()).toHaveLength(3);
  });

  it('registers once when twenty ask at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => register({ uri: 'http://h/', type: 'TASK' })));
    expect(answers.filter(({ body }) => body === 'CREATED')).toHaveLength(1);
    expect(answers.filter(({ body }) => body === 'EXISTED')).toHaveLength(19);
  });

  it.each(['/api/webhooks', '/api/webhooks/', '/api/webhooks?user=jdoe', '/singularity/api/webhooks/?user=jdoe'])(
    'is at home at %s',
    async (path) => {
      const answer = await call('POST', path, '{"uri":"http://h/","type":"TASK"}');
      expect(answer.text).toBe('"CREATED"');
      expect(answer.headers['content-type']).toBe('application/json');
    },
  );

  it.each(['application/json;charset=utf-8', 'application/json; charset=UTF-8', 'Application/JSON'])(
    'takes JSON called %s',
    async (type) => {
      const answer = await call('POST', '/api/webhooks', '{"uri":"http://h/","type":"TASK"}', { 'Content-Type': type });
      expect(answerOf(answer)).toEqual(ok('CREATED'));
    },
  );

  it.each<Record<string, string>>([{}, { 'Content-Type': 'text/plain' }, { 'Content-Type': 'application/jsonx' }])(
    'wants JSON to be called JSON, not %j',
    async (headers) => {
      for (const path of ['/api/webhooks', '/singularity/api/webhooks/', '/API/Webhooks']) {
        const answer = await call('POST', path, '{"uri":"http://h/","type":"TASK"}', headers);
        expect(answerOf(answer)).toEqual(refused('HTTP 415 Unsupported Media Type', 415));
      }
      expect(await registered()).toEqual([]);
    },
  );

  it.each(
    [
      '{"uri":"http://h/","type":"TASK"',
      'uri=http://h/',
      '[]',
      '[{"uri":"http://h/","type":"TASK"}]',
      '"text"',
      '7',
      'true',
      '{"uri":{},"type":"TASK"}',
      '{"uri":["http://h/"],"type":"TASK"}',
      '{"uri":"http://h/","type":"JOB"}',
      '{"uri":"http://h/","type":"ELEVATED ACCESS"}',
      '{"uri":"http://h/","type":""}',
      '{"uri":"http://h/","type":7}',
      '{"uri":"http://h/","type":["TASK"]}',
      '{"uri":"http://h/","type":"TASK","timestamp":"today"}',
      '{"uri":"http://h/","type":"TASK","timestamp":true}',
      '{"uri":"http://h/","type":"TASK","timestamp":[]}',
      '{"uri":"http://h/","type":"TASK","timestamp":1e300}',
      '{"uri":"http://h/","type":"TASK","user":{}}',
      '{"uri":"http://h/","type":"TASK","id":[1]}',
      `{"uri":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},"type":"TASK"}`,
      Buffer.from('{"uri":"http://h/\xff","type":"TASK"}', 'latin1'),
    ].map(named),
  )("refuses in upstream's words what has another shape: %s", async (_name, body) => {
    expect(answerOf(await call('POST', '/api/webhooks', body))).toEqual(refused('Unable to process JSON'));
  });

  it.each([
    ['', 'body is empty: give {"uri": …, "type": …}'],
    ['null', 'body is empty: give {"uri": …, "type": …}'],
    ['{"type":"TASK"}', 'uri is missing: give the address to deliver to'],
    ['{"type":"TASK","uri":null}', 'uri is missing: give the address to deliver to'],
    ['{"__proto__":{"uri":"http://h/"},"type":"TASK"}', 'uri is missing: give the address to deliver to'],
    [
      '{"uri":"http://h/"}',
      'type is missing: give one of REQUEST, DEPLOY, TASK, CRASHLOOP, ELEVATED_ACCESS, WEBHOOK_HEALTH',
    ],
    ['{"uri":"http://h/","type":null}', 'type is missing: give one of REQUEST, DEPLOY, TASK, CRASHLOOP, ELEVATED_ACCESS, WEBHOOK_HEALTH'], // prettier-ignore
    ['{"uri":"http://h/","type":"TASK","id":"\\u0000"}', 'id holds a NUL character or half a surrogate pair: leave it out'], // prettier-ignore
    ['{"uri":"http://h/","type":"TASK","user":"\\ud800"}', 'user holds a NUL character or half a surrogate pair: leave it out'], // prettier-ignore
    ['{"uri":"http://h/\\u0000","type":"TASK"}', 'uri holds a NUL character or half a surrogate pair: leave it out'],
    [`{"uri":"http://h/","type":"TASK","id":"${'x'.repeat(2001)}"}`, 'id would be longer than 2000 bytes: give a shorter id of your own'], // prettier-ignore
    [`{"uri":"http://h/${'é'.repeat(700)}","type":"TASK"}`, 'id would be longer than 2000 bytes: give a shorter id of your own'], // prettier-ignore
  ])('says what is wrong where upstream fails: %s', async (body, message) => {
    expect(answerOf(await call('POST', '/api/webhooks', body))).toEqual(refused(message));
    expect(await registered()).toEqual([]);
  });

  it('refuses a request without a body', async () => {
    const answer = await send(hooktide.url, { method: 'POST', path: '/api/webhooks', headers: asJson });
    expect(answerOf(answer)).toEqual(refused('body is empty: give {"uri": …, "type": …}'));
  });

  it.each([' ', '{}', 'http://h/%zz', 'http://', 'http://h/a b'])('calls %j no uri, as plain text', async (uri) => {
    const text = { status: 400, contentType: 'text/plain', body: 'Invalid URI provided' };
    expect(await register({ uri, type: 'TASK' })).toEqual(text);
  });

  it.each([
    ['', 'not absolute'],
    ['foo', 'not absolute'],
    ['/path', 'not absolute'],
    ['//host/x', 'not absolute'],
    ['ftp://x', 'not absolute'],
    ['javascript:alert(1)', 'not absolute'],
    ['http:host', 'not absolute'],
    ['http://user:secret@host/', 'credentials'],
    ['http:///x', 'no valid host'],
    ['http://:80/', 'no valid host'],
    ['http://host:99999/', 'no valid host'],
    ['http://host:port/', 'no valid host'],
    ['http://host:0/', 'port is 0'],
    ['http://$REQUEST_ID.example.com/', 'placeholders'],
    [`http://h/${'x'.repeat(2000)}`, 'characters'],
  ])('refuses %j, which could never be delivered', async (uri, why) => {
    expect(await register({ uri, type: 'TASK' })).toEqual(refused(expect.stringContaining(why)));
  });

  it('takes numbers and texts for each other', async () => {
    const body = '{"uri":"http://h/","type":"TASK","id":7,"user":true,"timestamp":"5"}';
    expect(answerOf(await call('POST', '/api/webhooks', body))).toEqual(ok('CREATED'));
    expect(await registered()).toMatchObject([{ id: '7', user: 'true', timestamp: 5 }]);
  });
});

describe('DELETE /webhooks', () => {
  it("goes as Singularity's UI sends it: slash, stored id verbatim, user, and a body of {}", async () => {
    await register({ uri: TASK_HOOK, type: 'TASK' });
    const [{ id } = {}] = await registered();
    const path = `/singularity/api/webhooks/?webhookId=${String(id)}&user=jdoe`;
    expect(answerOf(await call('DELETE', path, '{}'))).toEqual(ok('DELETED'));
    expect(await registered()).toEqual([]);
  });

  it.each(['/api/webhooks', '/api/webhooks/', '/api/webhooks?webhookid=x'])('wants an id: %s', async (path) => {
    expect(answerOf(await call('DELETE', path))).toEqual(refused('webhookId is missing: give the id of a webhook'));
  });

  it('says DELETED to one of twenty that ask at a time', async () => {
    await register({ id: 'a', uri: 'http://h/', type: 'TASK' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('DELETE', '/api/webhooks/a')));
    expect(answers.filter(({ text }) => text === '"DELETED"')).toHaveLength(1);
    expect(answers.filter(({ text }) => text === '"DIDNT_EXIST"')).toHaveLength(19);
  });
});

describe('disabled actions', () => {
  const path = '/api/disasters/disabled-actions';

  it('are refused with the reason that was given, until they are enabled', async () => {
    expect((await call('POST', `/singularity${path}/ADD_WEBHOOK?user=jdoe`, '{"message":"Closed"}')).status).toBe(204);
    expect((await call('POST', `${path}/remove_webhook`)).status).toBe(204);
    expect(answerOf(await call('GET', path))).toEqual(
      ok([
        { type: 'ADD_WEBHOOK', message: 'Closed', user: 'jdoe', automaticallyClearable: false },
        { type: 'REMOVE_WEBHOOK', message: 'Action is currently disabled', automaticallyClearable: false },
      ]),
    );
    const hook = { uri: 'http://h/', type: 'TASK' };
    expect(await register(hook)).toEqual(refused('Cannot perform action ADD_WEBHOOK: Closed', 409));
    expect(answerOf(await call('DELETE', '/api/webhooks/x'))).toEqual(
      refused('Cannot perform action REMOVE_WEBHOOK: Action is currently disabled', 409),
    );
    expect((await call('DELETE', `${path}/ADD_WEBHOOK`)).status).toBe(204);
    expect(await register(hook)).toEqual(ok('CREATED'));
  });

  it.each([
    ['POST', `${path}/FLY`, undefined],
    ['DELETE', `${path}/FLY`, undefined],
    ['POST', `${path}/ADD_WEBHOOK`, '{'],
    ['POST', `${path}/ADD_WEBHOOK`, '[]'],
    ['POST', `${path}/ADD_WEBHOOK`, '{"message":7}'],
    ['POST', `${path}/ADD_WEBHOOK`, '{"message":"\\u0000"}'],
    ['POST', `${path}/ADD_WEBHOOK?user=%00`, '{}'],
  ])('refuse %s %s %s', async (method, at, body) => {
    expect(answerOf(await call(method, at, body))).toEqual(refused(expect.any(String)));
  });

  it.each<Record<string, string>>([{ 'Content-Type': 'text/plain' }, { Origin: 'https://elsewhere.example' }])(
    'are no business of foreign pages, which can send %j',
    async (headers) => {
      const answer = await send(hooktide.url, { method: 'POST', path: `${path}/ADD_WEBHOOK`, headers });
      expect(answerOf(answer)).toEqual(refused('HTTP 415 Unsupported Media Type', 415));
    },
  );

  it('name the first of two users', async () => {
    await call('POST', `${path}/ADD_WEBHOOK?user=a&user=b`);
    expect(answerOf(await call('GET', path)).body).toMatchObject([{ user: 'a' }]);
  });
});

describe('queued updates', () => {
  /** Numbers that would not survive being parsed and printed again. */
  const exact = { number: '512.0', huge: '9007199254740993', key: '"z" : 1,\t"a":1e2' };
  const request = (n: number) =>
    `{ "createdAt":${n}, "eventType":"CREATED","request":{"id":"r${n}","cpus":${exact.number},"mem":${exact.huge},${exact.key}} }`;

  const taskUpdate = (n: number) =>
    `{ "taskId":{"id":"t","requestId":"r","deployId":"d"}, "timestamp":${n} ,"taskState":"TASK_RUNNING","x":[${exact.number}],"taskUpdate":{} }`;

  it('of a REQUEST webhook are the payloads, byte for byte and in order', async () => {
    await register({ id: 'a', uri: 'http://h/', type: 'REQUEST' });
    const payloads = Array.from({ length: 30 }, (_, n) => request(n));
    await hooktide.post(`[${payloads.map((payload) => `{"type":"REQUEST","payload":${payload}}`).join(',')}]`);
    const answer = await call('GET', '/api/webhooks/request?webhookId=a');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.text).toBe(`[${payloads.join(',')}]`);
    expect((await call('GET', '/singularity/api/webhooks/request/a')).text).toBe(answer.text);
  });

  it('of a TASK webhook are the task updates alone, byte for byte', async () => {
    await register({ id: 'a', uri: 'http://h/', type: 'TASK' });
    const payloads = [1, 2].map((n) => `{"task":{"taskUpdate":1},"taskUpdate" : ${taskUpdate(n)} ,"y":"}"}`);
    await hooktide.post(`[${payloads.map((payload) => `{"type":"TASK","payload":${payload}}`).join(',')}]`);
    const answer = await call('GET', '/api/webhooks/task/a');
    expect(answer.text).toBe(`[${taskUpdate(1)},${taskUpdate(2)}]`);
    expect((await call('GET', '/api/webhooks/task?webhookId=a')).text).toBe(answer.text);
  });

  it.each([
    ['REQUEST', 'request', 'api.queued-request-updates.response.json'],
    ['DEPLOY', 'deploy', 'api.queued-deploy-updates.response.json'],
    ['ELEVATED_ACCESS', 'elevated-access', 'api.queued-elevated-access.response.json'],
    ['TASK', 'task', 'api.queued-task-updates.response.json'],
  ])("of a %s webhook look as upstream's", async (type, route, name) => {
    await register({ id: 'a', uri: 'http://h/', type });
    const expected = JSON.parse(fixture(name)) as object[];
    const payloads = type === 'TASK' ? expected.map((taskUpdate) => ({ taskUpdate })) : expected;
    await hooktide.post(payloads.map((payload) => ({ type, payload })));
    const answer = answerOf(await call('GET', `/singularity/api/webhooks/${route}?webhookId=a`));
    expect(answer).toEqual(ok(expected));
  });

  it('are none for a webhook of another type', async () => {
    await register({ id: 'a', uri: 'http://h/', type: 'REQUEST' });
    await hooktide.post(`{"type":"REQUEST","payload":${request(1)}}`);
    for (const route of ['deploy', 'task', 'elevated-access'])
      expect((await call('GET', `/api/webhooks/${route}?webhookId=a`)).text).toBe('[]');
  });

  it.each(['request', 'deploy', 'task', 'elevated-access'])('of %s want the id of a webhook', async (route) => {
    for (const path of [`/api/webhooks/${route}`, `/api/webhooks/${route}/`])
      expect(answerOf(await call('GET', path))).toEqual(refused('webhookId is missing: give the id of a webhook'));
  });
});
