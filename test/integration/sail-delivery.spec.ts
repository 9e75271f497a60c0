import { afterEach, describe, expect, it } from 'vitest';
import { addHook, hooksOf, stepIn, task, toldIn, type Told } from '../setup/containers.js';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { answersInTurn, closeReceivers, startReceiver } from '../setup/receivers.js';
import { closeSns, startSns } from '../setup/sns.js';
import { snsEnv } from '../setup/sns-mode.js';
import { until } from '../setup/until.js';

let hooktide: Hooktide;
const start = async (options: HooktideOptions = {}) => (hooktide = await startHooktide(options));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  await closeSns();
});

const MINUTES = 60_000;
const TWO_HOURS = 120 * MINUTES;
const deadLetters = async () =>
  (await hooktide.api('GET', '/api/dead-letters')).json.items as Record<string, unknown>[];
/** A webhook of the format sail with a shorter schedule than Sail's. */
const register = (uri: string, retry: object) =>
  hooktide.api('POST', '/api/webhooks', { id: 'w', uri, type: 'TASK', format: 'sail', retry });

describe('a delivery that fails', () => {
  it('is repeated with one attempt more in its counters, and nothing else changed', async () => {
    await start();
    const receiver = await startReceiver(answersInTurn(500, 503, 404, 200));
    await register(receiver.url, { policy: 'schedule', delaysMillis: [100, 100, 100] });
    await hooktide.post(task('FAILED', { message: 'Command exited with status 1', at: 1_448_015_759_061 }));
    const requests = await receiver.waitFor(1);
    expect(toldIn(requests[0]!).counters.post_attempts).toBe(0);
    expect(requests[0]?.body).toContain('"timestamp":1448015759.061000,');
    // Older than a week, as it is of 2015: one attempt.
    await until(async () => (await deadLetters()).length === 1);

    await hooktide.post(task('FAILED', { container: 'new', message: 'Command exited with status 1' }));
    const again = (await receiver.waitFor(4)).slice(1);
    expect(again.map((request) => toldIn(request).counters.post_attempts)).toEqual([0, 1, 2]);
    const rest = again.map(({ body, headers }) => [body.replace(/"post_attempts":\d+/, ''), headers['webhook-id']]);
    expect(new Set(rest.map(String)).size).toBe(1);
    expect(toldIn(again[0]!).data).toEqual({
      last_exit_status: { raw_exit_status: 256, reason: 'exited', exit_status: 1 },
    });
  });

  it("of a hook is tried again seven seconds after the update's own time, not after the attempt", async () => {
    await start();
    const receiver = await startReceiver(answersInTurn(500, 200));
    await addHook(hooktide, 'web', receiver.url);
    // It came in late: half of the first wait is over.
    await hooktide.post(task('RUNNING', { at: Date.now() - 5_000 }));
    await receiver.waitFor(1);
    const begun = performance.now();
    const requests = await receiver.waitFor(2);
    const waited = performance.now() - begun;
    // At the earliest a tenth of the wait sooner.
    expect(waited).toBeGreaterThan(900);
    expect(waited).toBeLessThan(6_000);
    expect(requests.map((request) => toldIn(request).counters.post_attempts)).toEqual([0, 1]);
  });

  it.each([
    ['older than two hours', TWO_HOURS + 1_000],
    ['that will be older than two hours by then', TWO_HOURS - 500],
  ])('is given up after one attempt when its update is %s', async (_, ageMillis) => {
    await start();
    const receiver = await startReceiver(answersInTurn(500));
    const webhookId = await addHook(hooktide, 'web', receiver.url);
    await hooktide.post(task('RUNNING', { at: Date.now() - ageMillis }));
    await until(async () => (await deadLetters()).length > 0);
    expect(await deadLetters()).toMatchObject([{ webhookId, reason: 'over_age', attempts: 1 }]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('holds up the later ones of its container, and those of no other', async () => {
    await start();
    let isAway = true;
    const receiver = await startReceiver((response, request) =>
      response.writeHead(isAway && toldIn(request).id.startsWith('a-') ? 500 : 200).end(),
    );
    await register(receiver.url, { policy: 'schedule', delaysMillis: Array.from({ length: 50 }, () => 100) });
    const [a, b] = [{ container: 'a' }, { container: 'b' }];
    await hooktide.post([task('RUNNING', a), task('RUNNING', b), task('KILLED', a), task('KILLED', b)]);
    const of = (name: string) => receiver.requests.filter((request) => toldIn(request).id.startsWith(name)).map(stepIn);
    await until(() => of('b').length === 2 && of('a').length > 2);
    expect(new Set(of('a'))).toEqual(new Set(['CREATED>RUNNING']));
    isAway = false;
    await until(() => of('a').at(-1) === 'RUNNING>STOPPED');
    expect(of('b')).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPED']);
  });

  it('of a hook knows no cap: a receiver that is away for a while gets all', async () => {
    await start({ env: { MAX_QUEUED_UPDATES_PER_WEBHOOK: '1', CHECK_WEBHOOKS_EVERY_MILLIS: '50' } });
    let isAway = true;
    const receiver = await startReceiver((response) => response.writeHead(isAway ? 500 : 200).end());
    const webhookId = await addHook(hooktide, 'web', receiver.url);
    const all = Array.from({ length: 20 }, (_, n) => task('RUNNING', { container: `c${n}` }));
    // Failing, for longer than a poll: what comes next would be beyond the cap.
    await hooktide.post(all.slice(0, 10));
    await receiver.waitFor(10);
    const view = async () => (await hooktide.api('GET', `/api/webhooks/${encodeURIComponent(webhookId)}`)).json;
    await until(async () => Date.now() - Date.parse((await view()).failingSince) > 100);
    await hooktide.post(all.slice(10));
    await receiver.waitFor(20);
    isAway = false;
    await hooktide.api('POST', `/api/webhooks/${encodeURIComponent(webhookId)}/resume`);
    const arrived = () => receiver.requests.filter((request) => toldIn(request).counters.post_attempts > 0);
    await until(() => new Set(arrived().map((request) => toldIn(request).id)).size === 20);
    expect(await deadLetters()).toEqual([]);
  });
});

describe('a hook whose receiver answers 410 Gone', () => {
  it('goes on when its url is added again, unless an operator has paused it', async () => {
    await start();
    const receiver = await startReceiver(answersInTurn(410, 200));
    const path = `/api/webhooks/${encodeURIComponent(await addHook(hooktide, 'web', receiver.url))}`;
    const view = async () => (await hooktide.api('GET', path)).json;
    await hooktide.post(task('RUNNING'));
    await until(async () => (await view()).state === 'disabled');
    await hooktide.api('POST', `${path}/pause`);
    const add = () => hooktide.api('POST', hooksOf('web'), { url: receiver.url });
    expect((await add()).status).toBe(200);
    expect(await view()).toMatchObject({ state: 'paused', disabledAt: null });
    expect(receiver.requests).toHaveLength(1);
    await hooktide.api('POST', `${path}/resume`);
    expect((await receiver.waitFor(2)).map(stepIn)).toEqual(['CREATED>RUNNING', 'CREATED>RUNNING']);
  });

  it('is sent to again at once', async () => {
    await start({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '3600000' } });
    const receiver = await startReceiver(answersInTurn(410, 200));
    const path = `/api/webhooks/${encodeURIComponent(await addHook(hooktide, 'web', receiver.url))}`;
    await hooktide.post(task('RUNNING'));
    await until(async () => (await hooktide.api('GET', path)).json.state === 'disabled');
    expect((await hooktide.api('POST', hooksOf('web'), { url: receiver.url })).status).toBe(200);
    const told = (await receiver.waitFor(2)).map(toldIn);
    expect(told.map(({ counters }) => counters.post_attempts)).toEqual([0, 1]);
  });
});

describe('credentials in the url of a hook', () => {
  const secret = 'hunter2';

  it('are sent as HTTP Basic, and shown to nobody but those who list the hooks', async () => {
    await start();
    const receiver = await startReceiver();
    const url = receiver.url.replace('//', `//toto:${secret}@`);
    const id = await addHook(hooktide, 'web', url);
    await hooktide.post(task('RUNNING'));
    const [request] = await receiver.waitFor(1);
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from(`toto:${secret}`).toString('base64')}`);
    expect((await hooktide.api('GET', hooksOf('web'))).json).toEqual([{ url }]);

    const { text, json } = await hooktide.api('GET', `/api/webhooks/${encodeURIComponent(id)}`);
    expect(json).toMatchObject({ uri: receiver.url, headers: { Authorization: '***' } });
    await until(() => hooktide.logged.some(({ event }) => event === 'delivery.attempted'));
    const encoded = Buffer.from(`toto:${secret}`).toString('base64');
    for (const seen of [id, text, JSON.stringify(hooktide.logged)]) {
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(encoded);
    }
  });

  it('may change, and count from the next attempt on', async () => {
    await start();
    const password = Buffer.from('toto:new').toString('base64');
    const receiver = await startReceiver((response, { headers }) =>
      response.writeHead(headers.authorization === `Basic ${password}` ? 200 : 401).end(),
    );
    await addHook(hooktide, 'web', receiver.url.replace('//', '//toto:old@'));
    await hooktide.post(task('RUNNING'));
    await receiver.waitFor(1);
    const url = receiver.url.replace('//', '//toto:new@');
    expect((await hooktide.api('POST', hooksOf('web'), { url })).status).toBe(200);
    await until(async () => (await hooktide.sql('SELECT FROM hooktide.history')).length === 1);
    expect((await hooktide.api('GET', hooksOf('web'))).json).toEqual([{ url }]);
  });
});

describe('a test of a hook', () => {
  it('is a sample in its format, and changes no container', async () => {
    await start();
    const receiver = await startReceiver();
    const id = await addHook(hooktide, 'web', receiver.url);
    const { json } = await hooktide.api('POST', `/api/webhooks/${encodeURIComponent(id)}/test`);
    expect(json).toMatchObject({ delivered: true, outcome: { status: 200 } });
    const told: Told[] = receiver.requests.map(toldIn);
    expect(told).toMatchObject([{ id: 'hooktide-test', state: 'RUNNING', counters: { post_attempts: 0 } }]);
    expect(receiver.requests[0]?.headers['hooktide-test']).toBe('true');
    expect(await hooktide.sql('SELECT FROM hooktide.task_state')).toEqual([]);
  });
});

const startInSnsMode = async (alsoDeliver: boolean) => {
  const sns = await startSns();
  await start({ env: { ...snsEnv(sns), WEBHOOK_QUEUE_ALSO_DELIVER_WEBHOOKS: String(alsoDeliver) } });
  const receiver = await startReceiver();
  const webhookId = await addHook(hooktide, 'web', receiver.url);
  const { ids, deliveries } = await hooktide.post(task('RUNNING'));
  const { json } = await hooktide.api('GET', `/api/updates/${ids[0]}?webhookId=${encodeURIComponent(webhookId)}`);
  return { receiver, deliveries, items: json.deliveries.items as unknown[] };
};

describe('in SNS mode', () => {
  it('hooks get nothing, and are told why', async () => {
    const { receiver, deliveries, items } = await startInSnsMode(false);
    // That of the topic.
    expect(deliveries).toBe(1);
    expect(items).toMatchObject([{ state: 'none', why: { code: 'sns_mode' } }]);
    expect(receiver.requests).toEqual([]);
  });

  it('hooks get their updates where webhooks are delivered to, too', async () => {
    const { receiver, deliveries } = await startInSnsMode(true);
    expect(deliveries).toBe(2);
    expect((await receiver.waitFor(1)).map(stepIn)).toEqual(['CREATED>RUNNING']);
  });
});
