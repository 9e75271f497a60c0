import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { EgressOptions } from '../../src/egress/client.js';
import type { Reason } from '../../src/updates/outcome.js';
import * as receivers from '../setup/receivers.js';
import { CutShort } from '../../src/egress/cut-short.js';
import { closeSinks, messageTo, sinkWith, uncut } from '../setup/sinks.js';

const { startReceiver, startSocketServer } = receivers;
const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/singularity/${name}`, import.meta.url), 'utf8').trim();

afterEach(async () => {
  await closeSinks();
  await receivers.closeReceivers();
});

describe('the request', () => {
  it('is Singularity’s, byte for byte, with Hooktide’s headers beside', async () => {
    let text = '';
    const server = await startSocketServer((socket) => {
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.endsWith(body)) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const upstream: { headersSetByService: Record<string, string>; headersFromHttpClient: Record<string, string> } =
      JSON.parse(fixture('http.delivery.request-created.json'));
    const body = fixture('request-history.created.json');

    const outcome = await sinkWith().send(messageTo(`${server.url}a%20b?task=é#part`, body), uncut);

    expect(outcome).toMatchObject({ reason: 'delivered', status: 204 });
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const [requestLine, ...lines] = head.split('\r\n');
    expect(requestLine).toBe('POST /a%20b?task=%C3%A9 HTTP/1.1');
    const expected = Object.entries({
      ...upstream.headersSetByService,
      ...upstream.headersFromHttpClient,
      'User-Agent': 'Hooktide/1.2.3',
      Host: `127.0.0.1:${server.port}`,
      'Content-Length': String(Buffer.byteLength(body)),
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1546300861',
    }).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
    expect(lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).sort()).toEqual(expected.sort());
    expect(rest.join('\r\n\r\n')).toBe(body);
  });

  it('carries the message’s own headers, by lower-cased names', async () => {
    const receiver = await startReceiver();
    const headers = { 'X-Team': 'payments', Authorization: 'Bearer abc', 'User-Agent': 'shop/1', 'ce-id': 'u-1' };
    await sinkWith().send(messageTo(receiver.url, 'body', { headers }), uncut);
    expect(receiver.requests[0]!.headers).toMatchObject({
      'x-team': 'payments',
      authorization: 'Bearer abc',
      'user-agent': 'shop/1',
      'ce-id': 'u-1',
    });
  });

  it('keeps Hooktide’s and the client’s headers, whatever the message’s say', async () => {
    const receiver = await startReceiver();
    const sink = sinkWith();
    await sink.send(messageTo(receiver.url, 'body'), uncut);
    const headers = {
      'Webhook-Id': 'forged',
      'Webhook-Timestamp': '1',
      'Content-Type': 'text/plain',
      Host: 'elsewhere.test',
      'Content-Length': '1',
      Connection: 'close',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
      'Keep-Alive': 'timeout=1',
      'Proxy-Authorization': 'Basic abc',
    };
    await sink.send(messageTo(receiver.url, 'body', { headers }), uncut);
    const [plain, forged] = receiver.requests;
    expect(forged).toEqual(plain);
  });

  // Two, not one: a connection rests for a turn of the event loop, lest its receiver closes it after all.
  it('goes over connections that are kept', async () => {
    const receiver = await startReceiver();
    const sink = sinkWith();
    for (const body of ['1', '2', '3', '4', '5', '6']) await sink.send(messageTo(receiver.url, body), uncut);
    expect(receiver.requests.map(({ body }) => body).join('')).toBe('123456');
    expect(receiver.connections()).toBeLessThanOrEqual(2);
  });

  it('leaves no connection behind', async () => {
    const receiver = await startReceiver();
    const sink = sinkWith();
    await Promise.all(['1', '2', '3'].map((body) => sink.send(messageTo(receiver.url, body), uncut)));
    await closeSinks();
    await receiver.abandoned();
    expect(receiver.requests).toHaveLength(3);
  });
});

describe('a reply', () => {
  it.each<[number, Record<string, string>, Reason, number | undefined]>([
    [200, {}, 'delivered', undefined],
    [204, {}, 'delivered', undefined],
    [404, {}, 'refused', undefined],
    [410, {}, 'gone', undefined],
    [429, { 'retry-after': '7' }, 'throttled', 7_000],
    [503, { 'retry-after': 'Tue, 01 Jan 2019 00:01:31 GMT' }, 'unavailable', 29_001],
    [500, { 'retry-after': '7' }, 'server_error', undefined],
  ])('of %d %j is %s', async (status, headers, reason, retryAfterMillis) => {
    const receiver = await startReceiver(receivers.answers(status, headers));
    const outcome = await sinkWith().send(messageTo(receiver.url), uncut);
    expect(outcome).toMatchObject({ reason, status });
    expect(outcome.retryAfterMillis).toBe(retryAfterMillis);
  });

  it('is told in one sentence', async () => {
    const receiver = await startReceiver(receivers.answers(404));
    const { detail } = await sinkWith().send(messageTo(receiver.url), uncut);
    expect(detail).toMatch(/^The receiver answered 404 Not Found in \d+ ms$/);
  });

  it('that failed keeps its first 512 characters, as Postgres can store them', async () => {
    const text = `\0${'é'.repeat(510)}😀 and more`;
    const receiver = await startReceiver(receivers.answers(500, {}, text));
    const { answer } = await sinkWith().send(messageTo(receiver.url), uncut);
    expect(answer).toBe(`\ufffd${'é'.repeat(510)}\ufffd`);
  });

  it('that succeeded is kept as well, unless it is empty', async () => {
    const thankful = await startReceiver(receivers.answers(200, {}, 'thanks'));
    const silent = await startReceiver();
    const sink = sinkWith();
    expect((await sink.send(messageTo(thankful.url), uncut)).answer).toBe('thanks');
    expect((await sink.send(messageTo(silent.url), uncut)).answer).toBeUndefined();
  });

  it('that redirects is not followed', async () => {
    const inside = await startReceiver();
    const receiver = await startReceiver(receivers.redirectsTo(inside.url, 307));
    const sink = sinkWith();
    expect(await sink.send(messageTo(receiver.url), uncut)).toMatchObject({
      reason: 'redirect',
      status: 307,
      detail: expect.stringMatching(
        /^The receiver answered 307 Temporary Redirect in \d+ ms: redirects are not followed$/,
      ),
    });
    await sink.send(messageTo(inside.url, 'the next thing'), uncut);
    expect(inside.requests.map(({ body }) => body)).toEqual(['the next thing']);
  });

  it('that redirects to cloud metadata is a redirect like others', async () => {
    const receiver = await startReceiver(receivers.redirectsTo('http://169.254.169.254/latest/meta-data/'));
    expect((await sinkWith().send(messageTo(receiver.url), uncut)).reason).toBe('redirect');
  });
});

describe('a hostile receiver', () => {
  it.each<[string, receivers.Handler, Partial<EgressOptions>, Reason, number | undefined]>([
    ['never answers', receivers.neverAnswers, { deadlineMillis: 150 }, 'timeout', undefined],
    ['drips', receivers.drips, { deadlineMillis: 150 }, 'body_timeout', 200],
    ['resets mid-body', receivers.resetsMidBody, {}, 'connection_reset', 200],
    ['closes at once', receivers.closesAtOnce, {}, 'connection_reset', undefined],
    ['never ends', receivers.neverEnds, {}, 'body_too_large', 200],
    ['sends 5 MB of headers', receivers.answersWithHugeHeaders, {}, 'headers_too_large', undefined],
    ['answers nonsense', receivers.answersNonsense, {}, 'malformed_reply', undefined],
    ['answers 100 alone', (response) => response.writeContinue(), {}, 'malformed_reply', undefined],
  ])(
    'that %s has a reason of its own, gets one request and keeps no connection',
    async (_, handler, options, reason, status) => {
      const receiver = await startReceiver(handler);
      const outcome = await sinkWith(options).send(messageTo(receiver.url), uncut);
      expect(outcome).toMatchObject({ reason, status });
      await receiver.abandoned();
      expect(receiver.requests).toHaveLength(1);
    },
  );

  it('delays nobody else', async () => {
    const hanging = await startReceiver(receivers.neverAnswers);
    const healthy = await startReceiver();
    const sink = sinkWith();
    const cuts = Array.from({ length: 50 }, () => new CutShort());
    const stuck = cuts.map((cut) => sink.send(messageTo(hanging.url), cut));
    await hanging.waitFor(50);
    expect((await sink.send(messageTo(healthy.url), uncut)).reason).toBe('delivered');
    for (const cut of cuts) cut.request();
    for (const outcome of await Promise.all(stuck)) expect(outcome.reason).toBe('cut_short');
    await hanging.abandoned();
  });
});

describe('cut short', () => {
  it('ends a request under way', async () => {
    const receiver = await startReceiver(receivers.neverAnswers);
    const cut = new CutShort();
    const sending = sinkWith().send(messageTo(receiver.url), cut);
    await receiver.waitFor(1);
    cut.request();
    expect((await sending).reason).toBe('cut_short');
    await receiver.abandoned();
  });

  it('beforehand sends nothing', async () => {
    const receiver = await startReceiver();
    const cut = new CutShort();
    cut.request();
    expect((await sinkWith().send(messageTo(receiver.url), cut)).reason).toBe('cut_short');
    await sinkWith().send(messageTo(receiver.url, 'the next thing'), uncut);
    expect(receiver.requests.map(({ body }) => body)).toEqual(['the next thing']);
  });
});
