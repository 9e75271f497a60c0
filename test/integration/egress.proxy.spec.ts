import { afterEach, describe, expect, it } from 'vitest';
import type { EgressConfig } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';
import type { EgressClient } from '../../src/egress/client.js';
import { clientWith, closeClients, pem, postTo, resolving } from '../setup/egress.js';
import { answersWith, connects, connectsFor, startForwardProxy, type Treatment } from '../setup/forward-proxy.js';
import { closeReceivers, startReceiver, startSocketServer } from '../setup/receivers.js';
import { startTlsReceiver } from '../setup/tls-receiver.js';

const TLS = { ca: pem('authority'), minVersion: 'TLSv1.2' } as const;
const NAMES = { 'shop.test': [['127.0.0.1']] };

/** A client that goes by way of a proxy, and trusts the authority of the tests. */
function clientBy(proxy: { url: string } | string, config: Partial<EgressConfig> = {}, resolve = resolving(NAMES)) {
  const url = typeof proxy === 'string' ? proxy : proxy.url;
  return clientWith({ proxy: new Secret(url), tls: TLS, ...config }, { resolve });
}

async function reasonOf(client: EgressClient, url: string): Promise<string> {
  const ended = await client.post(postTo(url, { connectTimeoutMillis: 5_000 }));
  return ended.ok ? String(ended.status) : `${ended.reason}: ${ended.detail}`;
}

afterEach(async () => {
  await closeClients();
  await closeReceivers();
});

describe.each([
  ['plain', undefined],
  ['TLS', 'receiver'],
])('a proxy that speaks %s', (_, certificate) => {
  it('is asked to connect to the address that was judged, for http', async () => {
    const receiver = await startReceiver();
    const proxy = await startForwardProxy(connects, certificate);
    const client = clientBy(proxy);
    expect(await reasonOf(client, `http://shop.test:${receiver.port}/x?y=z`)).toBe('200');
    expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`]);
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/x?y=z', body: 'body' });
    expect(request?.headers.host).toBe(`shop.test:${receiver.port}`);
  });

  it('is asked the same for https, and the receiver is known by its name', async () => {
    const receiver = await startTlsReceiver();
    const proxy = await startForwardProxy(connects, certificate);
    const host = `shop.test:${receiver.port}`;
    expect(await reasonOf(clientBy(proxy), `https://${host}/`)).toBe('200');
    expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`]);
    expect(receiver.requests).toEqual([{ host, servername: 'shop.test', sender: undefined }]);
  });

  it('does not stand between a receiver and its wrong certificate', async () => {
    const receiver = await startTlsReceiver();
    const proxy = await startForwardProxy(connects, certificate);
    const client = clientBy(proxy, {}, resolving({ 'other.test': [['127.0.0.1']] }));
    expect(await reasonOf(client, `https://other.test:${receiver.port}/`)).toMatch(
      /^tls: .*\(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    );
    expect(receiver.requests).toEqual([]);
  });

  it('is asked once for many posts', async () => {
    const receiver = await startReceiver();
    const proxy = await startForwardProxy(connects, certificate);
    const client = clientBy(proxy);
    for (let n = 0; n < 6; n++) expect(await reasonOf(client, `http://shop.test:${receiver.port}/`)).toBe('200');
    // Two, not one: a connection rests for a turn of the event loop, lest its receiver closes it after all.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
  });

  it('gets its credentials, and nobody else does', async () => {
    const receiver = await startReceiver();
    const proxy = await startForwardProxy(connectsFor('me@corp:pass word'), certificate);
    const url = proxy.url.replace('://', '://me%40corp:pass%20word@');
    expect(await reasonOf(clientBy(url), `http://shop.test:${receiver.port}/`)).toBe('200');
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me@corp:pass word').toString('base64')}`]);
    expect(Object.keys(receiver.requests[0]!.headers)).not.toContain('proxy-authorization');
  });

  it('is waited for no longer than for any connection', async () => {
    const proxy = await startForwardProxy(() => undefined, certificate);
    const client = clientBy(proxy);
    const ended = await client.post(postTo('http://shop.test:81/', { connectTimeoutMillis: 300 }));
    expect(ended).toMatchObject({ ok: false, reason: 'connect_timeout' });
    expect(ended).toHaveProperty(
      'detail',
      expect.stringMatching(/^The forward proxy .* within 300 ms .*shop\.test:81/),
    );
    await proxy.abandoned();
  });

  it.each<[string, Treatment, RegExp]>([
    ['403 Forbidden', answersWith('403 Forbidden'), /^proxy_refused: .* 127\.0\.0\.1:81: 403 Forbidden/],
    ['407', connectsFor('somebody:else'), /^proxy_refused: .*: 407 Proxy Authentication Required/],
    ['502', answersWith('502 Bad Gateway'), /^proxy_refused: .*: 502 Bad Gateway/],
    ['a redirect', answersWith('302 Found'), /^proxy_refused: .*: 302 Found/],
    ['nothing: it dies', (socket) => socket.destroy(), /^proxy_failed: .* closed the connection/],
    ['nonsense', (socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n\r\n'), /^proxy_failed: .*no HTTP reply/],
    [
      'a head without an end',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nx: '.padEnd(20_000, 'x')),
      /^proxy_failed/,
    ],
  ])('that answers %s is named as the one who did', async (_answer, treatment, reason) => {
    const proxy = await startForwardProxy(treatment, certificate);
    const url = proxy.url.replace('://', '://me:hunter2@');
    const said = await reasonOf(clientBy(url), 'http://shop.test:81/');
    expect(said).toMatch(reason);
    expect(said).toContain(new URL(url).host);
    expect(said).not.toContain('hunter2');
    await proxy.abandoned();
  });

  it('that dies in the middle of the handshake with the receiver costs that attempt only', async () => {
    const receiver = await startTlsReceiver();
    let isDying = true;
    const proxy = await startForwardProxy((socket, ...rest) => {
      if (!isDying) return connects(socket, ...rest);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.once('data', () => socket.destroy());
    }, certificate);
    const client = clientBy(proxy);
    expect(await reasonOf(client, `https://shop.test:${receiver.port}/`)).toMatch(/^connection_reset: /);
    isDying = false;
    expect(await reasonOf(client, `https://shop.test:${receiver.port}/`)).toBe('200');
  });

  it('does not lengthen a handshake without an end', async () => {
    const silent = await startSocketServer((socket) => socket.resume());
    const proxy = await startForwardProxy(connects, certificate);
    const post = postTo(`https://shop.test:${silent.port}/`, { connectTimeoutMillis: 1_000 });
    expect(await clientBy(proxy).post(post)).toMatchObject({ ok: false, reason: 'connect_timeout' });
    await silent.abandoned();
    await proxy.abandoned();
  });
});

describe('a proxy', () => {
  it('that nobody runs is named as the one who is missing', async () => {
    const { url } = await startReceiver();
    await closeReceivers();
    expect(await reasonOf(clientBy(url), 'http://shop.test:81/')).toMatch(
      /^proxy_failed: The forward proxy 127\.0\.0\.1:\d+ can't be reached \(ECONNREFUSED\)/,
    );
  });

  it('whose certificate nobody vouches for gets nothing', async () => {
    const proxy = await startForwardProxy(connects, 'receiver');
    const client = clientBy(proxy, { tls: { ca: pem('stranger'), minVersion: 'TLSv1.2' } });
    expect(await reasonOf(client, 'http://shop.test:81/')).toMatch(/^proxy_failed: .*UNABLE_TO_/);
    expect(proxy.asked).toEqual([]);
  });

  it('is known by the config’s authorities, and never by a webhook’s', async () => {
    const proxy = await startForwardProxy(connects, 'receiver');
    const receiver = await startReceiver();
    const post = postTo(`http://shop.test:${receiver.port}/`, { tls: { ca: pem('stranger') } });
    expect(await clientBy(proxy).post(post)).toMatchObject({ ok: true });
  });

  it('is not asked for an address that is refused', async () => {
    const proxy = await startForwardProxy();
    const resolve = resolving({ 'inside.test': [['8.8.8.8', '10.0.0.1']] });
    const client = clientBy(proxy, { allow: [] }, resolve);
    for (const url of ['http://inside.test/', 'http://127.0.0.1/', 'http://[::ffff:a9fe:a9fe]/']) {
      expect(await reasonOf(client, url)).toMatch(/^forbidden_address: /);
    }
    expect(proxy.connections()).toBe(0);
  });

  it('is asked for the next address of a name where it does not get to the first', async () => {
    const receiver = await startReceiver();
    const proxy = await startForwardProxy((socket, target, request) => {
      const treat = target.startsWith('127.') ? connects : answersWith('504 Gateway Timeout');
      treat(socket, target, request);
    });
    const resolve = resolving({ 'shop.test': [['8.8.8.8', '127.0.0.1']] });
    expect(await reasonOf(clientBy(proxy, {}, resolve), `http://shop.test:${receiver.port}/`)).toBe('200');
    expect(proxy.asked).toEqual([`8.8.8.8:${receiver.port}`, `127.0.0.1:${receiver.port}`]);
  });

  it('of the environment is none', async () => {
    const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
    for (const name of names) process.env[name] = proxy.url;
    try {
      expect(await reasonOf(clientWith({}, { resolve: resolving(NAMES) }), `http://shop.test:${receiver.port}/`)).toBe(
        '200',
      );
    } finally {
      for (const name of names) delete process.env[name];
    }
    expect(proxy.connections()).toBe(0);
  });
});
