import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import {
  answers,
  answersInTurn,
  answersWhen,
  closeReceivers,
  neverAnswers,
  startReceiver,
  type Received,
} from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';

/** What the options of a webhook do to its deliveries. The poll is far away: whatever happens soon happens without it. */
const FAR_AWAY = { CHECK_WEBHOOKS_EVERY_MILLIS: '600000' };

let started: Hooktide[] = [];
afterEach(async () => {
  await Promise.all(started.map((hooktide) => hooktide.stop()));
  started = [];
  await closeReceivers();
});

const start = async (options: HooktideOptions = { env: FAR_AWAY }): Promise<Hooktide> => {
  const hooktide = await startHooktide(options);
  started.push(hooktide);
  return hooktide;
};
/** Registers the webhook `w` with these options. */
const register = async (hooktide: Hooktide, uri: string, options: object = {}, type = 'REQUEST'): Promise<void> => {
  const answer = await hooktide.api('POST', '/api/webhooks', { id: 'w', uri, type, ...options });
  expect(answer.text).toBe('"CREATED"');
};
const patch = async (hooktide: Hooktide, change: object): Promise<void> => {
  const answer = await hooktide.api('PATCH', '/api/webhooks/w', change);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
};
const requestsOf = (received: readonly Received[]): string[] => received.map(({ body }) => requestOf(body));
const numbersOf = (received: readonly Received[]): number[] => received.map(({ body }) => numberOf(body));
const idOf = ({ headers }: Received) => headers['webhook-id'];
const nothing = (): void => undefined;
/** A receiver that answers when it is released. */
const startHanging = async (status: number) => {
  let release = nothing;
  const released = new Promise<void>((resolve) => (release = resolve));
  return { receiver: await startReceiver(answersWhen(released, status)), release };
};
const delivered = (hooktide: Hooktide, count: number): Promise<boolean> =>
  until(async () => (await hooktide.sql('SELECT FROM hooktide.history')).length >= count);
const attempted = (hooktide: Hooktide, count: number): Promise<boolean> =>
  until(() => hooktide.logged.filter(({ event }) => event === 'delivery.attempted').length >= count);

describe('a filter', () => {
  it.each([
    ['applications', { applications: ['bill*', 'web'] }, ['a', 'c']],
    ['request ids', { requestIds: ['a', '*-x', '100%'] }, ['a', 'b-x', '100%']],
    ['event types', { eventTypes: ['CREATED'] }, ['b-x']],
    ['all of it', { applications: ['*'], requestIds: ['c'], eventTypes: ['UPDATED', 'DELETED'] }, ['c']],
  ])('by %s lets pass what it names', async (_, filter, expected) => {
    const hooktide = await start();
    const receiver = await startReceiver();
    await register(hooktide, receiver.url, { filter });
    const created = { type: 'REQUEST', payload: { createdAt: 1, eventType: 'CREATED', request: { id: 'b-x' } } };
    await hooktide.post([
      { ...requestUpdate('a'), application: 'billing' },
      created,
      { ...requestUpdate('c'), application: 'web' },
      requestUpdate('100%'),
      requestUpdate('100x'),
    ]);
    await patch(hooktide, { filter: null });
    await hooktide.post(requestUpdate('last'));
    expect(requestsOf(await receiver.waitFor(expected.length + 1)).toSorted()).toEqual(
      [...expected, 'last'].toSorted(),
    );
  });
});

describe('headers and format', () => {
  it('shape what leaves', async () => {
    const hooktide = await start();
    const receiver = await startReceiver();
    const headers = { Authorization: 'Bearer s3cret', 'X-Team': 'web' };
    await register(hooktide, receiver.url, { headers, format: 'cloudevents-binary' });
    await hooktide.post(requestUpdate('a'));
    const [request] = await receiver.waitFor(1);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer s3cret',
      'x-team': 'web',
      'ce-type': 'io.hooktide.request.updated',
      'content-type': 'application/json',
    });
  });

  it('keep secret values out of the API', async () => {
    const hooktide = await start();
    await register(hooktide, 'http://receiver.test/', { headers: { authorization: 'Bearer s3cret' } });
    const { text } = await hooktide.api('GET', '/api/webhooks/w');
    expect(text).not.toContain('s3cret');
    expect(JSON.stringify(hooktide.logged)).not.toContain('s3cret');
  });
});

describe('order none', () => {
  it('lets later updates of a subject pass one that fails', async () => {
    const hooktide = await start();
    const receiver = await startReceiver((response, { body }) =>
      response.writeHead(numberOf(body) === 1 ? 500 : 200).end(),
    );
    await register(hooktide, receiver.url, { order: 'none' });
    await hooktide.post(requestUpdate('a', 1));
    await attempted(hooktide, 1);
    await hooktide.post([requestUpdate('a', 2), requestUpdate('a', 3)]);
    await delivered(hooktide, 2);
    expect(numbersOf(receiver.requests).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  });
});

describe('a retry policy of its own', () => {
  it('tries again at its due times, without the poll', async () => {
    const hooktide = await start();
    const receiver = await startReceiver(answersInTurn(500, 503, 404, 200));
    await register(hooktide, receiver.url, { retry: { policy: 'constant', delayMillis: 100 } });
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2)]);
    await delivered(hooktide, 2);
    expect(numbersOf(receiver.requests)).toEqual([1, 1, 1, 1, 2]);
    const ids = new Set(receiver.requests.slice(0, 4).map(({ headers }) => headers['webhook-id']));
    expect(ids.size).toBe(1);
  });

  it('goes on for every subject while the receiver is down, and never reduces it to a probe', async () => {
    const hooktide = await start();
    const receiver = await startReceiver(answers(500));
    await register(hooktide, receiver.url, { retry: { policy: 'constant', delayMillis: 100 } });
    await hooktide.post(['a', 'b', 'c'].map((id) => requestUpdate(id)));
    const thrice = await until(() => {
      const requests = requestsOf(receiver.requests);
      return ['a', 'b', 'c'].every((id) => requests.filter((one) => one === id).length >= 3) && requests;
    });
    expect(thrice.length).toBeGreaterThanOrEqual(9);
    const { json } = await hooktide.api('GET', '/api/webhooks/w');
    expect(json.state).toBe('failing');
  });

  it('ends with a dead letter when the attempts are used up, and the subject goes on', async () => {
    const hooktide = await start();
    const receiver = await startReceiver((response, { body }) =>
      response.writeHead(numberOf(body) === 1 ? 500 : 200).end(),
    );
    await register(hooktide, receiver.url, { retry: { policy: 'schedule', delaysMillis: [50, 100] } });
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2)]);
    await delivered(hooktide, 1);
    expect(numbersOf(receiver.requests)).toEqual([1, 1, 1, 2]);
    const [letter] = (await hooktide.api('GET', '/api/dead-letters')).json.items;
    expect(letter).toMatchObject({ reason: 'attempts_exhausted', attempts: 3, outcome: { status: 500 } });
  });

  it('has an age of its own', async () => {
    const hooktide = await start();
    const receiver = await startReceiver(answers(500));
    await register(hooktide, receiver.url, { retry: { policy: 'poll', maxAgeHours: 1 } });
    await hooktide.post(requestUpdate('a', 1, Date.now() - 3_700_000));
    const letters = await until(async () => {
      const { items } = (await hooktide.api('GET', '/api/dead-letters')).json;
      return items.length > 0 && items;
    });
    expect(letters).toMatchObject([{ reason: 'over_age', attempts: 1 }]);
  });

  it('is followed by whoever comes after a process that ended', async () => {
    const database = await createTestDatabase();
    const receiver = await startReceiver(answersInTurn(500, 200));
    const first = await startHooktide({ env: FAR_AWAY, database });
    await register(first, receiver.url, { retry: { policy: 'constant', delayMillis: 1_500 } });
    await first.post(requestUpdate('a'));
    await attempted(first, 1);
    await first.stop();
    await start({ env: FAR_AWAY, database });
    expect(requestsOf(await receiver.waitFor(2))).toEqual(['a', 'a']);
  });
});

describe('a change of the uri', () => {
  it('sends what waits, and what failed, to the new one at once, under the same ids', async () => {
    const hooktide = await start();
    const [old, now] = [await startReceiver(answers(500)), await startReceiver()];
    await register(hooktide, old.url);
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2), requestUpdate('b', 3), requestUpdate('c', 4)]);
    await attempted(hooktide, 2);
    await patch(hooktide, { uri: now.url });
    const received = await now.waitFor(4);
    expect(numbersOf(received.filter(({ body }) => requestOf(body) === 'a'))).toEqual([1, 2]);
    expect(received.map(idOf)).toEqual(expect.arrayContaining(old.requests.map(idOf)));
    expect((await hooktide.api('GET', '/api/webhooks/w')).json).toMatchObject({ state: 'active', uri: now.url });
  });

  it('does not wait for an old receiver that hangs, whose late success counts', async () => {
    const hooktide = await start();
    const { receiver: old, release } = await startHanging(200);
    const now = await startReceiver();
    await register(hooktide, old.url);
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2), requestUpdate('b', 3)]);
    await old.waitFor(1);
    await patch(hooktide, { uri: now.url });
    // Of the subject in flight nothing leaves before it has landed.
    expect(numbersOf(await now.waitFor(1))).toEqual([3]);
    release();
    await delivered(hooktide, 3);
    expect(numbersOf(now.requests)).toEqual([3, 2]);
  });

  it('does not hold the failure of an old receiver against the new one', async () => {
    const hooktide = await start();
    const { receiver: old, release } = await startHanging(410);
    const now = await startReceiver();
    await register(hooktide, old.url);
    await hooktide.post([requestUpdate('a', 1), requestUpdate('a', 2)]);
    await old.waitFor(1);
    await patch(hooktide, { uri: now.url });
    release();
    expect(numbersOf(await now.waitFor(2))).toEqual([1, 2]);
    expect((await hooktide.api('GET', '/api/webhooks/w')).json).toMatchObject({ state: 'active', disabledAt: null });
  });

  it('reaches the process that holds the lane, whichever it was made through', async () => {
    const database = await createTestDatabase();
    const dispatcher = await start({ env: { ...FAR_AWAY, ROLES: 'dispatch' }, database });
    const api = await start({ env: { ...FAR_AWAY, ROLES: 'api' }, database });
    const [old, now] = [await startReceiver(), await startReceiver()];
    await register(api, old.url);
    await api.post(requestUpdate('a', 1));
    await delivered(dispatcher, 1);
    await patch(api, { uri: now.url });
    const [first] = await until(async () => {
      await api.post(requestUpdate('a', 2));
      return now.requests.length > 0 && now.requests;
    });
    expect(numberOf(first?.body ?? '')).toBe(2);
  });
});

describe('a pause', () => {
  it('keeps what comes, and a resumption sends it in order', async () => {
    const hooktide = await start();
    const receiver = await startReceiver();
    await register(hooktide, receiver.url);
    await hooktide.post(requestUpdate('a', 1));
    await delivered(hooktide, 1);
    await hooktide.api('POST', '/api/webhooks/w/pause');
    await hooktide.post([2, 3, 4].map((n) => requestUpdate('a', n)));
    // Another webhook shows that time has passed.
    const other = await startReceiver();
    await hooktide.register(other.url);
    await hooktide.post(requestUpdate('a', 5));
    await other.waitFor(1);
    expect(numbersOf(receiver.requests)).toEqual([1]);
    await hooktide.api('POST', '/api/webhooks/w/resume');
    expect(numbersOf(await receiver.waitFor(5))).toEqual([1, 2, 3, 4, 5]);
  });

  it('comes in the middle of a stream, and loses nothing', async () => {
    const hooktide = await start();
    const receiver = await startReceiver();
    await register(hooktide, receiver.url);
    const ids = ['a', 'b', 'c'];
    await hooktide.post(Array.from({ length: 600 }, (_, n) => requestUpdate(ids[n % 3] ?? '', n)));
    await receiver.waitFor(50);
    await hooktide.api('POST', '/api/webhooks/w/pause');
    await hooktide.api('POST', '/api/webhooks/w/resume');
    const received = await receiver.waitFor(600);
    for (const id of ids) {
      const numbers = numbersOf(received.filter(({ body }) => requestOf(body) === id));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(new Set(numbers).size).toBe(200);
    }
  });

  it('is no obstacle to a webhook that the receiver has disabled: resumed, it gets everything', async () => {
    const hooktide = await start();
    const receiver = await startReceiver(answersInTurn(410, 200));
    await register(hooktide, receiver.url);
    await hooktide.post(requestUpdate('a', 1));
    await until(async () => (await hooktide.api('GET', '/api/webhooks/w')).json.state === 'disabled');
    await hooktide.post(requestUpdate('a', 2));
    await hooktide.api('POST', '/api/webhooks/w/resume');
    expect(numbersOf(await receiver.waitFor(3))).toEqual([1, 1, 2]);
  });
});

describe('limits of its own', () => {
  it('end an attempt after its own timeout', async () => {
    const hooktide = await start();
    const receiver = await startReceiver(neverAnswers);
    await register(hooktide, receiver.url, { timeoutMillis: 100 });
    await hooktide.post(requestUpdate('a'));
    await attempted(hooktide, 1);
    const [line] = hooktide.logged.filter(({ event }) => event === 'delivery.attempted');
    expect(line?.data).toMatchObject({ reason: 'timeout' });
  });

  it('keep it to so many attempts at once', async () => {
    const hooktide = await start();
    let [flying, most] = [0, 0];
    const receiver = await startReceiver((response) => {
      flying += 1;
      most = Math.max(most, flying);
      setImmediate(() => {
        flying -= 1;
        response.writeHead(200).end();
      });
    });
    await register(hooktide, receiver.url, { maxConcurrent: 2 });
    await hooktide.post(Array.from({ length: 200 }, (_, n) => requestUpdate(`r${n}`, n)));
    await receiver.waitFor(200);
    expect(most).toBe(2);
  });
});

describe('a test', () => {
  it.each(['REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS'])(
    'of a %s webhook sends a marked sample, and tells the answer',
    async (type) => {
      const hooktide = await start();
      const receiver = await startReceiver(answers(404, {}, 'no such room'));
      await register(hooktide, `${receiver.url}in?r=$REQUEST_ID`, { headers: { 'x-team': 'web' } }, type);
      const { status, json } = await hooktide.api('POST', '/api/webhooks/w/test');
      expect([status, json]).toMatchObject([
        200,
        { delivered: false, outcome: { reason: 'refused', status: 404, answer: 'no such room' } },
      ]);
      const [request] = await receiver.waitFor(1);
      expect(request).toMatchObject({
        path: '/in?r=hooktide-test',
        headers: { 'hooktide-test': 'true', 'x-team': 'web', 'webhook-id': json.sent.id },
        body: json.sent.body,
      });
    },
  );

  it('neither waits nor counts, and reaches a paused webhook', async () => {
    const hooktide = await start();
    const receiver = await startReceiver();
    await register(hooktide, receiver.url, { format: 'slack', filter: { requestIds: ['x'] } });
    await hooktide.api('POST', '/api/webhooks/w/pause');
    const { json } = await hooktide.api('POST', '/api/webhooks/w/test');
    expect(json).toMatchObject({ delivered: true, outcome: { reason: 'delivered', status: 200 } });
    expect(receiver.requests[0]?.body).toContain('hooktide-test');
    expect(await hooktide.sql('SELECT FROM hooktide.update')).toEqual([]);
    expect((await hooktide.api('GET', '/api/webhooks/w')).json.lastSuccessAt).toBeNull();
  });

  it('of the lane of direct messages is refused', async () => {
    const hooktide = await start();
    await hooktide.sql(
      `WITH lane AS (INSERT INTO hooktide.lane (webhook_id) VALUES ('message:http://x') RETURNING id)
       INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp", origin)
       SELECT 'message:http://x', id, 'MESSAGE', 'http://x', 0, 'message' FROM lane`,
    );
    const { status, json } = await hooktide.api('POST', `/api/webhooks/${encodeURIComponent('message:http://x')}/test`);
    expect([status, json.field]).toEqual([400, 'webhookId']);
  });

  it('of an unknown webhook is a 404', async () => {
    const hooktide = await start();
    const { status, json } = await hooktide.api('POST', '/api/webhooks/nobody/test');
    expect([status, json.code]).toEqual([404, 'webhook_not_found']);
  });
});
