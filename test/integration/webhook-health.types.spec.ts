import { afterEach, describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/updates/target.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { call, startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { closeSns, startSns } from '../setup/sns.js';
import { firstArrivals, snsEnv } from '../setup/sns-mode.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { eventsOf, failFor, isFailing, noticesOf, registerAs, type Notice } from '../setup/webhook-health.js';

let hooktide: Hooktide;
let database: TestDatabase | undefined;
const start = async (options: HooktideOptions = {}) => (hooktide = await startHooktide(options));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  await closeSns();
  await database?.drop();
  database = undefined;
});

const REFUSED = 'http://127.0.0.1:9/';
const PAYLOAD = { webhookId: 'w', event: 'FAILING', at: '2026-11-22T10:00:00Z' };
const OWN =
  'is WEBHOOK_HEALTH, of which only Hooktide tells: write one of REQUEST, DEPLOY, TASK, CRASHLOOP, ELEVATED_ACCESS';

describe('an update of the type WEBHOOK_HEALTH', () => {
  it.each(['WEBHOOK_HEALTH', 'webhook-health'])('is refused of others: %s', async (type) => {
    await start();
    const one = await hooktide.api('POST', '/api/updates', { type, payload: PAYLOAD });
    expect([one.status, one.json]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_input', detail: `type ${OWN}` }),
    ]);
    const many = await hooktide.api('POST', '/api/updates', [requestUpdate('a'), { type, payload: PAYLOAD }]);
    expect([many.status, many.json.detail]).toEqual([400, `[1].type ${OWN}`]);
    expect(await hooktide.sql('SELECT FROM hooktide.update')).toEqual([]);
  });

  it('is refused as a CloudEvent', async () => {
    await start();
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/me',
      type: 'io.hooktide.webhook_health.failing',
      data: PAYLOAD,
    };
    const headers = { 'Content-Type': 'application/cloudevents+json' };
    const { status, json } = await call(hooktide.url, 'POST', '/api/updates', JSON.stringify(event), headers);
    expect([status, json.detail]).toEqual([400, `type ${OWN}`]);
  });

  it('is refused by SQL', async () => {
    await start();
    const enqueue = hooktide.sql('SELECT hooktide.enqueue($1, $2)', ['webhook-health', JSON.stringify(PAYLOAD)]);
    await expect(enqueue).rejects.toMatchObject({ code: 'HT002', column: 'type', message: `type ${OWN}` });
  });
});

describe('a webhook of the type WEBHOOK_HEALTH', () => {
  it('stays out of Singularity’s lists, and is shown by itself', async () => {
    await start();
    await registerAs(hooktide, 'plain', 'http://a.test/', 'REQUEST');
    await registerAs(hooktide, 'health', 'http://b.test/', 'webhook-health', { description: 'on call' });
    const ids = (await hooktide.api('GET', '/api/webhooks')).json.map(({ id }: { id: string }) => id);
    const summary = (await hooktide.api('GET', '/singularity/api/webhooks/summary')).json;
    expect([ids, summary.map(({ webhook }: { webhook: { id: string } }) => webhook.id)]).toEqual([
      ['plain'],
      ['plain'],
    ]);
    const { json } = await hooktide.api('GET', '/api/webhooks/health');
    expect(json).toMatchObject({ id: 'health', type: 'WEBHOOK_HEALTH', description: 'on call', state: 'active' });
    expect((await hooktide.api('DELETE', '/api/webhooks?webhookId=health')).json).toBe('DELETED');
  });

  it.each(FORMATS.filter((format) => format !== 'sail'))('takes the format %s, and a sample in it', async (format) => {
    await start();
    const receiver = await startReceiver();
    await registerAs(hooktide, 'health', `${receiver.url}$WEBHOOK_ID`, 'WEBHOOK_HEALTH', { format });
    const { json } = await hooktide.api('POST', '/api/webhooks/health/test');
    expect(json).toMatchObject({ delivered: true });
    const [request] = await receiver.waitFor(1);
    expect(request?.path).toBe('/hooktide-test');
    expect(`${JSON.stringify(request?.headers)}${request?.body}`).toMatch(/recovered|works again/i);
  });

  it('is none of Sail’s', async () => {
    await start();
    const webhook = { id: 'health', uri: REFUSED, type: 'WEBHOOK_HEALTH', format: 'sail' };
    const { status, text } = await hooktide.api('POST', '/api/webhooks', webhook);
    expect([status, text]).toEqual([400, expect.stringContaining('format is \\"sail\\"')]);
  });

  it('gets what its filter lets pass: events by states, webhooks by requestIds', async () => {
    await start();
    const [late, shop, all] = [await startReceiver(), await startReceiver(), await startReceiver()];
    await registerAs(hooktide, 'late', late.url, 'WEBHOOK_HEALTH', { filter: { states: ['AGE_50', 'AGE_75'] } });
    await registerAs(hooktide, 'shop', shop.url, 'WEBHOOK_HEALTH', { filter: { requestIds: ['shop-*'] } });
    await registerAs(hooktide, 'all', all.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'shop-web', REFUSED, 'REQUEST');
    await registerAs(hooktide, 'billing', REFUSED, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    for (const id of ['shop-web', 'billing']) {
      await until(() => eventsOf(all, id).includes('FAILING'));
      await failFor(hooktide, 90, id);
      await until(() => eventsOf(all, id).includes('AGE_50'));
    }
    await late.waitFor(2);
    await shop.waitFor(2);
    const told = (receiver: typeof late) => noticesOf(receiver).map(({ webhookId, event }) => `${webhookId} ${event}`);
    expect(told(late)).toEqual(['shop-web AGE_50', 'billing AGE_50']);
    expect(told(shop)).toEqual(['shop-web FAILING', 'shop-web AGE_50']);
    const wrong = await hooktide.api('PATCH', '/api/webhooks/all', { filter: { states: ['TASK_FAILED'] } });
    expect([wrong.status, wrong.json.detail]).toEqual([
      400,
      expect.stringContaining('FAILING, AGE_50, AGE_75, AGE_90'),
    ]);
  });

  it.each(FORMATS.filter((format) => format !== 'sail'))(
    'is not told of secrets in uris, in the format %s',
    async (format) => {
      await start();
      const health = await startReceiver();
      await registerAs(hooktide, 'health', `${health.url}$WEBHOOK_ID`, 'WEBHOOK_HEALTH', { format });
      const headers = { 'X-Own': 'nobody-else' };
      await hooktide.api('POST', '/api/webhooks', { uri: `${REFUSED}in?token=hush`, type: 'REQUEST', headers });
      await hooktide.post(requestUpdate('a', 1));
      const [request] = await health.waitFor(1);
      const sent = JSON.stringify(request);
      expect(sent).not.toMatch(/hush|nobody-else/);
      expect(decodeURIComponent(request!.path)).toBe('/REQUEST-http%3A%2F%2F127.0.0.1%3A9%2Fin***');
    },
  );
});

describe('in SNS mode', () => {
  it('the health of topics is published to a topic that the config names, which goes with its name', async () => {
    database = await createTestDatabase();
    const sns = await startSns();
    const topic = { WEBHOOK_QUEUE_SNS_TOPICS_WEBHOOK_HEALTH: 'webhook-health' };
    await start({ database, env: { ...snsEnv(sns), ...topic } });
    await hooktide.sql(
      `UPDATE hooktide.lane SET failed_subjects = '{a,b}', failing_since = now() - interval '1 hour' WHERE webhook_id = 'sns:TASK'`,
    );
    const [entry] = await until(() => {
      const entries = firstArrivals(sns, 'webhook-health');
      return entries.length > 0 && entries;
    });
    const notice = JSON.parse(entry!.message) as Notice;
    expect(notice).toMatchObject({ webhookId: 'sns:TASK', webhookType: 'TASK', event: 'FAILING', dropsFrom: null });

    await hooktide.stop();
    await start({ database, env: snsEnv(sns) });
    expect((await hooktide.api('GET', '/api/webhooks/sns:WEBHOOK_HEALTH')).status).toBe(404);
    expect((await hooktide.api('GET', '/api/webhooks/sns:TASK')).status).toBe(200);
    const { json } = await hooktide.api('GET', '/api/audit?webhookId=sns:WEBHOOK_HEALTH');
    expect(json.items.map(({ action }: { action: string }) => action)).toEqual([
      'webhook.deleted',
      'webhook.registered',
    ]);
  });

  it('clients’ webhooks are told of nothing, as of nothing else, unless they are to get updates, too', async () => {
    const sns = await startSns();
    await start({ env: { ...snsEnv(sns), WEBHOOK_QUEUE_ALSO_DELIVER_WEBHOOKS: 'true' } });
    const health = await startReceiver();
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'w', REFUSED, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    await isFailing(hooktide);
    await until(() => eventsOf(health).includes('FAILING'));
    expect((await hooktide.api('GET', '/api/webhooks/sns:WEBHOOK_HEALTH')).status).toBe(404);
  });
});
