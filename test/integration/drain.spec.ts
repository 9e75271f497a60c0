import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';
import { registerAs } from '../setup/webhook-health.js';

/** How what waited for a webhook leaves when it is resumed. */

const started: Hooktide[] = [];
let database: TestDatabase | undefined;
afterEach(async () => {
  for (const hooktide of started.splice(0)) await hooktide.stop();
  await closeReceivers();
  await database?.drop();
  database = undefined;
});
const start = async (options: HooktideOptions): Promise<Hooktide> => {
  const hooktide = await startHooktide(options);
  started.push(hooktide);
  return hooktide;
};
const at = (drainPerSecond: number, more: Record<string, string> = {}): HooktideOptions => ({
  env: { DRAIN_PER_SECOND: String(drainPerSecond), ...more },
});

const view = async (hooktide: Hooktide) => (await hooktide.api('GET', '/api/webhooks/w')).json;
/** The webhook `w`, paused, with so many updates of three subjects that wait. */
const startPaused = async (options: HooktideOptions, count: number) => {
  const hooktide = await start(options);
  const receiver = await startReceiver();
  await registerAs(hooktide, 'w', receiver.url, 'REQUEST');
  await hooktide.api('POST', '/api/webhooks/w/pause');
  await post(hooktide, 1, count);
  return { hooktide, receiver };
};
const post = (hooktide: Hooktide, first: number, count: number) =>
  hooktide.post(Array.from({ length: count }, (_, n) => requestUpdate(`s${(first + n) % 3}`, first + n)));
const resume = async (hooktide: Hooktide) => (await hooktide.api('POST', '/api/webhooks/w/resume')).json;
const drainTo = async (hooktide: Hooktide) => {
  const [row] = await hooktide.sql<{ to: string | null }>(
    `SELECT drain_to_id AS to FROM hooktide.lane WHERE webhook_id = 'w'`,
  );
  return row?.to ?? null;
};
const SUBJECTS = ['s0', 's1', 's2'];
/** The numbers that arrived, by subject. */
const arrivedAt = ({ requests }: Receiver): number[][] =>
  SUBJECTS.map((subject) =>
    requests.filter(({ body }) => requestOf(body) === subject).map(({ body }) => numberOf(body)),
  );
/** The same, where each of so many came once and in order. */
const inOrder = (count: number): number[][] =>
  SUBJECTS.map((subject) => Array.from({ length: count }, (_, n) => n + 1).filter((n) => `s${n % 3}` === subject));

describe('what waited for a webhook when it was resumed', () => {
  it('leaves at no more than drainPerSecond, in order', async () => {
    const [count, perSecond] = [90, 40];
    const { hooktide, receiver } = await startPaused(at(perSecond), count);
    const startedAt = performance.now();
    expect(await resume(hooktide)).toMatchObject({ state: 'active' });
    await receiver.waitFor(20);
    expect(await view(hooktide)).toMatchObject({ isDraining: true });
    await receiver.waitFor(count);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(((count - perSecond) / perSecond) * 1_000);
    expect(arrivedAt(receiver)).toEqual(inOrder(count));
    await until(async () => (await view(hooktide)).isDraining === false);
  });

  it('leaves as fast as it is taken where there is no such limit', async () => {
    const { hooktide, receiver } = await startPaused(at(0), 600);
    await resume(hooktide);
    await receiver.waitFor(600);
    expect(arrivedAt(receiver)).toEqual(inOrder(600));
  });

  it('is all that leaves slowly: what comes in later only waits behind it', async () => {
    const { hooktide, receiver } = await startPaused(at(1), 2);
    await resume(hooktide);
    await receiver.waitFor(2);
    await post(hooktide, 3, 100);
    await receiver.waitFor(102);
    expect(arrivedAt(receiver)).toEqual(inOrder(102));
  });

  it('keeps nobody else waiting', async () => {
    const { hooktide } = await startPaused(at(1), 300);
    const other = await startReceiver();
    await registerAs(hooktide, 'other', other.url, 'REQUEST');
    await resume(hooktide);
    await post(hooktide, 301, 200);
    await other.waitFor(200);
    expect(await view(hooktide)).toMatchObject({ isDraining: true });
  });

  it('goes on leaving slowly when another process takes the lane over', async () => {
    database = await createTestDatabase();
    const [count, perSecond] = [60, 20];
    const { hooktide, receiver } = await startPaused({ ...at(perSecond), database }, count);
    const startedAt = performance.now();
    await resume(hooktide);
    await receiver.waitFor(10);
    await started.shift()!.stop();
    const another = await start({ ...at(perSecond), database });
    expect(await view(another)).toMatchObject({ isDraining: true });
    await receiver.waitFor(count);
    // Each begins with one token, and a second's share may leave in the second in which the other ended.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(((count - perSecond - 2) / perSecond) * 1_000);
    expect(arrivedAt(receiver)).toEqual(inOrder(count));
  });

  it('goes on leaving slowly after a pause in the middle', async () => {
    const { hooktide, receiver } = await startPaused(at(20), 60);
    await resume(hooktide);
    await receiver.waitFor(5);
    await hooktide.api('POST', '/api/webhooks/w/pause');
    const startedAt = performance.now();
    await resume(hooktide);
    const left = 60 - receiver.requests.length;
    await receiver.waitFor(60);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(((left - 20 - 2) / 20) * 1_000);
    expect(arrivedAt(receiver)).toEqual(inOrder(60));
  });

  it('is forgotten when it has left', async () => {
    const { hooktide, receiver } = await startPaused(at(1_000, { LEASE_MILLIS: '300' }), 10);
    await resume(hooktide);
    await receiver.waitFor(10);
    await until(async () => (await drainTo(hooktide)) === null);
    expect(await view(hooktide)).toMatchObject({ state: 'active', isDraining: false });
  });
});

describe('what waited for a webhook that its receiver had disabled', () => {
  it('leaves slowly when the webhook is changed', async () => {
    const hooktide = await start(at(1));
    const [gone, receiver] = [await startReceiver(answers(410)), await startReceiver()];
    await registerAs(hooktide, 'w', gone.url, 'REQUEST');
    await post(hooktide, 1, 1);
    await until(async () => (await view(hooktide)).state === 'disabled');
    await post(hooktide, 2, 20);
    await hooktide.api('PATCH', '/api/webhooks/w', { uri: receiver.url });
    await receiver.waitFor(2);
    expect(await view(hooktide)).toMatchObject({ state: 'active', isDraining: true });
    expect(receiver.requests.length).toBeLessThan(20);
  });
});

describe('nothing begins to leave slowly', () => {
  it('when a webhook is resumed or changed that was active, or changed and stays paused', async () => {
    const hooktide = await start(at(1));
    await registerAs(hooktide, 'w', 'http://127.0.0.1:9/', 'REQUEST');
    await post(hooktide, 1, 3);
    await resume(hooktide);
    await hooktide.api('PATCH', '/api/webhooks/w', { timeoutMillis: 1_000 });
    expect(await drainTo(hooktide)).toBeNull();
    await hooktide.api('POST', '/api/webhooks/w/pause');
    await hooktide.api('PATCH', '/api/webhooks/w', { timeoutMillis: 2_000 });
    expect(await drainTo(hooktide)).toBeNull();
    await resume(hooktide);
    expect(await drainTo(hooktide)).not.toBeNull();
  });
});
