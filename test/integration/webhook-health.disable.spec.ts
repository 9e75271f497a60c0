import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { eventsOf, failFor, isFailing, noticesOf, registerAs } from '../setup/webhook-health.js';

let hooktide: Hooktide;
const start = async (env: Record<string, string> = {}) => (hooktide = await startHooktide({ env }));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const AFTER_A_DAY = { DISABLE_FAILING_WEBHOOKS_AFTER_HOURS: '24' };
const view = async (id = 'w') => (await hooktide.api('GET', `/api/webhooks/${id}`)).json;
const isDisabled = (id = 'w') => until(async () => (await view(id)).state === 'disabled');
const waiting = async (): Promise<number> =>
  (
    await hooktide.sql(
      `SELECT FROM hooktide.delivery AS d JOIN hooktide.lane AS l ON l.id = d.lane_id WHERE l.webhook_id = 'w'`,
    )
  ).length;

describe('a webhook that has been failing for too long', () => {
  it('is disabled and keeps its queue, until it is resumed', async () => {
    await start(AFTER_A_DAY);
    let status = 500;
    const receiver = await startReceiver((response) => response.writeHead(status).end());
    const health = await startReceiver();
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'w', receiver.url, 'REQUEST');
    await hooktide.post([requestUpdate('a', 1), requestUpdate('b', 1)]);
    await isFailing(hooktide);
    await failFor(hooktide, 24.1);
    await isDisabled();
    const disabled = await view();
    expect(disabled).toMatchObject({ disabledReason: 'failing', disabledAt: expect.any(String), waiting: 2 });
    expect(disabled.why).toMatch(
      /^Disabled at .*, after it had failed for disableFailingWebhooksAfterHours: updates go on/,
    );
    await until(() => eventsOf(health).includes('DISABLED'));
    expect(noticesOf(health).at(-1)).toMatchObject({ event: 'DISABLED', disabledReason: 'failing', waiting: 2 });

    await hooktide.post(requestUpdate('c', 1));
    const { json: list } = await hooktide.api('GET', '/api/deliveries?webhookId=w');
    expect(list.items[0].why).toMatchObject({ code: 'disabled', detail: expect.stringContaining('had failed for') });
    const { json: audit } = await hooktide.api('GET', '/api/audit?action=webhook.disabled');
    expect(audit.items).toEqual([
      expect.objectContaining({
        actor: 'hooktide',
        actorKind: 'config',
        target: 'w',
        details: { failingSince: expect.any(String), disableFailingWebhooksAfterHours: 24 },
      }),
    ]);
    // Two polls after it was disabled another webhook's failure was tried twice more.
    const other = await startReceiver(answers(500));
    await registerAs(hooktide, 'other', other.url, 'DEPLOY');
    const marker = { requestId: 'r', deployId: 'd', timestamp: Date.now() };
    await hooktide.post({ type: 'DEPLOY', payload: { deployMarker: marker, eventType: 'STARTING' } });
    const before = receiver.requests.length;
    await other.waitFor(3);
    expect(receiver.requests).toHaveLength(before);
    expect(await waiting()).toBe(3);

    status = 200;
    await hooktide.api('POST', '/api/webhooks/w/resume');
    await until(async () => (await waiting()) === 0);
    expect(await view()).toMatchObject({ state: 'active', disabledAt: null, disabledReason: null });
    await until(() => eventsOf(health).includes('RECOVERED'));
  });

  it('comes back by a change, and then its receiver may end it by a 410', async () => {
    await start(AFTER_A_DAY);
    const receiver = await startReceiver(answers(500));
    const gone = await startReceiver(answers(410));
    await registerAs(hooktide, 'w', receiver.url, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    await isFailing(hooktide);
    await failFor(hooktide, 25);
    await isDisabled();
    const { json } = await hooktide.api('PATCH', '/api/webhooks/w', { uri: gone.url });
    expect(json).toMatchObject({ disabledAt: null, disabledReason: null, failingSince: null });
    await isDisabled();
    expect(await view()).toMatchObject({ disabledReason: 'gone', why: expect.stringContaining('410 Gone') });
  });

  it('is left alone where the config says nothing', async () => {
    await start();
    const [receiver, health] = [await startReceiver(answers(500)), await startReceiver()];
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'w', receiver.url, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    await isFailing(hooktide);
    await failFor(hooktide, 160);
    await until(() => eventsOf(health).includes('AGE_90'));
    expect(await view()).toMatchObject({ state: 'failing', disabledAt: null, disabledReason: null });
  });
});
