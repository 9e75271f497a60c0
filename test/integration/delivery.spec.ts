import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { fixture, numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
const start = async (options: HooktideOptions = {}) => (hooktide = await startHooktide(options));

afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const updatesOf = (requestId: string, count: number) =>
  Array.from({ length: count }, (_, n) => requestUpdate(requestId, n + 1));
const queueSize = async (id: string): Promise<number> => {
  const summary = (await hooktide.api('GET', '/api/webhooks/summary')).json as {
    webhook: { id: string };
    queueSize: number;
  }[];
  return summary.find(({ webhook }) => webhook.id === id)?.queueSize ?? -1;
};
const deadLetters = async (id: string) =>
  (await hooktide.api('GET', `/api/dead-letters?webhookId=${encodeURIComponent(id)}`)).json.items as {
    reason: string;
    attempts: number;
    outcome: { reason: string; status: number };
  }[];

describe('a delivery', () => {
  it('arrives byte for byte, once, at each webhook of its type', async () => {
    await start({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '60000' } });
    const [first, second, other] = [await startReceiver(answers(204)), await startReceiver(), await startReceiver()];
    await hooktide.register(`${first.url}?t=$TASK_ID`, 'TASK');
    await hooktide.register(second.url, 'TASK');
    await hooktide.register(other.url, 'DEPLOY');
    const payload = fixture('task-webhook.running.json');
    const accepted = await hooktide.post(`{"type":"TASK","payload":${payload}}`);
    expect(accepted).toMatchObject({ accepted: 1, deliveries: 2 });
    const [[one], [two]] = [await first.waitFor(1), await second.waitFor(1)];
    expect(one?.body).toBe(payload);
    expect(one?.path).toBe(
      '/?t=example-web-service-build_42.1-1546300861234-1-mesos_agent_1.use1a.example.com-us_east_1a',
    );
    expect(two?.headers['webhook-id']).not.toBe(one?.headers['webhook-id']);
    await hooktide.post({ type: 'DEPLOY', payload: JSON.parse(fixture('deploy-update.minimal.json')) });
    await other.waitFor(1);
    expect([first.requests.length, second.requests.length, other.requests.length]).toEqual([1, 1, 1]);
    await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length === 0);
    expect(await hooktide.sql('SELECT status, attempts FROM hooktide.history ORDER BY status')).toEqual([
      { status: 200, attempts: 1 },
      { status: 200, attempts: 1 },
      { status: 204, attempts: 1 },
    ]);
  });

  it('keeps its webhook-id over retries', async () => {
    await start();
    let turn = 0;
    const receiver = await startReceiver((response) => response.writeHead((turn += 1) < 3 ? 500 : 200).end());
    await hooktide.register(receiver.url);
    await hooktide.post(requestUpdate('a'));
    const ids = (await receiver.waitFor(3)).map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('order', () => {
  it('holds within a subject, whatever the receiver answers', async () => {
    await start({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '50' } });
    let turn = 0;
    const receiver = await startReceiver((response) => response.writeHead((turn += 1) % 7 === 0 ? 503 : 200).end());
    await hooktide.register(receiver.url);
    const subjects = ['a', 'b', 'c', 'd'];
    for (let n = 1; n <= 30; n += 1) await hooktide.post(subjects.map((subject) => requestUpdate(subject, n)));
    await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length === 0);
    for (const subject of subjects) {
      const seen = receiver.requests
        .map(({ body }) => body)
        .filter((body) => requestOf(body) === subject)
        .map(numberOf);
      expect([...new Set(seen)]).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    }
  });
});

describe('a receiver that fails', () => {
  it('keeps the newest 50 of 60, buries ten with the reason, and gets the 50 in order when it recovers', async () => {
    await start();
    let status = 500;
    const receiver = await startReceiver((response) => response.writeHead(status).end());
    const id = await hooktide.register(receiver.url);
    await hooktide.post(updatesOf('a', 60));
    await until(async () => (await queueSize(id)) === 50);
    const buried = await deadLetters(id);
    expect(buried).toHaveLength(10);
    expect(buried.every((d) => d.reason === 'over_cap' && d.outcome.reason === 'server_error')).toBe(true);
    const before = receiver.requests.length;
    status = 204;
    const all = await receiver.waitFor(before + 50);
    const late = all.map(({ body }) => numberOf(body)).slice(-50);
    expect(late).toEqual(Array.from({ length: 50 }, (_, n) => n + 11));
    await until(async () => (await queueSize(id)) === 0);
  });

  it('costs one POST a poll, however many subjects wait', async () => {
    await start({ env: { MAX_QUEUED_UPDATES_PER_WEBHOOK: '0' } });
    const receiver = await startReceiver(answers(500));
    const healthy = await startReceiver();
    await hooktide.register(receiver.url);
    await hooktide.register(healthy.url);
    await hooktide.post(Array.from({ length: 40 }, (_, n) => requestUpdate(`r${n}`, n)));
    await healthy.waitFor(40);
    await until(
      async () => (await hooktide.sql('SELECT 1 FROM hooktide.lane WHERE failing_since IS NOT NULL')).length > 0,
    );
    const [before, since] = [receiver.requests.length, Date.now()];
    await receiver.waitFor(before + 8);
    const polls = Math.floor(Date.now() / 100) - Math.floor(since / 100) + 1;
    expect(receiver.requests.length - before).toBeLessThanOrEqual(polls);
  });
});
