import { afterEach, describe, expect, it } from 'vitest';
import type { EgressConfig } from '../../src/config/config.js';
import type { EgressClient } from '../../src/egress/client.js';
import { Reach } from '../../src/egress/reach.js';
import { clientWith, closeClients, egressWith, LOOPBACK, postTo, resolving } from '../setup/egress.js';
import * as receivers from '../setup/receivers.js';

const { startReceiver } = receivers;
const NAMES = () => ({ 'shop.test': [['127.0.0.1']], 'hooks.internal': [['127.0.0.1']] });

const clientOf = (config: Partial<EgressConfig> = {}, resolve = resolving(NAMES())) => clientWith(config, { resolve });

async function reasonOf(client: EgressClient, url: string, onlyTo?: string[]): Promise<string> {
  const ended = await client.post(postTo(url, { onlyTo }));
  return ended.ok ? String(ended.status) : `${ended.reason}: ${ended.detail}`;
}

afterEach(async () => {
  await closeClients();
  await receivers.closeReceivers();
});

describe('a name that leads elsewhere', () => {
  it('when it is dialled than when it was registered is refused then', async () => {
    const receiver = await startReceiver();
    const resolve = resolving({ 'rebinds.test': [['8.8.8.8'], ['127.0.0.1']] });
    const url = `http://rebinds.test:${receiver.port}/`;
    expect(await new Reach(egressWith(), resolve).problem(url)).toBeNull();
    expect(await reasonOf(clientOf({ allow: [] }, resolve), url)).toBe(
      `forbidden_address: rebinds.test:${receiver.port} leads to 127.0.0.1, which egress refuses: loopback (RFC 1122)`,
    );
    expect(resolve.asked).toHaveLength(2);
    expect(receiver.connections()).toBe(0);
  });

  it('is dialled at the address that was judged, and not looked up again', async () => {
    const receiver = await startReceiver(receivers.answers(200, { connection: 'close' }));
    const resolve = resolving({ 'rebinds.test': [['127.0.0.1'], ['169.254.169.254']] });
    const client = clientOf({}, resolve);
    const url = `http://rebinds.test:${receiver.port}/`;
    expect(await reasonOf(client, url)).toBe('200');
    expect(resolve.asked).toHaveLength(1);
    expect(await reasonOf(client, url)).toMatch(
      /^forbidden_address: .* leads to 169\.254\.169\.254, .*cloud metadata$/,
    );
  });

  it.each([
    [['127.0.0.1', '10.0.0.1'], '10.0.0.1'],
    [['127.0.0.1', '::ffff:169.254.169.254'], '::ffff:169.254.169.254'],
    [['fe80::1%lo', '127.0.0.1'], 'fe80::1%lo'],
  ])('in part is refused as a whole: %j', async (addresses, bad) => {
    const receiver = await startReceiver();
    const client = clientOf({}, resolving({ 'mixed.test': [addresses] }));
    expect(await reasonOf(client, `http://mixed.test:${receiver.port}/`)).toContain(` leads to ${bad}, `);
    expect(receiver.connections()).toBe(0);
  });

  it('by a redirect is not followed there', async () => {
    const receiver = await startReceiver(receivers.redirectsTo('http://169.254.169.254/latest/meta-data/', 307));
    const resolve = resolving(NAMES());
    expect(await reasonOf(clientOf({}, resolve), `http://shop.test:${receiver.port}/`)).toBe('307');
    expect(resolve.asked).toEqual(['shop.test']);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('the rules', () => {
  it('let a private address be reached by its name', async () => {
    const receiver = await startReceiver();
    const client = clientOf({ allow: ['hooks.internal'] });
    expect(await reasonOf(client, `http://hooks.internal:${receiver.port}/`)).toBe('200');
    expect(await reasonOf(client, `http://shop.test:${receiver.port}/`)).toMatch(/^forbidden_address: /);
    expect(await reasonOf(client, receiver.url)).toMatch(/^forbidden_address: /);
  });

  it('never let metadata be reached by a name', async () => {
    const resolve = resolving({ 'hooks.internal': [['169.254.169.254']] });
    const client = clientOf({ allow: ['hooks.internal', ':80'] }, resolve);
    expect(await reasonOf(client, 'http://hooks.internal/')).toMatch(/^forbidden_address: .*cloud metadata$/);
  });

  it('refuse names and ports before a look-up', async () => {
    const resolve = resolving(NAMES());
    const client = clientOf({ deny: ['*.internal'], ports: [80] }, resolve);
    expect(await reasonOf(client, 'http://hooks.internal/')).toBe(
      'forbidden_address: Egress refuses hooks.internal:80: named by egress.deny',
    );
    expect(await reasonOf(client, 'https://shop.test/')).toBe(
      'forbidden_address: Egress refuses shop.test:443: port 443 is none of egress.ports',
    );
    expect(resolve.asked).toEqual([]);
  });

  it('let through what is dialled on a port of the list', async () => {
    const receiver = await startReceiver();
    expect(await reasonOf(clientOf({ ports: [receiver.port] }), receiver.url)).toBe('200');
  });
});

describe('a webhook’s own narrowing', () => {
  it('refuses what it does not name, even where a connection of others is kept', async () => {
    const receiver = await startReceiver();
    const client = clientOf();
    const url = `http://shop.test:${receiver.port}/`;
    expect(await reasonOf(client, url)).toBe('200');
    expect(await reasonOf(client, url, ['10.0.0.0/8'])).toBe(
      `forbidden_address: shop.test:${receiver.port} leads to 127.0.0.1, which egress refuses: not named by the webhook's onlyTo`,
    );
    expect(await reasonOf(client, url, [`shop.test:${receiver.port}`])).toBe('200');
    expect(await reasonOf(client, url)).toBe('200');
    expect(receiver.requests).toHaveLength(3);
  });

  it('keeps connections of its own', async () => {
    const receiver = await startReceiver();
    const client = clientOf();
    for (let n = 0; n < 4; n++) expect(await reasonOf(client, receiver.url, ['127.0.0.0/8'])).toBe('200');
    const narrowed = receiver.connections();
    expect(narrowed).toBeLessThanOrEqual(2);
    expect(await reasonOf(client, receiver.url)).toBe('200');
    expect(receiver.connections()).toBe(narrowed + 1);
  });

  it('allows nothing that the config refuses', async () => {
    const receiver = await startReceiver();
    expect(await reasonOf(clientOf({ allow: [] }), receiver.url, LOOPBACK)).toMatch(/^forbidden_address: .*loopback/);
  });

  it('may be another one for each of many webhooks: connections of the first ones are closed', async () => {
    const receiver = await startReceiver();
    const client = clientOf();
    const narrowings = Array.from({ length: 130 }, (_, index) => ['127.0.0.1', `10.0.0.${index}`]);
    for (const onlyTo of narrowings) expect(await reasonOf(client, receiver.url, onlyTo)).toBe('200');
    expect(await reasonOf(client, receiver.url, narrowings[0])).toBe('200');
    await closeClients();
    await receiver.abandoned();
  });
});

describe('the answer', () => {
  it('comes back whole where that is asked for, up to a limit', async () => {
    const token = JSON.stringify({ access_token: 'é'.repeat(3_000) });
    const receiver = await startReceiver(receivers.answers(200, {}, token));
    const client = clientOf({}, resolving({}));
    const bytes = Buffer.byteLength(token);
    expect(await client.post(postTo(receiver.url, { wholeBodyBytes: bytes }))).toMatchObject({ ok: true, text: token });
    expect(await client.post(postTo(receiver.url, { wholeBodyBytes: bytes - 1 }))).toMatchObject({
      ok: false,
      reason: 'body_too_large',
      detail: expect.stringContaining('6 018 bytes'),
    });
    const { text } = (await client.post(postTo(receiver.url))) as { text: string };
    expect(text).toBe(token.slice(0, 512));
  });
});
