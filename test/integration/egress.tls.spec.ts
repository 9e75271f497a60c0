import { afterEach, describe, expect, it } from 'vitest';
import type { EgressConfig } from '../../src/config/config.js';
import type { EgressClient } from '../../src/egress/client.js';
import type { ReceiverTls } from '../../src/updates/webhook-secrets.js';
import { clientWith, closeClients, pem, postTo, resolving } from '../setup/egress.js';
import { closeReceivers } from '../setup/receivers.js';
import { startTlsReceiver } from '../setup/tls-receiver.js';

const AUTHORITY = { ca: pem('authority'), minVersion: 'TLSv1.2' } as const;
const SENDER = { certificate: pem('sender'), key: pem('sender.key') };
const STRANGER = { certificate: pem('stranger-sender'), key: pem('stranger-sender.key') };
/** Takes none but senders that the authority vouches for. */
const MUTUAL = { ca: pem('authority'), requestCert: true };

const clientOf = (tls: EgressConfig['tls'] = AUTHORITY) =>
  clientWith({ tls }, { resolve: resolving({ 'shop.test': [['127.0.0.1']], 'other.test': [['127.0.0.1']] }) });

async function reasonOf(client: EgressClient, url: string, tls?: ReceiverTls): Promise<string> {
  const ended = await client.post(postTo(url, { tls }));
  return ended.ok ? String(ended.status) : `${ended.reason}: ${ended.detail}`;
}

afterEach(async () => {
  await closeClients();
  await closeReceivers();
});

describe('a receiver of https', () => {
  it('is trusted if an authority of the config vouches for it', async () => {
    const receiver = await startTlsReceiver();
    expect(await reasonOf(clientOf(), `https://shop.test:${receiver.port}/`)).toBe('200');
    expect(await reasonOf(clientOf(), receiver.url)).toBe('200');
  });

  it.each([
    ['no authority of its own', null],
    ['another one', pem('stranger')],
  ])('is not trusted with %s', async (_, ca) => {
    const receiver = await startTlsReceiver();
    expect(await reasonOf(clientOf({ ...AUTHORITY, ca }), receiver.url)).toMatch(/^tls: .*\(UNABLE_TO_/);
    expect(receiver.requests).toEqual([]);
  });

  it('is trusted by its name only', async () => {
    const receiver = await startTlsReceiver();
    expect(await reasonOf(clientOf(), `https://other.test:${receiver.port}/`)).toMatch(
      /^tls: .*\(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    );
    expect(receiver.requests).toEqual([]);
  });

  it('is verified whatever the environment says', async () => {
    const receiver = await startTlsReceiver();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await reasonOf(clientOf({ ...AUTHORITY, ca: null }), receiver.url)).toMatch(/^tls: /);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it.each([
    ['TLSv1.2', 'TLSv1.2', /^200$/],
    ['TLSv1.2', 'TLSv1.3', /^200$/],
    ['TLSv1.3', 'TLSv1.3', /^200$/],
    ['TLSv1.3', 'TLSv1.2', /^tls: .*VERSION/],
  ] as const)('has to speak %s at least: with %s it is %s', async (minVersion, maxVersion, reason) => {
    const receiver = await startTlsReceiver({ maxVersion });
    expect(await reasonOf(clientOf({ ...AUTHORITY, minVersion }), receiver.url)).toMatch(reason);
  });
});

describe('a receiver that asks for a certificate', () => {
  it('gets that of the webhook', async () => {
    const receiver = await startTlsReceiver(MUTUAL);
    expect(await reasonOf(clientOf(), receiver.url, SENDER)).toBe('200');
    expect(receiver.requests.map(({ sender }) => sender)).toEqual(['hooktide']);
  });

  it.each([
    ['none', undefined],
    ['that of another authority', STRANGER],
  ])('gets nothing if there is %s', async (_, tls) => {
    const receiver = await startTlsReceiver(MUTUAL);
    // In TLS 1.3 the receiver says so after the handshake, when it may have hung up before that is read.
    expect(await reasonOf(clientOf(), receiver.url, tls)).toMatch(/^(tls|connection_reset): /);
    expect(receiver.requests).toEqual([]);
  });

  it('says in TLS 1.2 in the handshake that it is not content', async () => {
    const receiver = await startTlsReceiver({ ...MUTUAL, maxVersion: 'TLSv1.2' });
    expect(await reasonOf(clientOf(), receiver.url, SENDER)).toBe('200');
    expect(await reasonOf(clientOf(), receiver.url, STRANGER)).toMatch(/^(tls|connection_reset): /);
  });

  it('over kept connections gets no other webhook’s', async () => {
    const receiver = await startTlsReceiver({ ...MUTUAL, rejectUnauthorized: false });
    const client = clientOf();
    for (const tls of [SENDER, undefined, { ...SENDER }, STRANGER, undefined, SENDER]) {
      expect(await reasonOf(client, receiver.url, tls)).toBe('200');
    }
    const [ours, others] = ['hooktide', 'stranger'];
    expect(receiver.requests.map(({ sender }) => sender)).toEqual([ours, undefined, ours, others, undefined, ours]);
  });
});

describe('a webhook’s own TLS settings', () => {
  it('name authorities in the place of the config’s', async () => {
    const receiver = await startTlsReceiver();
    const client = clientOf();
    expect(await reasonOf(client, receiver.url, { ca: pem('stranger') })).toMatch(/^tls: /);
    expect(await reasonOf(clientOf({ ...AUTHORITY, ca: null }), receiver.url, { ca: pem('authority') })).toBe('200');
    // A session that was resumed would not be verified again.
    expect(await reasonOf(client, receiver.url)).toBe('200');
    expect(await reasonOf(client, receiver.url, { ca: pem('stranger') })).toMatch(/^tls: /);
  });

  it('keep the least version of the config', async () => {
    const receiver = await startTlsReceiver({ maxVersion: 'TLSv1.2' });
    const client = clientOf({ ...AUTHORITY, minVersion: 'TLSv1.3' });
    expect(await reasonOf(client, receiver.url, SENDER)).toMatch(/^tls: /);
  });

  it('that are equal share connections, which are kept', async () => {
    const receiver = await startTlsReceiver(MUTUAL);
    const client = clientOf();
    for (let n = 0; n < 6; n++) expect(await reasonOf(client, receiver.url, { ...SENDER })).toBe('200');
    expect(receiver.connections()).toBeLessThanOrEqual(2);
  });

  it.each([[{ ...SENDER, key: pem('receiver.key') }], [{ ca: 'nonsense', ...SENDER, certificate: 'nonsense' }]])(
    'that can’t be used are a failure of the attempt, and say no secret: %#',
    async (tls) => {
      const receiver = await startTlsReceiver(MUTUAL);
      const client = clientOf();
      const said = await reasonOf(client, receiver.url, tls);
      expect(said).toMatch(/^tls: The TLS handshake with 127\.0\.0\.1:\d+ failed \(ERR_OSSL_/);
      expect(await reasonOf(client, receiver.url, SENDER)).toBe('200');
    },
  );
});
