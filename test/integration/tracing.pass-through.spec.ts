import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, startHooktide, type Hooktide } from '../setup/hooktide.js';
import { jobId, TOKEN } from '../setup/hook-slinger.js';
import { send } from '../setup/http.js';
import { answersInTurn, closeReceivers, startReceiver, type Received } from '../setup/receivers.js';
import { requestOf, requestUpdate } from '../setup/updates.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';
const other = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`, tracestate: 'own=1' };

let hooktide: Hooktide;
beforeEach(async () => {
  hooktide = await startHooktide({ env: { HOOK_SLINGER_API_TOKEN: TOKEN } });
});
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

async function post(headers: Record<string, string>, body: unknown = requestUpdate('web')): Promise<string[]> {
  const answer = await call(hooktide.url, 'POST', '/api/updates', body, headers);
  expect(answer.status).toBe(202);
  return (answer.json as { ids: string[] }).ids;
}

const traceOf = ({ headers }: Received) => ({ traceparent: headers.traceparent, tracestate: headers.tracestate });
const NONE = { traceparent: undefined, tracestate: undefined };

describe('while no spans are made, a trace', () => {
  it('passes through as it came, at every attempt', async () => {
    const receiver = await startReceiver(answersInTurn(500, 503, 200));
    await hooktide.register(receiver.url);
    await post({ traceparent, tracestate });
    const arrived = await receiver.waitFor(3);
    expect(arrived.map(traceOf)).toEqual(Array.from({ length: 3 }, () => ({ traceparent, tracestate })));
  });

  it('stays with its update, where requests are stored together', async () => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    const traces = Array.from({ length: 30 }, (_, n) => `00-${TRACE}-${(n + 1).toString(16).padStart(16, '0')}-01`);
    const posts = traces.map((trace, n) => post(n % 3 === 0 ? {} : { traceparent: trace }, requestUpdate(`r${n}`)));
    await Promise.all(posts);
    const arrived = await receiver.waitFor(30);
    const got = new Map(arrived.map((request) => [requestOf(request.body), request.headers.traceparent]));
    expect(traces.map((_, n) => got.get(`r${n}`))).toEqual(traces.map((trace, n) => (n % 3 === 0 ? undefined : trace)));
  });

  it.each([
    ['of another grammar', { traceparent: 'no-trace', tracestate }, NONE],
    ['of zeros', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, NONE],
    ['with a state of another grammar', { traceparent, tracestate: 'Not=1' }, { ...NONE, traceparent }],
    ['that is a state alone', { tracestate }, NONE],
    ['of 10 000 characters', { traceparent: traceparent.repeat(180), tracestate: 'x'.repeat(1_000) }, NONE],
  ])('%s is no error, and leaves nothing behind', async (_, headers, expected) => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    await post(headers);
    const [arrived] = await receiver.waitFor(1);
    expect(traceOf(arrived!)).toEqual(expected);
  });

  it('does not make another update of one that was sent before', async () => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    const update = { ...requestUpdate('web'), id: 'once' };
    expect(await post({ traceparent }, update)).toEqual(['once']);
    expect(await post(other, update)).toEqual(['once']);
    await post({}, requestUpdate('last'));
    const arrived = await receiver.waitFor(2);
    expect(arrived.map(({ headers }) => headers.traceparent)).toEqual([traceparent, undefined]);
  });

  it('wins over headers of that name that the webhook has, which are sent where there is none', async () => {
    const receiver = await startReceiver();
    const headers = { Traceparent: 'mine', TraceState: 'mine' };
    await hooktide.api('POST', '/api/webhooks', { uri: receiver.url, type: 'REQUEST', headers });
    await post({ traceparent });
    await receiver.waitFor(1);
    await post({});
    const arrived = await receiver.waitFor(2);
    expect(arrived.map(traceOf)).toEqual([
      { traceparent, tracestate: undefined },
      { traceparent: 'mine', tracestate: 'mine' },
    ]);
  });

  it('passes through with a direct message', async () => {
    const receiver = await startReceiver();
    const headers = { 'Content-Type': 'application/json', Authorization: `Token ${TOKEN}`, traceparent, tracestate };
    const body = JSON.stringify({ to_url: receiver.url, payload: { a: 1 } });
    await jobId(send(hooktide.url, { method: 'POST', path: '/hook_slinger/', headers, body }));
    const [arrived] = await receiver.waitFor(1);
    expect(traceOf(arrived!)).toEqual({ traceparent, tracestate });
  });
});

const event = (id: string, more: object = {}) => {
  const { payload: data } = requestUpdate(id);
  return { specversion: '1.0', type: 'io.hooktide.request', source: '/test', id, data, ...more };
};

describe('a CloudEvent', () => {
  const structured = { 'Content-Type': 'application/cloudevents+json' };
  const batch = { 'Content-Type': 'application/cloudevents-batch+json' };

  it('brings its own trace, which wins over that of the request', async () => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    await post({ ...structured, traceparent, tracestate }, event('a', other));
    const [arrived] = await receiver.waitFor(1);
    expect(traceOf(arrived!)).toEqual(other);
  });

  it('of a batch has that of the request where it brings none that is sound', async () => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    const events = [
      event('plain'),
      event('own', other),
      event('alone', { traceparent: other.traceparent }),
      event('bad', { ...other, traceparent: 7 }),
      event('null', { traceparent: null, tracestate: null }),
    ];
    await post({ ...batch, traceparent, tracestate }, events);
    const arrived = await receiver.waitFor(5);
    expect(Object.fromEntries(arrived.map((request) => [requestOf(request.body), traceOf(request)]))).toEqual({
      plain: { traceparent, tracestate },
      own: other,
      alone: { ...NONE, traceparent: other.traceparent },
      bad: { traceparent, tracestate },
      null: { traceparent, tracestate },
    });
  });

  it.each([
    ['as it is', other.tracestate],
    ['percent-encoded', 'own%3D1'],
  ])('in binary mode brings it in headers, %s', async (_, state) => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    const { data, ...attributes } = event('a', { ...other, tracestate: state });
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
    await post({ ...headers, traceparent }, data);
    await post({ ...headers, 'ce-id': 'b', 'ce-traceparent': 'bad%', traceparent }, requestUpdate('b').payload);
    const arrived = await receiver.waitFor(2);
    expect(arrived.map(traceOf)).toEqual([other, { ...NONE, traceparent }]);
  });

  it.each(['cloudevents', 'cloudevents-binary'])('that leaves (%s) bears the trace as attributes', async (format) => {
    const receiver = await startReceiver();
    await hooktide.api('POST', '/api/webhooks', { uri: receiver.url, type: 'REQUEST', format });
    await post({ traceparent, tracestate });
    const [arrived] = await receiver.waitFor(1);
    const { headers, body } = arrived!;
    const attributes =
      format === 'cloudevents'
        ? (JSON.parse(body) as object)
        : { traceparent: headers['ce-traceparent'], tracestate: headers['ce-tracestate'] };
    expect(attributes).toMatchObject({ traceparent, tracestate });
    expect(traceOf(arrived!)).toEqual({ traceparent, tracestate });
  });
});

it('an update of the build before has no trace', async () => {
  const receiver = await startReceiver();
  await hooktide.register(receiver.url);
  await hooktide.sql(
    `WITH u AS (
       INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
       VALUES ('REQUEST', 'web', 'UPDATED', 'web', now(), '{}') RETURNING id
     ) INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
       SELECT w.lane_id, u.id, 'web', now() FROM u CROSS JOIN hooktide.webhook AS w`,
  );
  const [arrived] = await receiver.waitFor(1);
  expect(traceOf(arrived!)).toEqual(NONE);
});

it('nothing of OpenTelemetry but its API, which the metrics bring, is loaded before a service makes spans', async () => {
  const script = `
    import { createRequire } from 'node:module';
    import { openTracing } from './dist/src/telemetry/tracing-open.js';
    import './dist/src/service.js';
    const { cache } = createRequire(import.meta.url);
    const loaded = () => Object.keys(cache).filter((file) => /@opentelemetry.(?!api\\b)/.test(file)).length;
    const config = { endpoint: null, headers: null, samplePercent: 100 };
    const before = [await openTracing(config, {}, {}), loaded()];
    const tracing = await openTracing({ ...config, endpoint: 'http://127.0.0.1:9/' }, { id: 'p', version: '1' }, {});
    console.log(JSON.stringify([before, loaded() > 0]));
    await tracing.close(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  expect(JSON.parse(stdout)).toEqual([[null, 0], true]);
});
