import { afterEach, describe, expect, it } from 'vitest';
import type { EgressConfig } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';
import type { EgressClient } from '../../src/egress/client.js';
import { clientWith, closeClients, LOOPBACK, postTo, resolving } from '../setup/egress.js';
import { startForwardProxy } from '../setup/forward-proxy.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';

const NAMES = { 'shop.test': [['127.0.0.1']] };

function clientBy(proxy: { url: string }, config: Partial<EgressConfig> = {}, resolve = resolving(NAMES)) {
  return clientWith({ proxy: new Secret(proxy.url), ...config }, { resolve });
}

async function reasonOf(client: EgressClient, url: string): Promise<string> {
  const ended = await client.post(postTo(url));
  return ended.ok ? String(ended.status) : `${ended.reason}: ${ended.detail}`;
}

afterEach(async () => {
  await closeClients();
  await closeReceivers();
});

describe('noProxy', () => {
  it.each([['shop.test'], ['*.test'], ['127.0.0.0/8'], ['127.0.0.1']])('of %s goes there directly', async (entry) => {
    const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
    const client = clientBy(proxy, { noProxy: [entry] });
    expect(await reasonOf(client, `http://shop.test:${receiver.port}/`)).toBe('200');
    expect(proxy.connections()).toBe(0);
  });

  it.each([['other.test'], ['shop.test:1'], ['10.0.0.0/8']])('of %s does not', async (entry) => {
    const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
    const client = clientBy(proxy, { noProxy: [entry] });
    expect(await reasonOf(client, `http://shop.test:${receiver.port}/`)).toBe('200');
    expect(proxy.asked).toHaveLength(1);
  });

  it('allows nothing', async () => {
    const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
    const client = clientBy(proxy, { allow: [], noProxy: ['shop.test', '127.0.0.0/8'] });
    expect(await reasonOf(client, `http://shop.test:${receiver.port}/`)).toMatch(/^forbidden_address: .*loopback/);
    expect(receiver.connections()).toBe(0);
  });
});

describe('a proxy that looks names up', () => {
  const config = { allow: [], proxyResolves: true };

  it('is told the name, which nobody else looks up', async () => {
    const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
    const resolve = resolving({});
    expect(await reasonOf(clientBy(proxy, config, resolve), `http://shop.test:${receiver.port}/`)).toBe('200');
    expect(proxy.asked).toEqual([`shop.test:${receiver.port}`]);
    expect(resolve.asked).toEqual([]);
  });

  it.each([
    ['http://127.0.0.1/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://localhost/', 'loopback'],
    ['http://a.localhost./', 'loopback'],
    ['http://[::ffff:10.0.0.1]/', 'private'],
    ['http://evil.test/', 'named by egress.deny'],
    ['http://shop.test:25/', 'port 25'],
  ])('is not asked for %s', async (url, why) => {
    const proxy = await startForwardProxy();
    const client = clientBy(proxy, { ...config, deny: ['evil.test'], ports: [80] });
    expect(await reasonOf(client, url)).toMatch(new RegExp(`^forbidden_address: .*${why}`));
    expect(proxy.connections()).toBe(0);
  });

  it('is not asked for what noProxy names, which is looked up and judged', async () => {
    const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
    const direct = { ...config, noProxy: ['shop.test'] };
    const url = `http://shop.test:${receiver.port}/`;
    expect(await reasonOf(clientBy(proxy, direct), url)).toMatch(/^forbidden_address: /);
    expect(await reasonOf(clientBy(proxy, { ...direct, allow: LOOPBACK }), url)).toBe('200');
    expect(proxy.connections()).toBe(0);
  });
});
