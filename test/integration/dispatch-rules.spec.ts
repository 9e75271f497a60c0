import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import {
  answers,
  answersInTurn,
  answersWhen,
  closeReceivers,
  startReceiver,
  type Received,
} from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
const start = async (env: Record<string, string> = {}) => (hooktide = await startHooktide({ env }));

afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const deadLetters = async (id: string) =>
  (await hooktide.api('GET', `/api/dead-letters?webhookId=${encodeURIComponent(id)}`)).json.items as {
    reason: string;
    attempts: number;
    outcome: { reason: string } | null;
  }[];
const waiting = async (): Promise<number> => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length;
const of = (requests: Received[], requestId: string): number[] =>
  requests.filter(({ body }) => requestOf(body) === requestId).map(({ body }) => numberOf(body));
const WEEK = 604_800_000;
const nothing = (): void => undefined;

describe('an update that the receiver refuses', () => {
  it('holds up its subject for exactly three attempts, and no other subject', async () => {
    await start();
    const receiver = await startReceiver((response, { body }) => {
      const isPoison = requestOf(body) === 'poison' && numberOf(body) === 1;
      response.writeHead(isPoison ? 404 : 200).end();
    });
    await hooktide.register(receiver.url);
    await hooktide.post([requestUpdate('poison', 1), requestUpdate('poison', 2), requestUpdate('other', 1)]);
    await until(() => of(receiver.requests, 'other').length > 0);
    expect(of(receiver.requests, 'poison').length).toBeLessThan(4);
    await until(() => of(receiver.requests, 'poison').length >= 4);
    expect(of(receiver.requests, 'poison').slice(0, 4)).toEqual([1, 1, 1, 2]);
    await hooktide.post([requestUpdate('other', 2), requestUpdate('poison', 3)]);
    await until(() => of(receiver.requests, 'other').includes(2) && of(receiver.requests, 'poison').includes(3));
    const [left] = await hooktide.sql<{ refusals: number }>('SELECT max(refusals) AS refusals FROM hooktide.delivery');
    expect(left?.refusals).toBeGreaterThanOrEqual(3);
  });

  it.each([500, 408, 425])(
    'is another than one that it answers with %i, which holds up its subject on and on',
    async (status) => {
      await start({ CHECK_WEBHOOKS_EVERY_MILLIS: '50' });
      const receiver = await startReceiver((response, { body }) => {
        response.writeHead(requestOf(body) === 'ill' ? status : 200).end();
      });
      await hooktide.register(receiver.url);
      await hooktide.post([requestUpdate('ill', 1), requestUpdate('ill', 2), requestUpdate('well', 1)]);
      await until(() => of(receiver.requests, 'ill').length > 6);
      expect(new Set(of(receiver.requests, 'ill'))).toEqual(new Set([1]));
      expect(of(receiver.requests, 'well')).toEqual([1]);
    },
  );
});

describe('a receiver that is gone', () => {
  it('gets no more after its 410, and its queue is kept', async () => {
    await start();
    const [gone, other] = [await startReceiver(answers(410)), await startReceiver()];
    await hooktide.register(gone.url);
    await hooktide.register(other.url);
    await hooktide.post(requestUpdate('a', 1));
    await until(
      async () => (await hooktide.sql('SELECT 1 FROM hooktide.webhook WHERE disabled_at IS NOT NULL')).length === 1,
    );
    await hooktide.post([requestUpdate('a', 2), requestUpdate('b', 3)]);
    await other.waitFor(3);
    // Two more polls have gone through all lanes when a newer webhook's failure was tried thrice.
    const later = await startReceiver(answersInTurn(500, 500, 200));
    await hooktide.register(later.url, 'ELEVATED_ACCESS');
    const elevated = { user: 'u', requestId: 'a', scope: 'READ', createdAt: Date.now() };
    await hooktide.post({ type: 'ELEVATED_ACCESS', payload: elevated });
    await later.waitFor(3);
    expect(gone.requests).toHaveLength(1);
    await until(async () => (await waiting()) === 3);
  });
});

describe('an update over age', () => {
  it('gets one attempt, and becomes a dead letter when that fails', async () => {
    await start();
    const receiver = await startReceiver((response, { body }) =>
      response.writeHead(requestOf(body) === 'old' ? 500 : 200).end(),
    );
    const id = await hooktide.register(receiver.url);
    await hooktide.post([requestUpdate('old', 1, Date.now() - WEEK - 60_000), requestUpdate('new', 2)]);
    const [letter] = await until(async () => {
      const letters = await deadLetters(id);
      return letters.length > 0 && letters;
    });
    expect(letter).toMatchObject({ reason: 'over_age', attempts: 1, outcome: { reason: 'server_error' } });
    await until(async () => (await waiting()) === 0);
    expect(of(receiver.requests, 'old')).toEqual([1]);
    expect(of(receiver.requests, 'new')).toEqual([2]);
  });

  it('is delivered when its one attempt succeeds', async () => {
    await start();
    const receiver = await startReceiver();
    const id = await hooktide.register(receiver.url);
    await hooktide.post(requestUpdate('old', 1, Date.now() - 2 * WEEK));
    await receiver.waitFor(1);
    await until(async () => (await waiting()) === 0);
    expect(await deadLetters(id)).toEqual([]);
  });

  it('is tried again for ever when there is no such limit', async () => {
    await start({ DELETE_UNDELIVERABLE_WEBHOOKS_AFTER_HOURS: '0' });
    const receiver = await startReceiver(answersInTurn(500, 500, 500, 200));
    await hooktide.register(receiver.url);
    await hooktide.post(requestUpdate('old', 1, Date.now() - 2 * WEEK));
    await receiver.waitFor(4);
    await until(async () => (await waiting()) === 0);
    expect(await hooktide.sql('SELECT attempts FROM hooktide.history')).toEqual([{ attempts: 4 }]);
  });
});

describe('a webhook', () => {
  it('gets what is accepted after it was registered, and nothing before', async () => {
    await start();
    const receiver = await startReceiver();
    await hooktide.post(requestUpdate('a', 1));
    await hooktide.register(receiver.url);
    await hooktide.post(requestUpdate('a', 2));
    await receiver.waitFor(1);
    expect(receiver.requests.map(({ body }) => numberOf(body))).toEqual([2]);
  });

  it('gets what was accepted right after another of its id was deleted, in a lane of its own', async () => {
    await start();
    const receiver = await startReceiver(answersInTurn(500, 200));
    await hooktide.register(receiver.url, 'REQUEST', 'w');
    await hooktide.post(requestUpdate('a', 1));
    await receiver.waitFor(1);
    await hooktide.api('DELETE', '/api/webhooks?webhookId=w');
    await hooktide.register(receiver.url, 'REQUEST', 'w');
    await hooktide.post(requestUpdate('a', 2));
    await receiver.waitFor(2);
    await until(async () => (await deadLetters('w')).length === 1);
    expect(receiver.requests.map(({ body }) => numberOf(body))).toEqual([1, 2]);
  });

  it('that is deleted with one in flight gets no other, and what waits becomes dead letters', async () => {
    await start();
    let release = nothing;
    const receiver = await startReceiver(answersWhen(new Promise<void>((resolve) => (release = resolve))));
    const id = await hooktide.register(receiver.url);
    await hooktide.post(Array.from({ length: 5 }, (_, n) => requestUpdate('a', n + 1)));
    await receiver.waitFor(1);
    expect((await hooktide.api('DELETE', `/api/webhooks?webhookId=${encodeURIComponent(id)}`)).json).toBe('DELETED');
    release();
    await until(async () => (await waiting()) === 0);
    expect((await deadLetters(id)).map(({ reason, outcome }) => [reason, outcome])).toEqual(
      Array.from({ length: 4 }, () => ['webhook_deleted', null]),
    );
    expect(await hooktide.sql('SELECT delivery_id FROM hooktide.history')).toHaveLength(1);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('without wakeOnEnqueue', () => {
  it('an update is delivered at the next poll, and not before', async () => {
    await start({ WAKE_ON_ENQUEUE: 'false', CHECK_WEBHOOKS_EVERY_MILLIS: '1500' });
    const arrivals: number[] = [];
    const receiver = await startReceiver((response) => {
      arrivals.push(Date.now());
      response.end();
    });
    await hooktide.register(receiver.url);
    for (let n = 1; n <= 3; n += 1) {
      await hooktide.post(requestUpdate('a', n));
      await receiver.waitFor(n);
    }
    expect(arrivals.map((at) => Math.floor(at / 1_500)).filter((poll, n, all) => poll === all[n - 1])).toEqual([]);
  });
});
