import { afterEach, describe, expect, it } from 'vitest';
import { CutShort } from '../../src/egress/cut-short.js';
import type { Resolve } from '../../src/egress/connector.js';
import * as receivers from '../setup/receivers.js';
import { closeSinks, messageTo, sinkWith, uncut } from '../setup/sinks.js';

const { startReceiver, startSocketServer } = receivers;

/** After `millis`, loopback or an error. */
const resolvesAfter =
  (millis: number, error: Error | null = null): Resolve =>
  (_, __, callback) =>
    void setTimeout(() => callback(error, error ? [] : [{ address: '127.0.0.1', family: 4 }]), millis);
const neverResolves: Resolve = () => undefined;
/** Lower bounds only: a busy machine makes everything late. Timers may fire a millisecond early. */
const atLeast = (millis: number) => expect.toSatisfy((found: number) => Number.isInteger(found) && found >= millis - 5);

afterEach(async () => {
  await closeSinks();
  await receivers.closeReceivers();
});

describe('the phases of an attempt', () => {
  it('are all there when it looked a name up and connected', async () => {
    const receiver = await startReceiver(receivers.answersSlowly(80, 60));
    const sink = sinkWith({ resolve: resolvesAfter(70) });
    const outcome = await sink.send(messageTo(`http://shop.test:${receiver.port}/`), uncut);
    expect(outcome.reason).toBe('delivered');
    expect(outcome.phases).toEqual({
      dnsMillis: atLeast(70),
      connectMillis: atLeast(0),
      firstByteMillis: atLeast(80),
      bodyMillis: atLeast(0),
    });
    // A busy process reads the head late, and the body at once.
    expect(outcome.phases!.firstByteMillis! + outcome.phases!.bodyMillis!).toBeGreaterThanOrEqual(130);
    expect(outcome.durationMillis).toBeGreaterThanOrEqual(200);
  });

  it('know of no look-up for an address', async () => {
    const receiver = await startReceiver();
    const { phases } = await sinkWith().send(messageTo(receiver.url), uncut);
    expect(Object.keys(phases!)).toEqual(['connectMillis', 'firstByteMillis', 'bodyMillis']);
  });

  it('know of no connection when one is kept', async () => {
    const receiver = await startReceiver();
    const sink = sinkWith();
    const connected: boolean[] = [];
    for (let n = 0; n < 6; n++) {
      const { phases } = await sink.send(messageTo(receiver.url), uncut);
      connected.push('connectMillis' in phases!);
      expect(phases).toMatchObject({ firstByteMillis: atLeast(0), bodyMillis: atLeast(0) });
    }
    expect(connected.filter(Boolean)).toHaveLength(receiver.connections());
    expect(receiver.connections()).toBeLessThan(6);
  });

  it('are each attempt’s own when several connect at once', async () => {
    const receiver = await startReceiver();
    let turn = 0;
    const resolve: Resolve = (...args) => resolvesAfter([0, 120, 240][turn++]!)(...args);
    const sink = sinkWith({ resolve });
    const message = messageTo(`http://shop.test:${receiver.port}/`);
    const outcomes = await Promise.all([1, 2, 3].map(() => sink.send(message, uncut)));
    const [first, second, third] = outcomes.map(({ phases }) => phases!.dnsMillis!);
    expect(second).toBeGreaterThanOrEqual(Math.max(first!, 115));
    expect(third).toBeGreaterThanOrEqual(Math.max(second!, 235));
  });

  it('are none for what is no uri', async () => {
    expect((await sinkWith().send(messageTo('foo'), uncut)).phases).toEqual({});
  });
});

describe('the phase in which an attempt fails carries its time', () => {
  it('a look-up without an end', async () => {
    const sink = sinkWith({ resolve: neverResolves, connectTimeoutMillis: 100 });
    const outcome = await sink.send(messageTo('http://shop.test/'), uncut);
    expect(outcome).toMatchObject({ reason: 'connect_timeout', phases: { dnsMillis: atLeast(100) } });
    expect(Object.keys(outcome.phases!)).toEqual(['dnsMillis']);
  });

  it('a look-up that fails', async () => {
    const error = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const outcome = await sinkWith({ resolve: resolvesAfter(60, error) }).send(messageTo('http://shop.test/'), uncut);
    expect(outcome.reason).toBe('dns');
    expect(outcome.phases).toEqual({ dnsMillis: atLeast(60) });
  });

  it('a refused connection', async () => {
    const { url } = await startReceiver();
    await receivers.closeReceivers();
    const outcome = await sinkWith().send(messageTo(url), uncut);
    expect(outcome.reason).toBe('connection_refused');
    expect(outcome.phases).toEqual({ connectMillis: atLeast(0) });
  });

  it('a handshake without an end', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const sink = sinkWith({ connectTimeoutMillis: 150 });
    const { phases } = await sink.send(messageTo(`https://127.0.0.1:${silent.port}/`), uncut);
    expect(phases).toEqual({ connectMillis: atLeast(0), tlsMillis: atLeast(0) });
    expect(phases!.connectMillis! + phases!.tlsMillis!).toBeGreaterThanOrEqual(140);
    await silent.abandoned();
  });

  it('a handshake that fails', async () => {
    const receiver = await startReceiver();
    const outcome = await sinkWith().send(messageTo(`https://127.0.0.1:${receiver.port}/`), uncut);
    expect(outcome.reason).toBe('tls');
    expect(outcome.phases).toEqual({ connectMillis: atLeast(0), tlsMillis: atLeast(0) });
  });

  it('no answer within the message’s own time, which is smaller', async () => {
    const receiver = await startReceiver(receivers.neverAnswers);
    const outcome = await sinkWith().send(messageTo(receiver.url, '', { timeoutMillis: 400 }), uncut);
    expect(outcome).toMatchObject({ reason: 'timeout', detail: expect.stringContaining('within 400 ms') });
    expect(outcome.phases).toEqual({ connectMillis: atLeast(0), firstByteMillis: atLeast(0) });
    expect(outcome.phases!.connectMillis! + outcome.phases!.firstByteMillis!).toBeGreaterThanOrEqual(350);
  });

  it('a drip within the message’s own time, which is larger', async () => {
    const receiver = await startReceiver(receivers.drips);
    const message = messageTo(receiver.url, '', { timeoutMillis: 500 });
    const outcome = await sinkWith({ deadlineMillis: 20 }).send(message, uncut);
    expect(outcome).toMatchObject({ reason: 'body_timeout', detail: expect.stringContaining('within 500 ms') });
    expect(Object.keys(outcome.phases!)).toEqual(['connectMillis', 'firstByteMillis', 'bodyMillis']);
    expect(outcome.durationMillis).toBeGreaterThanOrEqual(490);
  });

  it('what is cut short', async () => {
    const receiver = await startReceiver(receivers.neverAnswers);
    const cut = new CutShort();
    const sending = sinkWith().send(messageTo(receiver.url), cut);
    await receiver.waitFor(1);
    cut.request();
    const { phases } = await sending;
    expect(phases).toEqual({ connectMillis: atLeast(0), firstByteMillis: atLeast(0) });
  });
});
