import * as fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asJson, send, type RawAnswer } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { fixture, numberOf, requestUpdate } from '../setup/updates.js';

const TYPES: Record<string, string> = {
  'request-history': 'REQUEST',
  'deploy-update': 'DEPLOY',
  'task-webhook': 'TASK',
  'crash-loop': 'CRASHLOOP',
  'elevated-access': 'ELEVATED_ACCESS',
};
const payloadFixtures = readdirSync(new URL('../fixtures/singularity/', import.meta.url))
  .map((name) => ({ name, type: TYPES[name.split('.')[0] ?? ''] ?? '' }))
  .filter(({ type }) => type !== '');

const post = (hooktide: Hooktide, body: string | Buffer, headers: Record<string, string> = asJson) =>
  send(hooktide.url, { method: 'POST', path: '/api/updates', headers, body });
const update = (payload: string, extra = '') => `{"type":"REQUEST","payload":${payload}${extra}}`;
const payload = (extra = '') => `{"createdAt":1,"eventType":"CREATED","request":{"id":"r"}${extra}}`;
/** An array of updates with ids and subjects of their own, in this order. */
const arrayOf = (order: number[]) =>
  `[${order.map((n) => update(payload(`,"n":${n}`).replace('"r"', `"r${n}"`), `,"id":"c${n}"`)).join(',')}]`;
const stored = async (hooktide: Hooktide) => {
  const [row] = await hooktide.sql<{ updates: string; deliveries: string; ids: string }>(
    `SELECT (SELECT count(*) FROM hooktide.update) AS updates, (SELECT count(*) FROM hooktide.delivery) AS deliveries,
            (SELECT count(*) FROM hooktide.idempotency_id) AS ids`,
  );
  return row;
};

const refusalOf = ({ status, headers, text }: RawAnswer) => {
  const { title, status: again, code, field, detail } = JSON.parse(text) as Record<string, unknown>;
  return { status, contentType: headers['content-type'], title, again, code, field, detail };
};
const refusal = (status: number, code: string, field?: string, detail: unknown = expect.any(String)) => {
  const contentType = 'application/problem+json';
  return { status, contentType, title: STATUS_CODES[status], again: status, code, field, detail };
};

describe('updates by REST', () => {
  let hooktide: Hooktide;
  let receivers: Map<string, Receiver>;
  let request: Receiver;
  beforeAll(async () => {
    hooktide = await startHooktide();
    receivers = new Map();
    for (const type of new Set(Object.values(TYPES))) {
      const receiver = await startReceiver();
      receivers.set(type, receiver);
      await hooktide.register(receiver.url, type);
    }
    request = receivers.get('REQUEST') as Receiver;
  });
  afterAll(async () => {
    await hooktide.stop();
    await closeReceivers();
  });

  /** What arrives next at the receiver of REQUEST updates, while `act` runs and until `count` are there. */
  const arriving = async (count: number, act: () => Promise<unknown>): Promise<string[]> => {
    const before = request.requests.length;
    await act();
    return (await request.waitFor(before + count)).slice(before).map(({ body }) => body);
  };
  /** Proves that nothing else was sent: an update that comes last is the first to arrive. */
  const nothingArrives = async (act: () => Promise<unknown>): Promise<void> => {
    const last = payload(',"last":1');
    const arrived = await arriving(1, async () => {
      await act();
      await until(async () => (await stored(hooktide))?.deliveries === '0');
      await post(hooktide, update(last));
    });
    expect(arrived).toEqual([last]);
  };

  it.each(payloadFixtures)('take $name as $type, and deliver it byte for byte', async ({ name, type }) => {
    const receiver = receivers.get(type) as Receiver;
    const before = receiver.requests.length;
    const text = fixture(name);
    const answer = await post(hooktide, ` { "payload" :\n${text} , "type":"${type}" }`);
    expect(answer.status).toBe(202);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.text)).toEqual({
      accepted: 1,
      deliveries: 1,
      ids: [expect.stringMatching(/^[\da-f-]{36}$/)],
    });
    const received = (await receiver.waitFor(before + 1)).at(-1);
    expect(received?.body).toBe(text);
    expect(received?.headers['content-type']).toBe('application/json');
  });

  it.each([
    ['numbers beyond doubles', payload(',"a":9007199254740993,"b":512.0,"c":1e2,"d":-0,"e":0.10,"f":1E400')],
    [
      'blanks and the order of keys',
      `{\r\n\t"z":1 ,\n"createdAt" : 1 , "request":{ "id":"r" },"eventType":"CREATED","2":0,"1":0}`,
    ],
    ['escapes', payload(String.raw`,"a":"\u0041\/\ud83d\ude00\ud800\u0000\"\\"`)],
    ['characters of any width', payload(',"a":"é日😀\u2028\u007f\ufeff"')],
    ['repeated keys', `{"createdAt":5,"request":{"id":"x"},"eventType":"CREATED","createdAt":1,"request":{"id":"r"}}`],
    ['brackets and quotes in texts', payload(String.raw`,"a":"}]\",{[","b":[[],{}]`)],
    ['depth', payload(`,"a":${'['.repeat(500_000)}${']'.repeat(500_000)}`)],
    ['the keys that JavaScript treats in its own way', payload(',"__proto__":{"a":1},"constructor":1,"toString":2')],
  ])('keep %s', async (_what, text) => {
    expect(await arriving(1, () => post(hooktide, update(text)))).toEqual([text]);
    expect(await arriving(1, () => post(hooktide, `[ ${update(text)} ]`))).toEqual([text]);
  });

  it('may come in an array, whose order the ids of the answer and the deliveries of a subject keep', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => ({ ...requestUpdate('r', n), id: `in-order-${n}` }));
    let answer: unknown;
    const arrived = await arriving(1_000, async () => (answer = await hooktide.post(many)));
    expect(answer).toEqual({ accepted: 1_000, deliveries: 1_000, ids: many.map(({ id }) => id) });
    expect(arrived.map(numberOf)).toEqual(many.map((_, n) => n));
  });

  it('are accepted when nobody wants them', async () => {
    const lonely = await startHooktide();
    expect(await lonely.post(requestUpdate('r'))).toEqual({ accepted: 1, deliveries: 0, ids: [expect.any(String)] });
    await lonely.stop();
  });

  it.each([
    ['', 'body'],
    ['   ', 'body'],
    ['{', 'body'],
    ['null', 'body'],
    ['7', 'body'],
    ['[]', 'body'],
    ['[[]]', '[0]'],
    ['{"type":"REQUEST"}', 'payload'],
    [update('{}'), 'payload.request'],
    [update(payload().replace('"createdAt":1,', '')), 'payload.createdAt'],
    [`[${update(payload())},${update(payload())},${update(payload())},${update('{"request":{"id":"r"},"eventType":"CREATED"}')}]`, '[3].payload.createdAt'], // prettier-ignore
    [update(payload(), ',"aplication":"x"'), 'aplication'],
    [`[${update(payload(), ',"Id":"x"')}]`, '[0].Id'],
    [update(payload(), ',"id":"\\u0000"'), 'id'],
    [update(payload(), ',"id":"\\ud800"'), 'id'],
    [update(payload(), ',"id":7'), 'id'],
    [update(payload(), ',"application":"\\u0000"'), 'application'],
    [update(payload().replace('"r"', '"\\u0000"')), 'payload.request.id'],
    [update(payload().replace('"r"', '"\\udc00"')), 'payload.request.id'],
    [update(payload().replace('"r"', '""')), 'payload.request.id'],
    [update(payload().replace(':1,', ':1e300,')), 'payload.createdAt'],
    [update(payload().replace(':1,', ':-1,')), 'payload.createdAt'],
    [Buffer.from(update(payload(',"a":"\xff"')), 'latin1'), 'body'],
    [Buffer.from(update(payload()), 'utf16le'), 'body'],
  ])('are refused whole, with the path of the field at fault: %j', async (body, field) => {
    const before = await stored(hooktide);
    expect(refusalOf(await post(hooktide, body))).toEqual(refusal(400, 'invalid_input', field));
    expect(await stored(hooktide)).toMatchObject({ updates: before?.updates, ids: before?.ids });
  });

  it('are refused without a body', async () => {
    const answer = await send(hooktide.url, { method: 'POST', path: '/api/updates', headers: asJson });
    expect(refusalOf(answer)).toEqual(refusal(400, 'invalid_input', 'body'));
  });

  it.each([{}, { 'Content-Type': 'text/plain' }, { 'Content-Type': 'application/x-www-form-urlencoded' }])(
    'are refused when they are not called JSON but %j',
    async (headers) => {
      for (const path of ['/api/updates', '/api/updates/', '/API/updates', '/singularity/api/updates?a=b']) {
        const request = { method: 'POST', path, headers: headers as Record<string, string>, body: update(payload()) };
        expect(refusalOf(await send(hooktide.url, request))).toEqual(refusal(415, 'unsupported_media_type'));
      }
    },
  );

  it('are told what is wrong with their compression', async () => {
    const gzip = await post(hooktide, update(payload()), { ...asJson, 'Content-Encoding': 'gzip' });
    expect(refusalOf(gzip)).toEqual(refusal(400, 'bad_request'));
    const unknown = await post(hooktide, update(payload()), { ...asJson, 'Content-Encoding': 'rot13' });
    expect(refusalOf(unknown)).toEqual(refusal(415, 'unsupported_media_type'));
  });

  it.each([
    ['PUT', '/api/updates'],
    ['DELETE', '/api/updates'],
    ['GET', '/api'],
    ['GET', '/nothing'],
    ['GET', '/singularity/nothing'],
  ])('have no other route: %s %s', async (method, path) => {
    expect(refusalOf(await send(hooktide.url, { method, path }))).toEqual(refusal(404, 'not_found'));
  });

  it('may hold a payload of a mebibyte, and not a byte more', async () => {
    const room = 1024 ** 2 - Buffer.byteLength(payload(',"a":"é"'));
    const largest = payload(`,"a":"é${'x'.repeat(room)}"`);
    const arrived = await arriving(1, async () => expect((await post(hooktide, update(largest))).status).toBe(202));
    expect(arrived[0] === largest).toBe(true);
    expect(refusalOf(await post(hooktide, update(largest.replace('é', 'éx'))))).toEqual(
      refusal(413, 'too_large', undefined, 'payload is 1048577 bytes long: send at most 1048576'),
    );
  });

  it('may be a thousand in a request, and not one more', async () => {
    const before = await stored(hooktide);
    const answer = await post(hooktide, `[${Array<string>(1_001).fill(update(payload())).join(',')}]`);
    expect(refusalOf(answer)).toEqual(
      refusal(413, 'too_large', undefined, 'body holds 1001 updates: send at most 1000 in one request'),
    );
    expect((await stored(hooktide))?.updates).toBe(before?.updates);
  });

  it('may be so many bytes in a request, and not more', async () => {
    expect(refusalOf(await post(hooktide, ' '.repeat(16 * 1024 ** 2 + 1)))).toEqual(
      refusal(413, 'too_large', undefined, expect.stringContaining('ingest.maxRequestBytes')),
    );
  });

  it('count once under one id', async () => {
    const body = update(payload(), ',"id":"once"');
    const first = await arriving(1, () => post(hooktide, body));
    expect(first).toEqual([payload()]);
    await nothingArrives(async () => {
      const again = await hooktide.api('POST', '/api/updates', body);
      expect([again.status, again.json]).toEqual([202, { accepted: 1, deliveries: 0, ids: ['once'] }]);
    });
  });

  it.each([
    ['another payload', update(payload(',"a":1'), ',"id":"taken"')],
    ['the same payload, spelled differently', update(` ${payload()}`.replace(',', ' ,'), ',"id":"taken"')],
    ['another application', update(payload(), ',"id":"taken","application":"b"')],
    [
      'another update in one array',
      `[${update(payload(), ',"id":"new"')},${update(payload(',"b":1'), ',"id":"taken"')}]`,
    ],
    ['two updates of one array', `[${update(payload(), ',"id":"two"')},${update(payload(',"b":1'), ',"id":"two"')}]`],
  ])('conflict, and are not stored, when an id names %s', async (_what, body) => {
    await post(hooktide, update(payload(), ',"id":"taken"'));
    const before = await stored(hooktide);
    expect(refusalOf(await post(hooktide, body))).toEqual(refusal(409, 'id_conflict'));
    expect(await stored(hooktide)).toMatchObject({ updates: before?.updates, ids: before?.ids });
  });

  it('count once when an array holds them twice', async () => {
    const [text, other] = [payload(',"twice":1'), payload(',"twice":2')];
    const body = `[${update(text, ',"id":"t1"')},${update(text, ',"id":"t1"')},${update(other, ',"id":"t2"')}]`;
    const arrived = await arriving(2, async () => {
      const answer = await hooktide.api('POST', '/api/updates', body);
      expect(answer.json).toEqual({ accepted: 3, deliveries: 2, ids: ['t1', 't1', 't2'] });
    });
    expect(arrived).toEqual([text, other]);
  });

  it('with the same ids in many arrays at once, each in another order, are delivered once and nobody waits for ever', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => n);
    const shuffled = (turn: number) => ids.map((n) => ids[(n * 7 + turn * 13) % ids.length] as number);
    const arrived = await arriving(50, async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => post(hooktide, arrayOf(shuffled(turn)))),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      const owed = answers.map(({ text }) => (JSON.parse(text) as { deliveries: number }).deliveries);
      expect(owed.reduce((sum, deliveries) => sum + deliveries, 0)).toBe(50);
    });
    expect(new Set(arrived).size).toBe(50);
    await nothingArrives(async () => undefined);
  });

  it('are taken or refused, never failed at, whatever they are', async () => {
    const word = fc.constantFrom('type', 'payload', 'id', 'application', 'request', 'createdAt', 'eventType', 'taskUpdate', '__proto__'); // prettier-ignore
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('REQUEST', 'TASK', 'CREATED', '\0', '\ud800', '', 1, 1e300, -1, null, true),
        fc.jsonValue(),
        fc.dictionary(word, tie('json')),
        fc.array(tie('json'), { maxLength: 3 }),
      ),
    })).json;
    const mostly = <T>(usual: T) =>
      fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: value });
    const name = fc.oneof(fc.uuid(), fc.string({ unit: 'binary' }));
    const request = fc.record({ id: fc.oneof(name, value), x: value });
    const payloads = fc.record({ createdAt: mostly(1), eventType: mostly('CREATED'), request, x: value });
    const near = fc.record(
      { type: mostly('REQUEST'), payload: payloads, id: name, application: name },
      { requiredKeys: ['type', 'payload'] },
    );
    const body = fc
      .oneof(value, near, near, near, fc.array(near, { maxLength: 3 }))
      .map((json) => JSON.stringify(json) ?? '');
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.string()), async (text) => {
        const { status } = await post(hooktide, text);
        seen.add(status);
        // An id that was drawn twice, for two updates.
        expect([202, 400, 409, 413]).toContain(status);
      }),
      { numRuns: 300 },
    );
    expect(seen).toContain(202);
    expect(seen).toContain(400);
  });
});

describe('a full house', () => {
  let hooktide: Hooktide;
  afterEach(async () => {
    await hooktide.stop();
    await closeReceivers();
  });

  it('refuses updates while too many deliveries wait, stores nothing of them, and opens again once they are gone', async () => {
    hooktide = await startHooktide({ env: { MAX_WAITING_DELIVERIES: '3', MAX_QUEUED_UPDATES_PER_WEBHOOK: '0' } });
    let status = 500;
    const receiver = await startReceiver((response) => response.writeHead(status).end());
    await hooktide.register(receiver.url);
    await hooktide.post([1, 2, 3].map((n) => requestUpdate('r', n)));
    const answer = await post(hooktide, JSON.stringify({ ...requestUpdate('r', 4), id: 'kept-out' }));
    expect(refusalOf(answer)).toEqual(refusal(503, 'too_many_waiting'));
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(await stored(hooktide)).toEqual({ updates: '3', deliveries: '3', ids: '0' });
    expect(await hooktide.register('http://127.0.0.1:9/', 'TASK')).toBeTruthy();
    status = 204;
    await until(
      async () => (await post(hooktide, JSON.stringify({ ...requestUpdate('r', 4), id: 'kept-out' }))).status === 202,
    );
    await until(async () => (await stored(hooktide))?.deliveries === '0');
    expect(numberOf(receiver.requests.at(-1)?.body ?? '')).toBe(4);
  });

  it('refuses a request that would owe too many deliveries, and stores nothing of it', async () => {
    hooktide = await startHooktide({ env: { MAX_FAN_OUT: '3' } });
    const receiver = await startReceiver();
    for (const id of ['a', 'b', 'c', 'd']) await hooktide.register(receiver.url, 'REQUEST', id);
    for (const id of ['a', 'b', 'c']) await hooktide.register(receiver.url, 'TASK', id + id);
    const answer = await post(hooktide, JSON.stringify(requestUpdate('r')));
    expect(refusalOf(answer)).toEqual(
      refusal(413, 'fan_out_too_large', undefined, expect.stringContaining('maxFanOut (3)')),
    );
    const withId = JSON.stringify({ ...requestUpdate('r'), id: 'x' });
    expect(refusalOf(await post(hooktide, withId))).toEqual(refusal(413, 'fan_out_too_large'));
    expect(await stored(hooktide)).toEqual({ updates: '0', deliveries: '0', ids: '0' });
    const task = `{"type":"TASK","payload":${fixture('task-webhook.running.json')}}`;
    expect((await hooktide.api('POST', '/api/updates', task)).json).toMatchObject({ deliveries: 3 });
    await receiver.waitFor(3);
    expect(refusalOf(await post(hooktide, `[${task},${task}]`))).toEqual(refusal(413, 'fan_out_too_large'));
  });
});
