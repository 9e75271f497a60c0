import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../setup/database.js';
import { fateOf, jobId, sling, TOKEN, type Slung } from '../setup/hook-slinger.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { killProcesses, startProcess } from '../setup/process.js';
import { answers, closeReceivers, neverAnswers, startReceiver, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';

const env = { HOOK_SLINGER_API_TOKEN: TOKEN, HOOK_SLINGER_INTERVAL_MILLIS: '50', SHUTDOWN_TIMEOUT_MILLIS: '500' };
const delivered = { state: 'delivered', attempts: 1, reason: 'delivered' };

describe('what leaves for a message', () => {
  let hooktide: Hooktide;
  let receiver: Receiver;
  beforeAll(async () => {
    hooktide = await startHooktide({ env });
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await hooktide.stop();
    await closeReceivers();
  });

  /** The one request that arrives for it. */
  const sent = async (message: Partial<Slung> | string, path = 'hook') => {
    const to_url = receiver.url + path;
    const asked = typeof message === 'string' ? message.replace('<url>', to_url) : { to_url, payload: {}, ...message };
    const before = receiver.requests.length;
    const id = await jobId(sling(hooktide, asked));
    expect(await until(() => fateOf(hooktide, id))).toEqual(delivered);
    expect(receiver.requests).toHaveLength(before + 1);
    return receiver.requests.at(-1)!;
  };

  it('is one POST of the payload alone, called JSON', async () => {
    const { method, path, headers, body } = await sent({ payload: { greetings: 'Hello, world!' } }, 'a/b?x=$TASK_ID&y');
    expect([method, path, body]).toEqual(['POST', '/a/b?x=$TASK_ID&y', '{"greetings":"Hello, world!"}']);
    expect(headers).toMatchObject({ accept: '*/*', 'content-type': 'application/json', 'content-length': '29' });
  });

  it.each([
    ['blanks, escapes and numbers', '{ "a" : [ 512.0 , 9007199254740993, 1e2 ], "b": "\\u00e9\\n\\/" , "d":{ } }', '{"a":[512.0,9007199254740993,1e2],"b":"é\\n/","d":{}}'], // prettier-ignore
    ['characters of any width', '{"日":"😀\\ud83d\\ude00\\u0000"}', '{"日":"😀😀\\u0000"}'],
    ['pairs', '[["a",1.0],["b",[ ]]]', '{"a":1.0,"b":[]}'],
    ['nothing', '[]', '{}'],
    ['repeated keys', '{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'],
    ['halves of surrogate pairs', '{"a":"\\ud800"}', '{"a":"\\ud800"}'],
  ])('holds %s in compact UTF-8', async (_, payload, body) => {
    const request = await sent(`{"to_url":"<url>","payload":${payload}}`);
    expect(request.body).toBe(body);
  });

  it.each(['Bearer s3cret', 'Token x', 'Basic dTpw', 'é ÿ', 'anything: goes, "here"'])(
    'bears to_auth as its Authorization: %s',
    async (to_auth) => {
      expect((await sent({ to_auth })).headers.authorization).toBe(to_auth);
    },
  );

  it.each([[''], [null], [undefined]])('bears no Authorization for %j', async (to_auth) => {
    expect((await sent({ to_auth })).headers).not.toHaveProperty('authorization');
  });

  it('goes out whatever line end follows its url', async () => {
    const { path } = await sent({ to_url: `${receiver.url}end\n` });
    expect(path).toBe('/end');
  });

  it('is in the list of deliveries', async () => {
    const id = await jobId(sling(hooktide, { to_url: `${receiver.url}listed`, payload: {}, tag: 't', group: 'g' }));
    await until(() => fateOf(hooktide, id));
    const { json } = await hooktide.api('GET', `/api/deliveries?updateId=${encodeURIComponent(id)}`);
    expect(json.items).toMatchObject([{ type: 'MESSAGE', state: 'delivered', attempts: 1 }]);
  });
});

describe('messages', () => {
  let hooktide: Hooktide;
  beforeEach(async () => {
    hooktide = await startHooktide({ env });
  });
  afterEach(async () => {
    await hooktide.stop();
    await closeReceivers();
  });

  it('all arrive, and once each, when thousands come at once for one origin', async () => {
    const receiver = await startReceiver();
    const rest = Array.from({ length: 2_000 }, (_, n) => n);
    const client = async () => {
      for (let n = rest.pop(); n !== undefined; n = rest.pop())
        await jobId(sling(hooktide, { to_url: `${receiver.url}${n % 7}`, payload: { n } }));
    };
    await Promise.all(Array.from({ length: 20 }, client));
    const arrived = (await receiver.waitFor(2_000)).map(({ body }) => (JSON.parse(body) as { n: number }).n);
    expect(new Set(arrived).size).toBe(2_000);
    await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery LIMIT 1')).length === 0, 60_000);
    expect(receiver.requests).toHaveLength(2_000);
  }, 120_000);

  it('to one origin are not held up by those to another that never answers', async () => {
    const poison = await startReceiver(neverAnswers);
    const receiver = await startReceiver();
    const stuck = [];
    for (let n = 0; n < 60; n++) stuck.push(await jobId(sling(hooktide, { to_url: poison.url, payload: { n } })));
    await poison.waitFor(1);
    for (let n = 0; n < 20; n++) await jobId(sling(hooktide, { to_url: receiver.url, payload: { n } }));
    await receiver.waitFor(20);
    expect(await Promise.all(stuck.map((id) => fateOf(hooktide, id)))).toEqual(stuck.map(() => undefined));
    expect(hooktide.logged.filter(({ event, data }) => event === 'delivery.attempted' && data['verdict'] !== 'delivered')).toEqual([]); // prettier-ignore
  });

  it('of one origin are not held up by a slow one, nor by those that fail', async () => {
    const held: ServerResponse[] = [];
    const receiver = await startReceiver((response, { path }) => {
      if (path === '/slow') held.push(response);
      else response.writeHead(path === '/bad' ? 500 : 200).end();
    });
    const slow = await jobId(sling(hooktide, { to_url: `${receiver.url}slow`, payload: {} }));
    const bad = await jobId(sling(hooktide, { to_url: `${receiver.url}bad`, payload: {} }));
    await receiver.waitFor(2);
    // Beyond the second after which an attempt counts as late.
    for (const since = performance.now(); performance.now() - since < 1_500;) {
      const id = await jobId(sling(hooktide, { to_url: receiver.url, payload: {} }));
      expect(await until(() => fateOf(hooktide, id))).toEqual(delivered);
    }
    expect(await fateOf(hooktide, slow)).toBeUndefined();
    held[0]?.end();
    expect(await until(() => fateOf(hooktide, slow))).toEqual(delivered);
    expect(await until(() => fateOf(hooktide, bad))).toMatchObject({ state: 'dropped', attempts: 4 });
  });

  it.each([
    ['410 Gone', answers(410)],
    ['429 with Retry-After', answers(429, { 'retry-after': '3600' })],
    ['503 with Retry-After', answers(503, { 'retry-after': '3600' })],
  ])('go on after %s to another of the same origin', async (_, refuse) => {
    const receiver = await startReceiver((response, request) => {
      if (request.path === '/refused') refuse(response, request);
      else response.end();
    });
    const refused = [];
    for (let n = 0; n < 3; n++)
      refused.push(await jobId(sling(hooktide, { to_url: `${receiver.url}refused`, payload: {} })));
    await receiver.waitFor(3);
    const id = await jobId(sling(hooktide, { to_url: `${receiver.url}welcome`, payload: {} }));
    expect(await until(() => fateOf(hooktide, id))).toEqual(delivered);
    for (const one of refused)
      expect(await until(() => fateOf(hooktide, one))).toMatchObject({ state: 'dropped', attempts: 4 });
    const again = await jobId(sling(hooktide, { to_url: `${receiver.url}welcome`, payload: {} }));
    expect(await until(() => fateOf(hooktide, again))).toEqual(delivered);
  });
});

describe('a message that was taken', () => {
  afterEach(async () => {
    await killProcesses();
    await closeReceivers();
  });

  it('arrives although the process is killed before it is delivered', async () => {
    const database = await createTestDatabase();
    const settings = { ...env, LEASE_MILLIS: '1000', CHECK_WEBHOOKS_EVERY_MILLIS: '300' };
    let isAwake = false;
    const arrived = new Set<number>();
    const receiver = await startReceiver((response, { body }) => {
      if (!isAwake) return;
      arrived.add((JSON.parse(body) as { n: number }).n);
      response.end();
    });
    const first = await startProcess(database.url, settings);
    for (let n = 0; n < 60; n++) await jobId(sling(first, { to_url: receiver.url, payload: { n } }));
    await receiver.waitFor(1);
    await first.end('SIGKILL');
    isAwake = true;
    await startProcess(database.url, settings);
    await until(() => arrived.size === 60);
    expect(arrived).toEqual(new Set(Array.from({ length: 60 }, (_, n) => n)));
    await killProcesses();
    await database.drop();
  });
});
