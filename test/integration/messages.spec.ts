import { afterEach, describe, expect, it } from 'vitest';
import type { HooktideOptions } from '../setup/hooktide.js';
import { startMessaging, type Messaging } from '../setup/messages.js';
import { pagesOf } from '../setup/pages.js';
import { answers, answersInTurn, closeReceivers, neverAnswers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let messaging: Messaging;
const start = async (options: HooktideOptions = {}) => (messaging = await startMessaging(options));
afterEach(async () => {
  await messaging.stop();
  await closeReceivers();
});

const API_ONLY = { env: { ROLES: 'api' } };
const AWAY = 'http://127.0.0.1:9/hook';
const api = async (method: string, path: string, body?: unknown) => {
  const { status, json } = await messaging.hooktide.api(method, path, body);
  return [status, json];
};
const get = async (path: string) => (await messaging.hooktide.api('GET', path)).json;
const encoded = (id: string) => `/api/messages/${encodeURIComponent(id)}`;
const read = (id: string) => get(encoded(id));
// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
const list = async (query = ''): Promise<any[]> => (await get(`/api/messages?limit=1000&${query}`)).items;
const ids = async (query = '') => (await list(query)).map(({ id }) => id);
const become = (id: string, status: string) =>
  until(async () => {
    const message = await read(id);
    return message.status === status && message;
  });
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe('a direct message', () => {
  it('is finished when it arrived, and shows everything but its secret', async () => {
    await start();
    const receiver = await startReceiver(answers(200, {}, 'thanks'));
    const uri = `${receiver.url}a/b?x=1`;
    const id = await messaging.send(uri, { group: 'Bangladesh', tag: 'Dhaka', authorization: 'Token hunter2' });
    const message = await become(id, 'finished');
    expect(message).toEqual({
      id,
      status: 'finished',
      group: 'Bangladesh',
      tag: 'Dhaka',
      uri,
      hasAuthorization: true,
      createdAt: TIME,
      attempts: 1,
      retriesLeft: 0,
      nextTryAt: null,
      lastTriedAt: message.finishedAt,
      finishedAt: TIME,
      failedAt: null,
      isReplay: false,
      why: { code: 'delivered', detail: expect.stringContaining('after 1 attempt') },
      lastOutcome: expect.objectContaining({ reason: 'delivered', status: 200, answer: 'thanks' }),
      updateId: expect.any(String),
      deliveryId: expect.any(Number),
      webhookId: `message:http://127.0.0.1:${receiver.port}`,
    });
    expect(receiver.requests[0]?.headers.authorization).toBe('Token hunter2');
    const { text } = await messaging.hooktide.api('GET', `${encoded(id)}?payload=true`);
    expect(text.endsWith(',"payload":{"n":512.0}}')).toBe(true);
    expect(await read(message.updateId)).toEqual(message);
    expect(text + JSON.stringify(messaging.hooktide.logged)).not.toContain('hunter2');
  });

  it('is scheduled between its attempts, and failed after the last', async () => {
    await start();
    const receiver = await startReceiver(answers(503));
    const retry = { policy: 'constant', delayMillis: 600_000, maxAttempts: 3, maxAgeHours: 0, maxQueued: 0 } as const;
    const slow = await messaging.send(receiver.url, { retry });
    const waiting = await become(slow, 'scheduled');
    expect(waiting).toMatchObject({ attempts: 1, retriesLeft: 1, finishedAt: null, failedAt: null });
    expect(Date.parse(waiting.nextTryAt) - Date.parse(waiting.lastTriedAt)).toBeGreaterThan(590_000);
    expect(waiting.why).toEqual({ code: 'retry', detail: expect.stringContaining('by its own retry policy') });
    const failed = await become(await messaging.send(receiver.url), 'failed');
    expect(failed).toMatchObject({ attempts: 3, retriesLeft: 0, nextTryAt: null, failedAt: TIME, finishedAt: null });
    expect(failed.why.code).toBe('attempts_exhausted');
    expect(failed.why.detail).toMatch(/after 3 attempts: it had failed as often as its retries allow$/);
    expect(failed.lastOutcome).toMatchObject({ reason: 'unavailable', status: 503 });
  });

  it('is started while it is under way', async () => {
    await start({ env: { SHUTDOWN_TIMEOUT_MILLIS: '0' } });
    const receiver = await startReceiver(neverAnswers);
    const id = await messaging.send(receiver.url, { timeoutMillis: 60_000 });
    await receiver.waitFor(1);
    const message = await become(id, 'started');
    expect(message.why).toEqual({ code: 'in_line', detail: expect.stringContaining('is sending to the origin') });
    expect(await ids('status=started')).toEqual([id]);
    expect(await api('POST', `${encoded(id)}/replay`)).toMatchObject([409, { code: 'still_waiting' }]);
  });

  it('is queued behind sixteen that count as started', async () => {
    await start({ env: { SHUTDOWN_TIMEOUT_MILLIS: '0' } });
    const receiver = await startReceiver(neverAnswers);
    for (let n = 0; n < 20; n += 1) await messaging.send(receiver.url, { timeoutMillis: 60_000 });
    await receiver.waitFor(8);
    expect(await get('/api/messages/counts')).toMatchObject({ queued: 4, started: 16 });
    expect(await ids('status=queued')).toHaveLength(4);
  });

  it('is queued while nobody comes for it, and while the lane of its origin is paused', async () => {
    await start(API_ONLY);
    const id = await messaging.send(AWAY);
    expect(await read(id)).toMatchObject({ status: 'queued', attempts: 0, retriesLeft: 2, lastOutcome: null });
    const [status, webhook] = await api(
      'POST',
      `/api/webhooks/${encodeURIComponent('message:http://127.0.0.1:9')}/pause`,
    );
    expect([status, webhook.state]).toEqual([200, 'paused']);
    const { why } = await read(id);
    expect(why).toEqual({ code: 'paused', detail: expect.stringMatching(/^The lane of its origin is paused since/) });
  });

  it('is found by any id that its sender gave it', async () => {
    await start(API_ONLY);
    const odd = ['a/b:c', 'd e', 'ü%2F', 'counts', 'replay'];
    for (const group of odd) {
      const id = await messaging.send(AWAY, { group });
      expect(await read(id)).toMatchObject({ id, group });
    }
    for (const id of ['nope', '%00', '0'.repeat(3_000)]) {
      const path = `/api/messages/${id}`;
      for (const [method, of] of [
        ['GET', path],
        ['DELETE', path],
        ['POST', `${path}/replay`],
      ] as const) {
        expect([id, method, await api(method, of)]).toMatchObject([id, method, [404, { code: 'message_not_found' }]]);
      }
    }
  });
});

describe('the list of messages', () => {
  it('comes newest first, in pages that repeat nothing', async () => {
    await start(API_ONLY);
    const sent: string[] = [];
    const send = async () => void sent.unshift(await messaging.send(AWAY));
    for (let n = 0; n < 5; n += 1) await send();
    const before = [...sent];
    const pages = await pagesOf(messaging.hooktide, '/api/messages?limit=2', send);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().map(({ id }) => id)).toEqual(before);
  });

  it('is narrowed by status, group, tag, uri and time', async () => {
    await start();
    const receiver = await startReceiver(answersInTurn(200, 500));
    const a = await messaging.send(`${receiver.url}100%_a`, { group: 'g', tag: 't' });
    await become(a, 'finished');
    const b = await messaging.send(`${receiver.url}100xxa`, { group: 'g', tag: 'u' });
    const failed = await become(b, 'failed');
    const since = encodeURIComponent(failed.createdAt);
    const [all, uri] = [[b, a], (path: string) => `uri=${encodeURIComponent(receiver.url + path)}`];
    const cases: [string, string[]][] = [
      ['status=finished', [a]],
      ['status=failed', [b]],
      ['status=queued', []],
      ['status=scheduled', []],
      ['group=g', all],
      ['group=G', []],
      ['group=g&tag=u', [b]],
      [uri('100xxa'), [b]],
      [uri('100%_a'), [a]],
      [uri('100'), []],
      [uri('100*'), all],
      ['uri=*a&status=failed', [b]],
      [`since=${since}`, [b]],
      [`until=${since}`, [a]],
    ];
    for (const [query, expected] of cases) expect([query, await ids(query)]).toEqual([query, expected]);
    for (const [query, field] of [
      ['status=done', 'status'],
      ['after=x', 'after'],
      ['state=waiting', 'state'],
    ]) {
      expect(await api('GET', `/api/messages?${query}`)).toMatchObject([400, { code: 'invalid_input', field }]);
    }
  });

  it('counts by status, each message once', async () => {
    await start();
    const [good, bad] = [await startReceiver(answers(200)), await startReceiver(answers(500))];
    const retry = { policy: 'constant', delayMillis: 600_000, maxAgeHours: 0, maxQueued: 0 } as const;
    const a = await messaging.send(good.url);
    for (const [id, status] of [
      [a, 'finished'],
      [await messaging.send(bad.url), 'failed'],
      [await messaging.send(bad.url, { retry }), 'scheduled'],
    ] as const)
      await become(id, status);
    await api('POST', `${encoded(a)}/replay`);
    await good.waitFor(2);
    await until(async () => (await get('/api/deliveries?state=delivered')).items.length === 2);
    await messaging.hooktide.register(bad.url, 'REQUEST', 'mine');
    await messaging.hooktide.sql(`UPDATE hooktide.lane SET webhook_id = 'message:mine' WHERE webhook_id = 'mine'`);
    await messaging.hooktide.sql(`UPDATE hooktide.webhook SET id = 'message:mine' WHERE id = 'mine'`);
    await messaging.hooktide.post(requestUpdate('r'));
    await bad.waitFor(5);
    const counts = { queued: 0, started: 0, scheduled: 1, finished: 1, failed: 1, isExact: true };
    expect(await get('/api/messages/counts')).toEqual(counts);
    expect(await ids('status=finished')).toEqual([a]);
  });
});

describe('direct messages among updates, deliveries and dead letters', () => {
  it('are listed with type=MESSAGE, and name the lane of their origin', async () => {
    await start();
    const receiver = await startReceiver(answers(500));
    const id = await messaging.send(receiver.url);
    await messaging.hooktide.register(receiver.url, 'REQUEST', 'other');
    const { updateId, deliveryId, webhookId } = await become(id, 'failed');
    const [update] = (await get('/api/updates?type=MESSAGE')).items;
    expect(update).toMatchObject({ id: updateId, clientId: id, type: 'MESSAGE', deliveries: { dropped: 1 } });
    const what = { id: deliveryId, webhookId, updateId, type: 'MESSAGE' };
    expect((await get('/api/deliveries?type=message')).items).toMatchObject([what]);
    expect((await get('/api/dead-letters?type=MESSAGE')).items).toMatchObject([what]);
    expect((await get('/api/dead-letters?type=TASK')).items).toEqual([]);
    const { update: it, deliveries } = await get(`/api/updates/${encodeURIComponent(id)}?payload=true`);
    expect([it.payload, deliveries.next]).toEqual([{ n: 512 }, null]);
    expect(deliveries.items).toMatchObject([{ ...what, why: { code: 'attempts_exhausted' } }]);
    expect(await api('POST', '/api/updates', { type: 'MESSAGE', payload: {} })).toMatchObject([400, { field: 'type' }]);
    expect(await api('POST', '/api/dead-letters/replay', { type: 'MESSAGE' })).toEqual([
      202,
      { replayed: 1, skipped: 0 },
    ]);
    await become(id, 'failed');
    expect(receiver.requests).toHaveLength(6);
  });
});
