import { afterEach, describe, expect, it } from 'vitest';
import { canary, leakIn } from '../setup/canary.js';
import { call, startHooktide, type Hooktide } from '../setup/hooktide.js';
import { startCollector, type Collector } from '../setup/otlp.js';
import {
  answers,
  answersInTurn,
  closeReceivers,
  neverAnswers,
  startReceiver,
  type Received,
} from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${CALLER}-01`;
const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';

const hooktides: Hooktide[] = [];
async function start(collector?: Collector | string, env: Record<string, string> = {}): Promise<Hooktide> {
  const endpoint = typeof collector === 'object' ? collector.url : collector;
  const tracing: Record<string, string> = endpoint === undefined ? {} : { TRACING_ENDPOINT: endpoint };
  const hooktide = await startHooktide({ env: { ...tracing, ...env } });
  hooktides.push(hooktide);
  return hooktide;
}

afterEach(async () => {
  await Promise.all(hooktides.splice(0).map((hooktide) => hooktide.stop()));
  await closeReceivers();
});

async function post({ url }: Hooktide, headers: Record<string, string>, update: unknown = requestUpdate('web')) {
  const answer = await call(url, 'POST', '/api/updates', update, headers);
  expect(answer.status).toBe(202);
  return answer.json as { ids: string[] };
}

/** Trace id, parent id and flags of what a receiver got. */
function arrivedIn({ headers }: Received): [string, string, string] {
  const [, trace = '', parent = '', flags = ''] = String(headers.traceparent).split('-');
  return [trace, parent, flags];
}

it('chains the receiver to the attempt, that to the request, and that to the caller', async () => {
  const [collector, receiver] = [await startCollector(), await startReceiver()];
  const hooktide = await start(collector);
  await hooktide.register(`${receiver.url}hooks?key=1`, 'REQUEST', 'audit');
  const { ids } = await post(hooktide, { traceparent, tracestate });
  const [arrived] = await receiver.waitFor(1);
  const [[ingest], [attempt]] = [await collector.waitFor('ingest', 1), await collector.waitFor('attempt', 1)];
  expect(ingest).toMatchObject({
    traceId: TRACE,
    parentSpanId: CALLER,
    kind: 2,
    attributes: { 'http.request.method': 'POST', 'http.route': '/api/updates', 'http.response.status_code': 202 },
  });
  expect(attempt).toMatchObject({ traceId: TRACE, parentSpanId: ingest?.spanId, kind: 3, traceState: tracestate });
  expect(arrivedIn(arrived!)).toEqual([TRACE, attempt?.spanId, '01']);
  expect(arrived?.headers.tracestate).toBe(tracestate);
  expect(attempt?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'server.address': '127.0.0.1',
    'server.port': receiver.port,
    'hooktide.webhook': 'audit',
    'hooktide.update': ids[0],
    'hooktide.delivery': expect.any(Number),
    'hooktide.attempt': 1,
    'hooktide.reason': 'delivered',
  });
  expect(attempt?.resource).toMatchObject({ 'service.name': 'hooktide', 'host.name': expect.any(String) });
  expect(collector.requests[0]?.path).toBe('/v1/traces');
});

it('keeps the trace over a retry, with a span for each attempt', async () => {
  const [collector, receiver] = [await startCollector(), await startReceiver(answersInTurn(500, 200))];
  const hooktide = await start(collector);
  await hooktide.register(receiver.url);
  await post(hooktide, { traceparent });
  const arrived = (await receiver.waitFor(2)).map(arrivedIn);
  const [ingest] = await collector.waitFor('ingest', 1);
  const attempts = await collector.waitFor('attempt', 2);
  expect(arrived).toEqual(attempts.map(({ spanId }) => [TRACE, spanId, '01']));
  expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual([ingest?.spanId, ingest?.spanId]);
  expect(new Set(attempts.map(({ spanId }) => spanId)).size).toBe(2);
  expect(attempts.map(({ attributes }) => attributes['hooktide.attempt'])).toEqual([1, 2]);
  expect(attempts[0]).toMatchObject({
    status: { code: 2, message: 'server_error' },
    attributes: { 'http.response.status_code': 500, 'error.type': 'server_error' },
  });
  expect(attempts[1]?.status.code ?? 0).toBe(0);
});

it('keeps the trace over a replay', async () => {
  const [collector, receiver] = [await startCollector(), await startReceiver(answersInTurn(500, 200))];
  const hooktide = await start(collector);
  const body = { uri: receiver.url, type: 'REQUEST', retry: { policy: 'constant', delayMillis: 100, maxAttempts: 1 } };
  await hooktide.api('POST', '/api/webhooks', body);
  await post(hooktide, { traceparent });
  const [dead] = await until(async () => {
    const { items } = (await hooktide.api('GET', '/api/dead-letters')).json as { items: { id: number }[] };
    return items.length > 0 && items;
  });
  expect((await hooktide.api('POST', `/api/dead-letters/${dead?.id}/replay`)).status).toBeLessThan(300);
  const arrived = (await receiver.waitFor(2)).map(arrivedIn);
  const attempts = await collector.waitFor('attempt', 2);
  expect(arrived).toEqual(attempts.map(({ spanId }) => [TRACE, spanId, '01']));
});

it('begins a trace where the caller brings none', async () => {
  const [collector, receiver] = [await startCollector(), await startReceiver()];
  const hooktide = await start(collector);
  await hooktide.register(receiver.url);
  await post(hooktide, {});
  const [arrived] = await receiver.waitFor(1);
  const [[ingest], [attempt]] = [await collector.waitFor('ingest', 1), await collector.waitFor('attempt', 1)];
  expect(ingest?.parentSpanId ?? '').toBe('');
  expect(attempt).toMatchObject({ traceId: ingest?.traceId, parentSpanId: ingest?.spanId });
  expect(arrivedIn(arrived!)).toEqual([ingest?.traceId, attempt?.spanId, '01']);
});

it('tells all attempts of an update that came by SQL in one trace, whose id is the id of the update', async () => {
  const [collector, receiver] = [await startCollector(), await startReceiver(answersInTurn(503, 200))];
  const hooktide = await start(collector);
  await hooktide.register(receiver.url);
  const payload = JSON.stringify(requestUpdate('web').payload);
  const [made] = await hooktide.sql<{ id: string }>(`SELECT hooktide.enqueue('REQUEST', $1) AS id`, [payload]);
  const trace = made!.id.replaceAll('-', '');
  const arrived = (await receiver.waitFor(2)).map(arrivedIn);
  const attempts = await collector.waitFor('attempt', 2);
  expect(attempts.map(({ traceId, parentSpanId }) => [traceId, parentSpanId ?? ''])).toEqual([
    [trace, ''],
    [trace, ''],
  ]);
  expect(arrived).toEqual(attempts.map(({ spanId }) => [trace, spanId, '01']));
});

it.each([
  ['a request that is refused', '{"type":"REQUEST"}', 400],
  ['one that holds no JSON', 'no json', 400],
])('%s ends its span with the status, which is no error of the service', async (_, body, status) => {
  const collector = await startCollector();
  const hooktide = await start(collector);
  expect((await call(hooktide.url, 'POST', '/api/updates', body, { traceparent })).status).toBe(status);
  const [ingest] = await collector.waitFor('ingest', 1);
  expect(ingest).toMatchObject({ traceId: TRACE, attributes: { 'http.response.status_code': status } });
  expect(ingest?.status.code ?? 0).toBe(0);
});

describe('what is recorded', () => {
  it('is left to the caller, where there is one', async () => {
    const [collector, receiver] = [await startCollector(), await startReceiver()];
    const hooktide = await start(collector, { TRACING_SAMPLE_PERCENT: '0' });
    await hooktide.register(receiver.url);
    const unsampled = `00-${TRACE}-${CALLER}-00`;
    await post(hooktide, { traceparent: unsampled, tracestate });
    await post(hooktide, {});
    await receiver.waitFor(2);
    await post(hooktide, { traceparent });
    const arrived = await receiver.waitFor(3);
    await collector.waitFor('attempt', 1);
    // As it came: nobody would ever find a span of Hooktide's own as its parent.
    expect(arrived[0]?.headers).toMatchObject({ traceparent: unsampled, tracestate });
    // The decision is taken once, and the receiver told of it.
    expect(arrivedIn(arrived[1]!)[2]).toBe('00');
    expect(collector.spans().map(({ name, traceId }) => [name, traceId])).toEqual([
      ['ingest', TRACE],
      ['attempt', TRACE],
    ]);
  });

  it('holds no secret: no header, query, path, credential or payload', async () => {
    const [collector, receiver] = [await startCollector(), await startReceiver(answers(418, {}, canary('answer')))];
    const hooktide = await start(collector, { TRACING_HEADERS: `authorization=${canary('collector')}` });
    const uri = `${receiver.url}${canary('path')}?key=${canary('query')}`;
    const headers = { 'x-key': canary('header') };
    const auth = { type: 'basic', user: 'me', password: canary('password') };
    await hooktide.api('POST', '/api/webhooks', { id: 'audit', uri, type: 'REQUEST', headers, auth });
    const { type, payload } = requestUpdate('web');
    await post(hooktide, { traceparent }, { type, payload: { ...payload, more: canary('payload') } });
    await receiver.waitFor(1);
    await collector.waitFor('attempt', 1);
    expect(collector.requests[0]?.headers.authorization).toBe(canary('collector'));
    expect(collector.requests.map(({ body }) => leakIn(body))).toEqual(collector.requests.map(() => null));
  });
});

const lost = ({ logged }: Hooktide) => logged.filter(({ event }) => event === 'tracing.lost');

describe('a collector that is away', () => {
  it.each([
    ['refuses connections', async () => 'http://127.0.0.1:9'],
    ['answers 401', async () => (await startCollector(answers(401, {}, canary('collector')))).url],
  ])('%s: updates arrive as ever, and one line of the log says so', async (_, collector) => {
    const receiver = await startReceiver();
    const hooktide = await start(await collector());
    await hooktide.register(receiver.url);
    for (let n = 1; n <= 20; n += 1) await post(hooktide, { traceparent }, requestUpdate('web', n));
    await receiver.waitFor(20);
    await until(() => lost(hooktide).length > 0);
    await post(hooktide, { traceparent }, requestUpdate('web', 21));
    await receiver.waitFor(21);
    expect(lost(hooktide)).toHaveLength(1);
    expect(lost(hooktide)[0]).toMatchObject({
      level: 'warn',
      data: { reason: expect.stringMatching(/ECONNREFUSED|401/) },
    });
  });

  it('never answers: the shutdown takes no longer than it may', async () => {
    const [collector, receiver] = [await startCollector(neverAnswers), await startReceiver()];
    const hooktide = await start(collector, { SHUTDOWN_TIMEOUT_MILLIS: '1500' });
    await hooktide.register(receiver.url);
    await post(hooktide, { traceparent });
    await receiver.waitFor(1);
    hooktides.length = 0;
    const startedAt = performance.now();
    await hooktide.stop();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

it('sends what it has recorded before it stops', async () => {
  const [collector, receiver] = [await startCollector(), await startReceiver()];
  const hooktide = await start(collector);
  await hooktide.register(receiver.url);
  await post(hooktide, { traceparent });
  await receiver.waitFor(1);
  hooktides.length = 0;
  await hooktide.stop();
  expect(
    collector
      .spans()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['attempt', 'ingest']);
});

it('keeps the spans of several services in one process apart', async () => {
  const [one, other, receiver] = [await startCollector(), await startCollector(), await startReceiver()];
  const services = [await start(one), await start(other)];
  for (const [n, hooktide] of services.entries()) {
    await hooktide.register(receiver.url);
    await post(hooktide, { traceparent }, requestUpdate(`of-${n}`));
  }
  const [[first], [second]] = [await one.waitFor('attempt', 1), await other.waitFor('attempt', 1)];
  expect(first?.resource['service.instance.id']).not.toBe(second?.resource['service.instance.id']);
  expect([one.spans().length, other.spans().length]).toEqual([2, 2]);
});
