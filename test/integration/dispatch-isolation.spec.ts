import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, answersInTurn, closeReceivers, neverAnswers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
const start = async (env: Record<string, string>) => (hooktide = await startHooktide({ env }));

afterEach(async () => {
  await closeReceivers();
  await hooktide.stop();
});

const failing = async (id: string): Promise<boolean> => {
  const [lane] = await hooktide.sql<{ failing: boolean }>(
    `SELECT l.failing_since IS NOT NULL AS failing
     FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id WHERE w.id = $1`,
    [id],
  );
  return lane?.failing ?? false;
};

/** 10 KB. */
const large = (n: number) => {
  const { type, payload } = requestUpdate(`r${n}`, n);
  return { type, payload: { ...payload, message: 'x'.repeat(10_000) } };
};

const deployUpdate = (requestId: string) => ({
  type: 'DEPLOY',
  payload: { deployMarker: { requestId, deployId: 'd', timestamp: Date.now() }, eventType: 'STARTING' },
});

describe('receivers that hang', () => {
  it('keep no failing webhook registered after them from its probe, though each takes longer than a poll', async () => {
    await start({ MAX_CONCURRENT_WEBHOOKS: '2', HTTP_TOTAL_TIMEOUT_MILLIS: '250', SHUTDOWN_TIMEOUT_MILLIS: '0' });
    const hanging = await startReceiver(neverAnswers);
    const ids = [];
    for (let n = 1; n <= 3; n += 1) ids.push(await hooktide.register(`${hanging.url}${n}`));
    await hooktide.post(requestUpdate('a'));
    for (const id of ids) await until(() => failing(id));
    const recovering = await startReceiver(answersInTurn(500, 200));
    await hooktide.register(recovering.url, 'DEPLOY');
    await hooktide.post(deployUpdate('b'));
    await recovering.waitFor(1);
    const probes = hanging.requests.length;
    await until(() => recovering.requests.length > 1 || hanging.requests.length > probes + 8);
    expect(recovering.requests.length).toBe(2);
  });

  it('keep the memory for payloads from nobody', async () => {
    await start({
      MAX_BUFFERED_BYTES: '50000',
      CHECK_WEBHOOKS_EVERY_MILLIS: '500',
      HTTP_TOTAL_TIMEOUT_MILLIS: '60000',
      SHUTDOWN_TIMEOUT_MILLIS: '0',
    });
    const [hanging, healthy] = [await startReceiver(neverAnswers), await startReceiver(answers(204))];
    const retried = await startReceiver(answers(500));
    await hooktide.register(hanging.url, 'REQUEST');
    await hooktide.register(healthy.url, 'CRASHLOOP');
    await hooktide.register(retried.url, 'DEPLOY');
    await hooktide.post(Array.from({ length: 10 }, (_, n) => large(n)));
    await hanging.waitFor(1);
    // It arrives when the hanging attempt is known to be late, and again at each of two polls that look at both lanes.
    await hooktide.post(deployUpdate('b'));
    await until(() => retried.requests.length > 2);
    const crashLoop = { requestId: 'c', deployId: 'd', start: Date.now(), type: 'OOM' };
    await hooktide.post({ type: 'CRASHLOOP', payload: crashLoop });
    await until(() => healthy.requests.length > 0, 5_000);
    expect(hanging.requests).toHaveLength(1);
  });

  it('delay no webhook that answers', async () => {
    await start({ MAX_CONCURRENT_WEBHOOKS: '10', SHUTDOWN_TIMEOUT_MILLIS: '0' });
    const hanging = await startReceiver(neverAnswers);
    for (let n = 0; n < 12; n += 1) await hooktide.register(`${hanging.url}${n}`);
    await hooktide.post(requestUpdate('a'));
    await until(() => hanging.requests.length >= 5);
    const healthy = await startReceiver();
    await hooktide.register(healthy.url, 'ELEVATED_ACCESS');
    const elevated = { user: 'u', requestId: 'a', scope: 'READ', createdAt: Date.now() };
    await hooktide.post({ type: 'ELEVATED_ACCESS', payload: elevated });
    await healthy.waitFor(1);
    for (let n = 1; n <= 20; n += 1) await hooktide.post({ type: 'ELEVATED_ACCESS', payload: elevated });
    await healthy.waitFor(21);
    // All twelve get their turn all the same.
    await until(() => new Set(hanging.requests.map(({ path }) => path)).size === 12);
    expect(healthy.requests).toHaveLength(21);
  });
});

describe('a receiver that throttles', () => {
  it.each([429, 503])(
    'by %i is left alone for as long as it asks, then probed once, then gets the rest',
    async (status) => {
      await start({ CHECK_WEBHOOKS_EVERY_MILLIS: '100' });
      let rested = false;
      const times: number[] = [];
      const throttling = await startReceiver((response) => {
        times.push(performance.now());
        if (rested) response.writeHead(200).end();
        else response.writeHead(status, { 'retry-after': '1' }).end();
        rested = true;
      });
      const other = await startReceiver();
      await hooktide.register(throttling.url, 'REQUEST');
      await hooktide.register(other.url, 'REQUEST');
      await hooktide.post(requestUpdate('a', 1));
      await throttling.waitFor(1);
      await until(
        async () => (await hooktide.sql('SELECT 1 FROM hooktide.lane WHERE resting_until > now()')).length > 0,
      );
      for (let n = 2; n <= 6; n += 1) await hooktide.post(requestUpdate(`b${n}`, n));
      await other.waitFor(6);
      await throttling.waitFor(7);
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
      expect(new Set(throttling.requests.map(({ body }) => numberOf(body)))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
      await until(
        async () => (await hooktide.sql('SELECT 1 FROM hooktide.lane WHERE resting_until IS NOT NULL')).length === 0,
      );
    },
  );
});
