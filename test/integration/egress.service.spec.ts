import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { answersWith, startForwardProxy } from '../setup/forward-proxy.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await hooktide.stop();
  await database.drop();
  await closeReceivers();
});

const lastFailure = async (id: string) =>
  until(async () => {
    const { json } = await hooktide.api('GET', `/api/webhooks/${id}`);
    return (json as { lastFailure: { reason: string; detail: string } | null }).lastFailure ?? undefined;
  });

it('deliveries go by way of the proxy of the config, with what it says of who asks', async () => {
  const [receiver, proxy] = [await startReceiver(), await startForwardProxy()];
  hooktide = await startHooktide({ database, env: { EGRESS_PROXY: proxy.url.replace('://', '://me:hunter2@') } });
  await hooktide.register(receiver.url);
  await hooktide.post(requestUpdate('web'));
  await receiver.waitFor(1);
  expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`]);
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:hunter2').toString('base64')}`]);
  expect(JSON.stringify(hooktide.logged)).not.toContain('hunter2');
});

it('what the proxy refuses is shown as such', async () => {
  const [receiver, proxy] = [await startReceiver(), await startForwardProxy(answersWith('403 Forbidden'))];
  hooktide = await startHooktide({ database, env: { EGRESS_PROXY: proxy.url } });
  const id = await hooktide.register(receiver.url);
  await hooktide.post(requestUpdate('web'));
  expect(await lastFailure(id)).toMatchObject({
    reason: 'proxy_refused',
    detail: expect.stringMatching(/^The forward proxy 127\.0\.0\.1:\d+ didn't connect to .*: 403 Forbidden/),
  });
});

it('ports that the config no longer lists are not dialled', async () => {
  const receiver = await startReceiver();
  hooktide = await startHooktide({ database, env: { ROLES: 'api' } });
  const id = await hooktide.register(receiver.url);
  await hooktide.stop();

  hooktide = await startHooktide({ database, env: { EGRESS_PORTS: '443, 8443' } });
  await hooktide.post(requestUpdate('web'));
  expect(await lastFailure(id)).toMatchObject({
    reason: 'forbidden_address',
    detail: expect.stringMatching(/port \d+ is none of egress\.ports$/),
  });
  expect(receiver.connections()).toBe(0);
});
