import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CERTIFICATE, KEY } from '../setup/superhooks-tls.js';
import { closeWireReceivers, startTunnels, startWireReceiver } from '../setup/superhooks-wire.js';
import { killListeners, pidsIn, spoolFolder, startListener } from '../setup/superhooks.js';

afterEach(async () => {
  await killListeners();
  await closeWireReceivers();
});

const TLS = { key: KEY, cert: CERTIFICATE };

const listenerTo = (url: string, env: Record<string, string>) =>
  startListener(['-u', url, '-e', 'EXITED', '--spool', spoolFolder()], env);

function authorityFile(): string {
  const file = join(spoolFolder(), 'authority.pem');
  writeFileSync(file, CERTIFICATE);
  return file;
}

describe('by way of a proxy', () => {
  it('asks it for the whole address of http, with its own password', async () => {
    const proxy = await startWireReceiver();
    const listener = await listenerTo('http://me:mine@receiver.invalid:81/x?y=z', {
      HTTP_PROXY: `http://you:yours@127.0.0.1:${proxy.port}`,
    });
    await listener.tell({ serial: 1 });
    await listener.tell({ serial: 2 });
    const requests = await proxy.waitFor(2);
    expect(pidsIn(requests)).toEqual([1, 2]);
    expect(requests[0]?.path).toBe('http://receiver.invalid:81/x?y=z');
    expect(Object.fromEntries(requests[0]?.headers ?? [])).toMatchObject({
      Host: 'receiver.invalid:81',
      Authorization: `Basic ${Buffer.from('me:mine').toString('base64')}`,
      'Proxy-Authorization': `Basic ${Buffer.from('you:yours').toString('base64')}`,
    });
  });

  it('goes through a tunnel to https', async () => {
    const receiver = await startWireReceiver({ tls: TLS });
    const tunnels = await startTunnels();
    const listener = await listenerTo(receiver.url, {
      https_proxy: `http://you:yours@127.0.0.1:${tunnels.port}`,
      REQUESTS_CA_BUNDLE: authorityFile(),
    });
    await listener.tell({ serial: 1 });
    const [request] = await receiver.waitFor(1);
    expect(request?.path).toBe('/');
    expect(request?.headers.map(([name]) => name)).not.toContain('Proxy-Authorization');
    const credentials = Buffer.from('you:yours').toString('base64');
    expect(tunnels.asked).toEqual([`127.0.0.1:${receiver.port} Basic ${credentials}`]);
  });

  it('goes without it to where no_proxy says', async () => {
    const receiver = await startWireReceiver();
    const tunnels = await startTunnels();
    const listener = await listenerTo(receiver.url, {
      HTTP_PROXY: `http://127.0.0.1:${tunnels.port}`,
      NO_PROXY: 'example.com,127.0.0.0/8',
    });
    await listener.tell({ serial: 1 });
    const [request] = await receiver.waitFor(1);
    expect(request?.path).toBe('/');
    expect(tunnels.asked).toEqual([]);
  });
});

describe('over TLS', () => {
  it('trusts the authorities of REQUESTS_CA_BUNDLE', async () => {
    const receiver = await startWireReceiver({ tls: TLS });
    const listener = await listenerTo(receiver.url, { REQUESTS_CA_BUNDLE: authorityFile() });
    for (let serial = 1; serial <= 3; serial++) await listener.tell({ serial });
    expect(pidsIn(await receiver.waitFor(3))).toEqual([1, 2, 3]);
  });

  it('sends nothing to a receiver that it does not trust, and says why', async () => {
    const receiver = await startWireReceiver({ tls: TLS });
    const listener = await listenerTo(receiver.url, {});
    await listener.tell({ serial: 1 });
    await listener.says(/superhooks: self-signed certificate; waiting: 1, tried again/);
    expect(receiver.requests).toEqual([]);
  });
});
