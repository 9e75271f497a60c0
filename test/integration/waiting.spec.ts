import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { answers, closeReceivers, neverAnswers, startReceiver, type Handler } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
/** The next poll is far: what failed stays as it is. */
const RARELY = { CHECK_WEBHOOKS_EVERY_MILLIS: '2000000000' };
const start = async (options: HooktideOptions = { env: RARELY }) => (hooktide = await startHooktide(options));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const API_ONLY = { env: { ...RARELY, ROLES: 'api' } };
const URI = 'http://127.0.0.1:9/';
const get = async (path: string) => (await hooktide.api('GET', path)).json;
// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
type Item = any;
const list = async (query = ''): Promise<Item[]> => (await get(`/api/deliveries?${query}`)).items;
const set = (columns: string) => hooktide.sql(`UPDATE hooktide.webhook SET ${columns}`);
/** Resolves with all deliveries, oldest first, once the one with the lowest id has been tried. */
const tried = () =>
  until(async () => {
    const items = (await list()).toReversed();
    return items[0]?.attempts > 0 && items;
  });
const receive = async (handler: Handler, id = 'w') => {
  const receiver = await startReceiver(handler);
  await hooktide.register(receiver.url, 'REQUEST', id);
  return receiver;
};
const ISO = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
const saying = (text: string) => expect.stringMatching(new RegExp(text.replaceAll('<time>', ISO)));
const TIME = saying('^<time>$');

describe('why a delivery waits', () => {
  it('in_line: nobody has taken the webhook on', async () => {
    await start(API_ONLY);
    await hooktide.register(URI, 'REQUEST', 'w');
    await hooktide.post([requestUpdate('a'), requestUpdate('b')]);
    const [second, first] = await list();
    expect(first).toMatchObject({
      state: 'waiting',
      attempts: 0,
      nextTryAt: TIME,
      waitingSince: TIME,
      lastOutcome: null,
    });
    expect(first.why).toEqual({ code: 'in_line', detail: saying('before it: 0. It goes as soon as .* at <time>$') });
    expect(second.why).toEqual({ code: 'in_line', detail: saying('before it: 1. ') });
    expect(await get(`/api/deliveries/${first.id}`)).toEqual(first);
  });

  it('in_line: a dispatcher is sending to the webhook', async () => {
    await start({ env: { ...RARELY, MAX_CONCURRENT_PER_WEBHOOK: '1' } });
    const receiver = await receive(neverAnswers);
    await hooktide.post([requestUpdate('a'), requestUpdate('b')]);
    await receiver.waitFor(1);
    const [second] = await list();
    expect(second).toMatchObject({
      why: { code: 'in_line', detail: saying('is sending to the webhook') },
      nextTryAt: null,
    });
    await closeReceivers();
  });

  it('retry: it has failed, and others of the webhook arrive', async () => {
    await start();
    const receiver = await receive((response, { body }) =>
      response.writeHead(requestOf(body) === 'a' ? 500 : 200).end(),
    );
    await hooktide.post(requestUpdate('a'));
    await receiver.waitFor(1);
    await tried();
    await hooktide.post(requestUpdate('b'));
    await until(async () => (await list('state=delivered')).length === 1);
    const waiting = await until(async () => (await list('state=waiting')).find(({ why }) => why.code === 'retry'));
    expect(waiting).toMatchObject({
      attempts: 1,
      firstTriedAt: TIME,
      lastTriedAt: TIME,
      nextTryAt: TIME,
      why: { detail: saying('^It has failed once, and is tried again at the next poll: at <time>$') },
      lastOutcome: { reason: 'server_error', status: 500, detail: saying('answered 500 Internal Server Error in') },
    });
  });

  it('retry: by the policy of the webhook', async () => {
    await start();
    const receiver = await startReceiver(answers(500));
    await hooktide.register(receiver.url, 'REQUEST', 'w');
    await set(`retry = '{"policy": "constant", "delayMillis": 600000}'`);
    await hooktide.post(requestUpdate('a'));
    const [item] = await tried();
    expect(item.why).toEqual({ code: 'retry', detail: saying('by the retry policy of the webhook: at <time>') });
    expect(new Date(item.nextTryAt).getTime() - new Date(item.lastTriedAt).getTime()).toBe(600_000);
  });

  it('blocked: an earlier one of its subject has failed', async () => {
    await start();
    await receive(answers(500));
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2)]);
    const [first, second] = await tried();
    expect(second.why).toEqual({
      code: 'blocked',
      detail: saying(`^Delivery ${first.id}, of the same subject, has failed once and comes first: .* at <time>$`),
    });
    expect(second).toMatchObject({ attempts: 0, nextTryAt: null });
  });

  it('failing: all that waits for the webhook has failed', async () => {
    await start();
    await receive(answers(500));
    await hooktide.post([requestUpdate('a'), requestUpdate('b')]);
    const items = await until(async () => {
      const found = await list();
      return found.every(({ attempts, why }) => attempts === 1 && why.code === 'failing') && found;
    });
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({
      nextTryAt: null,
      why: { detail: saying('^The webhook is failing since <time>: one of') },
    });
  });

  it('resting: the receiver asked to be left alone', async () => {
    await start();
    await receive(answers(503, { 'retry-after': '60' }));
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2)]);
    const items = await until(async () => {
      const found = await list();
      return found.every(({ why }) => why.code === 'resting') && found;
    });
    expect(items[1]).toMatchObject({ attempts: 1, nextTryAt: TIME, lastOutcome: { reason: 'unavailable' } });
    expect(items[0].why.detail).toEqual(
      saying('by Retry-After to be left alone until <time>. At <time> one delivery is tried'),
    );
  });

  it('disabled: the receiver answered 410', async () => {
    await start();
    await receive(answers(410));
    await hooktide.post(requestUpdate('a'));
    const item = await until(async () => (await list()).find(({ why }) => why.code === 'disabled'));
    expect(item).toMatchObject({
      state: 'waiting',
      nextTryAt: null,
      why: { detail: saying('answered 410 Gone at <time>') },
    });
  });

  it('paused: an operator wants it so', async () => {
    await start(API_ONLY);
    await hooktide.register(URI, 'REQUEST', 'w');
    await hooktide.post(requestUpdate('a'));
    await set('paused_at = now()');
    const [item] = await list();
    expect(item).toMatchObject({
      nextTryAt: null,
      why: { code: 'paused', detail: saying('^The webhook is paused since <time>') },
    });
  });

  it('deleted: it is about to become a dead letter', async () => {
    await start(API_ONLY);
    await hooktide.register(URI, 'REQUEST', 'w');
    await hooktide.post(requestUpdate('a'));
    await hooktide.api('DELETE', '/api/webhooks/w');
    const [item] = await list();
    expect(item).toMatchObject({
      state: 'waiting',
      webhookId: 'w',
      nextTryAt: null,
      why: { code: 'deleted', detail: saying('^The webhook was deleted at <time>: this becomes a dead letter') },
    });
  });
});

it('a delivery that arrived after failures says how often it was tried, and when', async () => {
  await start({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '100' } });
  let status = 500;
  const receiver = await receive((response) => response.writeHead(status).end());
  await hooktide.post(requestUpdate('a', 7));
  await receiver.waitFor(2);
  status = 204;
  const [item] = await until(async () => {
    const found = await list('state=delivered');
    return found.length === 1 && found;
  });
  expect(numberOf(receiver.requests.at(-1)?.body ?? '')).toBe(7);
  expect(item.attempts).toBe(receiver.requests.length);
  expect(item.lastOutcome).toMatchObject({ reason: 'delivered', status: 204, answer: null });
  expect(item.lastOutcome.detail).toMatch(/^The receiver answered 204 No Content in \d+ ms$/);
  expect(item.firstTriedAt < item.deliveredAt).toBe(true);
});
