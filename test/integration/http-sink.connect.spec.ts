import { afterEach, describe, expect, it } from 'vitest';
import type { Resolve } from '../../src/egress/connector.js';
import { egressWith } from '../setup/egress.js';
import * as receivers from '../setup/receivers.js';
import { closeSinks, messageTo, sinkWith, uncut } from '../setup/sinks.js';

const { startReceiver, startSocketServer } = receivers;
const resolvesTo =
  (...addresses: string[]): Resolve =>
  (_, __, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
const resolvesNothing: Resolve = (_, __, callback) =>
  callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);

afterEach(async () => {
  await closeSinks();
  await receivers.closeReceivers();
});

describe('no connection', () => {
  it('where nobody listens', async () => {
    const { url, port } = await startReceiver();
    await receivers.closeReceivers();
    const outcome = await sinkWith().send(messageTo(url), uncut);
    expect(outcome.reason).toBe('connection_refused');
    expect(outcome.detail).toBe(`Nobody listens at 127.0.0.1:${port} (connection refused)`);
  });

  it('when a handshake doesn’t end', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const sink = sinkWith({ connectTimeoutMillis: 150 });
    expect((await sink.send(messageTo(`https://127.0.0.1:${silent.port}/`), uncut)).reason).toBe('connect_timeout');
    await silent.abandoned();
  });

  it('when the deadline comes before the end of the handshake', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const sink = sinkWith({ connectTimeoutMillis: 300, deadlineMillis: 100 });
    const outcome = await sink.send(messageTo(`https://127.0.0.1:${silent.port}/`), uncut);
    expect(outcome.reason).toBe('connect_timeout');
    expect(outcome.detail).toContain('within 100 ms');
    await silent.abandoned();
  });

  it('within the message’s own limit, which is smaller', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const message = messageTo(`https://127.0.0.1:${silent.port}/`, '', { connectTimeoutMillis: 100 });
    const outcome = await sinkWith().send(message, uncut);
    expect(outcome.reason).toBe('connect_timeout');
    expect(outcome.detail).toContain('within 100 ms');
    await silent.abandoned();
  });

  it('within the message’s own limit, which is larger', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const message = messageTo(`https://127.0.0.1:${silent.port}/`, '', { connectTimeoutMillis: 300 });
    const outcome = await sinkWith({ connectTimeoutMillis: 50 }).send(message, uncut);
    expect(outcome.reason).toBe('connect_timeout');
    expect(outcome.detail).toContain('within 300 ms');
    expect(outcome.durationMillis).toBeGreaterThanOrEqual(290);
    await silent.abandoned();
  });

  it('when the message’s whole time ends before its handshake', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const message = messageTo(`https://127.0.0.1:${silent.port}/`, '', { timeoutMillis: 100 });
    const outcome = await sinkWith().send(message, uncut);
    expect(outcome.reason).toBe('connect_timeout');
    expect(outcome.detail).toContain('within 100 ms');
    await silent.abandoned();
  });

  it('when the other side speaks no TLS', async () => {
    const receiver = await startReceiver();
    const outcome = await sinkWith().send(messageTo(`https://127.0.0.1:${receiver.port}/`), uncut);
    expect(outcome.reason).toBe('tls');
    await receiver.abandoned();
  });

  it('when the name has no address', async () => {
    expect((await sinkWith({ resolve: resolvesNothing }).send(messageTo('http://nowhere.test/'), uncut)).reason).toBe(
      'dns',
    );
  });

  it.each(['foo', 'ftp://host/', 'http://user:secret@host/', `http://h/${'x'.repeat(65_536)}`])(
    'for the uri %s',
    async (uri) => {
      expect((await sinkWith().send(messageTo(uri), uncut)).reason).toBe('bad_uri');
    },
  );
});

describe('a forbidden address', () => {
  it.each(['127.0.0.1', 'localhost', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])(
    'gets no connection as %s',
    async (host) => {
      const receiver = await startReceiver();
      const sink = sinkWith({ egress: egressWith() });
      const outcome = await sink.send(messageTo(`http://${host}:${receiver.port}/`), uncut);
      expect(outcome.reason).toBe('forbidden_address');
      expect(outcome.detail).toContain('loopback');
      await sinkWith().send(messageTo(receiver.url), uncut);
      expect(receiver.connections()).toBe(1);
    },
  );

  it('among a name’s addresses refuses them all', async () => {
    const receiver = await startReceiver();
    const resolve = resolvesTo('127.0.0.1', '10.0.0.1');
    const outcome = await sinkWith({ resolve }).send(messageTo(`http://shop.test:${receiver.port}/`), uncut);
    expect(outcome.reason).toBe('forbidden_address');
    expect(outcome.detail).toContain('10.0.0.1');
    expect(receiver.connections()).toBe(0);
  });

  it('is judged anew at each connect', async () => {
    const receiver = await startReceiver(receivers.answers(200, { connection: 'close' }));
    const addresses = ['127.0.0.1', '169.254.169.254'];
    const resolve: Resolve = (_, __, callback) => callback(null, [{ address: addresses.shift()!, family: 4 }]);
    const sink = sinkWith({ resolve });
    const url = `http://shop.test:${receiver.port}/`;
    expect((await sink.send(messageTo(url), uncut)).reason).toBe('delivered');
    expect((await sink.send(messageTo(url), uncut)).reason).toBe('forbidden_address');
    expect(receiver.requests[0]!.headers.host).toBe(`shop.test:${receiver.port}`);
  });
});
