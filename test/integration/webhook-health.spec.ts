import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver, type Handler, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { eventsOf, failFor, isFailing, noticesOf, registerAs } from '../setup/webhook-health.js';

let started: Hooktide[] = [];
let database: TestDatabase | undefined;
afterEach(async () => {
  await Promise.all(started.map((hooktide) => hooktide.stop()));
  started = [];
  await closeReceivers();
  await database?.drop();
  database = undefined;
});

const start = async (options: HooktideOptions = {}): Promise<Hooktide> => {
  const hooktide = await startHooktide(options);
  started.push(hooktide);
  return hooktide;
};
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const REFUSED = 'http://127.0.0.1:9/';

/** A receiver that answers 500 until it is well. */
const startSick = async () => {
  let status = 500;
  const handler: Handler = (response) => response.writeHead(status).end();
  const receiver = await startReceiver(handler);
  return { receiver, heal: () => (status = 204), sicken: () => (status = 500) };
};
/** Hooktide with the webhook `w`, which fails, and `health`, which is told of it. */
const startFailing = async (options: HooktideOptions = {}, ofW: object = {}) => {
  const hooktide = await start(options);
  const sick = await startSick();
  const health = await startReceiver();
  await registerAs(hooktide, 'w', sick.receiver.url, 'REQUEST', ofW);
  await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
  await hooktide.post(requestUpdate('a', 1));
  await isFailing(hooktide);
  return { hooktide, health, ...sick };
};
const told = (health: Receiver, event: string, webhookId = 'w') =>
  until(() => eventsOf(health, webhookId).includes(event));

describe('a webhook that fails', () => {
  it('is told of with what an operator wants to know', async () => {
    const { hooktide, health, receiver } = await startFailing();
    await told(health, 'FAILING');
    const [notice] = noticesOf(health);
    expect(notice).toEqual({
      webhookId: 'w',
      webhookType: 'REQUEST',
      event: 'FAILING',
      at: ISO,
      failingSince: ISO,
      pausedAt: null,
      disabledAt: null,
      disabledReason: null,
      lastSuccessAt: null,
      oldestUpdateAt: ISO,
      dropsFrom: ISO,
      waiting: 1,
      successRate: 0,
      lastOutcome: {
        reason: 'server_error',
        status: 500,
        detail: expect.stringContaining('answered 500 Internal Server Error'),
      },
    });
    const { oldestUpdateAt, dropsFrom } = notice as unknown as Record<string, string>;
    expect(Date.parse(dropsFrom!) - Date.parse(oldestUpdateAt!)).toBe(168 * 3_600_000);
    expect(JSON.stringify(notice)).not.toContain(receiver.url);
    const line = hooktide.logged.find(({ event }) => event === 'webhook.noticed');
    expect(line).toMatchObject({ level: 'warn', data: { webhookId: 'w', event: 'FAILING', waiting: 1 } });
    const { json } = await hooktide.api('GET', '/api/updates?type=webhook-health');
    expect(json.items).toEqual([
      expect.objectContaining({ type: 'WEBHOOK_HEALTH', state: 'FAILING', requestId: 'w', subject: 'w' }),
    ]);
  });

  it('is told of at each stage once, in their order, and when it works again', async () => {
    const { hooktide, health, receiver, heal } = await startFailing();
    await told(health, 'FAILING');
    for (const [hours, event] of [
      [85, 'AGE_50'],
      [127, 'AGE_75'],
      [152, 'AGE_90'],
    ] as const) {
      await failFor(hooktide, hours);
      await told(health, event);
      expect((await hooktide.api('GET', '/api/webhooks/w')).json).toMatchObject({ lastNotice: event, successRate: 0 });
    }
    const before = receiver.requests.length;
    await receiver.waitFor(before + 5);
    heal();
    await told(health, 'RECOVERED');
    expect(eventsOf(health)).toEqual(['FAILING', 'AGE_50', 'AGE_75', 'AGE_90', 'RECOVERED']);
    const last = noticesOf(health).at(-1);
    expect(last).toMatchObject({ failingSince: ISO, lastSuccessAt: ISO, oldestUpdateAt: null, waiting: 0 });
    expect(last?.successRate).toBeGreaterThan(0);
    const { json } = await hooktide.api('GET', '/api/webhooks/w');
    expect(json).toMatchObject({ state: 'active', lastNotice: null, lastSuccessAt: ISO });
    expect(await hooktide.sql('SELECT FROM hooktide.webhook_health')).toEqual([]);
  });

  it('is told of anew when it fails again after it worked', async () => {
    const { hooktide, health, heal, sicken } = await startFailing();
    await told(health, 'FAILING');
    heal();
    await told(health, 'RECOVERED');
    sicken();
    await hooktide.post(requestUpdate('a', 2));
    await until(() => eventsOf(health).length === 3);
    expect(eventsOf(health)).toEqual(['FAILING', 'RECOVERED', 'FAILING']);
  });

  it('is told of by the age of what has waited longest, too, and of all stages that it has reached', async () => {
    const { hooktide, health } = await startFailing();
    await told(health, 'FAILING');
    await hooktide.sql(`UPDATE hooktide.delivery SET age_from = now() - interval '130 hours' WHERE attempts > 0`);
    await told(health, 'AGE_75');
    expect(eventsOf(health)).toEqual(['FAILING', 'AGE_50', 'AGE_75']);
  });

  it('is told of by its own limit, if it has one', async () => {
    const { hooktide, health } = await startFailing({}, { retry: { policy: 'poll', maxAgeHours: 2 } });
    await told(health, 'FAILING');
    await failFor(hooktide, 1.6);
    await told(health, 'AGE_75');
    expect(eventsOf(health)).toEqual(['FAILING', 'AGE_50', 'AGE_75']);
  });

  it('has no stages where nothing is ever too old', async () => {
    const { hooktide, health, heal } = await startFailing({ env: { DELETE_UNDELIVERABLE_WEBHOOKS_AFTER_HOURS: '0' } });
    await told(health, 'FAILING');
    await failFor(hooktide, 10_000);
    heal();
    await told(health, 'RECOVERED');
    expect(eventsOf(health)).toEqual(['FAILING', 'RECOVERED']);
    expect(noticesOf(health)[0]).toMatchObject({ dropsFrom: null });
  });

  it('is told of when its receiver wants no more, once for each time', async () => {
    const hooktide = await start();
    const [gone, health] = [await startReceiver(answers(410)), await startReceiver()];
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'w', gone.url, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    await told(health, 'DISABLED');
    expect(noticesOf(health)).toMatchObject([
      { event: 'DISABLED', disabledAt: ISO, disabledReason: 'gone', waiting: 1, lastOutcome: { reason: 'gone' } },
    ]);
    await hooktide.api('POST', '/api/webhooks/w/resume');
    await until(() => eventsOf(health).length === 2);
    expect(eventsOf(health)).toEqual(['DISABLED', 'DISABLED']);
    expect(gone.requests).toHaveLength(2);
  });

  it('is told of when it was paused, and what waits grows old', async () => {
    const hooktide = await start();
    const [receiver, health] = [await startReceiver(), await startReceiver()];
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'w', receiver.url, 'REQUEST');
    await hooktide.api('POST', '/api/webhooks/w/pause');
    await hooktide.post(requestUpdate('a', 1));
    await hooktide.sql(`UPDATE hooktide.delivery SET age_from = now() - interval '100 hours'`);
    await told(health, 'AGE_50');
    await hooktide.api('POST', '/api/webhooks/w/resume');
    await told(health, 'RECOVERED');
    expect(noticesOf(health)).toMatchObject([
      { event: 'AGE_50', failingSince: null, pausedAt: ISO, waiting: 1 },
      { event: 'RECOVERED', failingSince: null, pausedAt: null, waiting: 0 },
    ]);
  });

  it('is told of once, however many processes dispatch', async () => {
    database = await createTestDatabase();
    const hooktide = await start({ database });
    await Promise.all([1, 2].map(() => start({ database, env: { ROLES: 'dispatch' } })));
    const health = await startReceiver();
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    const ids = Array.from({ length: 30 }, (_, n) => `w${n}`);
    for (const id of ids) await registerAs(hooktide, id, REFUSED, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    await until(() => new Set(noticesOf(health).map(({ webhookId }) => webhookId)).size === ids.length);
    await hooktide.sql(
      `UPDATE hooktide.lane SET failing_since = now() - interval '90 hours' WHERE failing_since IS NOT NULL`,
    );
    await until(() => noticesOf(health).filter(({ event }) => event === 'AGE_50').length === ids.length);
    const counts = await hooktide.sql(
      `SELECT request_id, state, count(*)::int FROM hooktide.update WHERE type = 'WEBHOOK_HEALTH' GROUP BY 1, 2 HAVING count(*) > 1`,
    );
    expect(counts).toEqual([]);
    for (const id of ids) expect(eventsOf(health, id)).toEqual(['FAILING', 'AGE_50']);
  });

  it('is told of all of it or nothing, where the database fails in the middle', async () => {
    const hooktide = await start();
    const health = await startReceiver();
    await registerAs(hooktide, 'w', REFUSED, 'REQUEST');
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await hooktide.sql(
      `ALTER TABLE hooktide.delivery ADD CONSTRAINT nothing_to_health CHECK (subject <> 'w') NOT VALID`,
    );
    await hooktide.post(requestUpdate('a', 1));
    const isRefused = () =>
      hooktide.logged.some(({ event, data }) => event === 'database.failed' && data.doing === 'tell');
    await until(isRefused);
    expect(await hooktide.sql('SELECT FROM hooktide.webhook_health')).toEqual([]);
    expect(await hooktide.sql(`SELECT FROM hooktide.update WHERE type = 'WEBHOOK_HEALTH'`)).toEqual([]);
    await hooktide.sql('ALTER TABLE hooktide.delivery DROP CONSTRAINT nothing_to_health');
    await told(health, 'FAILING');
    await failFor(hooktide, 100);
    await told(health, 'AGE_50');
    expect(eventsOf(health)).toEqual(['FAILING', 'AGE_50']);
  });

  it('is told of to others, and not to itself', async () => {
    const hooktide = await start();
    const [sick, health] = [await startSick(), await startReceiver()];
    await registerAs(hooktide, 'health', health.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'sick', sick.receiver.url, 'WEBHOOK_HEALTH');
    await registerAs(hooktide, 'w', REFUSED, 'REQUEST');
    await hooktide.post(requestUpdate('a', 1));
    await told(health, 'FAILING', 'w');
    await told(health, 'FAILING', 'sick');
    sick.heal();
    await told(health, 'RECOVERED', 'sick');
    expect(new Set(noticesOf(sick.receiver).map(({ webhookId }) => webhookId))).toEqual(new Set(['w']));
    const { json } = await hooktide.api('GET', '/api/updates?requestId=sick');
    const { json: update } = await hooktide.api('GET', `/api/updates/${json.items[0].id}?webhookId=sick`);
    expect(update.deliveries.items).toEqual([
      expect.objectContaining({ state: 'none', why: { code: 'itself', detail: expect.any(String) } }),
    ]);
  });
});
