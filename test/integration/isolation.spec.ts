import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, drips, neverAnswers, neverEnds, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;

afterEach(async () => {
  await closeReceivers();
  await hooktide.stop();
});

const updates = (count: number) => Array.from({ length: count }, (_, n) => requestUpdate(`request-${n}`, n));

describe('a receiver that hangs, drips, floods or refuses', () => {
  it('delays no other, new or known, while all slots could be taken by such', async () => {
    hooktide = await startHooktide({ env: { MAX_CONCURRENT_WEBHOOKS: '10', SHUTDOWN_TIMEOUT_MILLIS: '100' } });
    const known = await startReceiver();
    await hooktide.register(known.url);
    await hooktide.post(updates(20));
    await known.waitFor(20);
    const bad = [neverAnswers, drips, neverEnds, answers(500)];
    for (let n = 0; n < 40; n += 1) {
      const receiver = await startReceiver(bad[n % bad.length]);
      await hooktide.register(receiver.url);
    }
    const late = await startReceiver();
    await hooktide.register(late.url);
    const startedAt = performance.now();
    await hooktide.post(updates(100));
    await known.waitFor(120);
    // The deadline of a hanging receiver is a minute: whoever waits for one has not arrived by now.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await late.waitFor(100);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  }, 60_000);

  it('keeps a lane that answered before to a single slot when it begins to hang', async () => {
    hooktide = await startHooktide({ env: { MAX_CONCURRENT_WEBHOOKS: '20', SHUTDOWN_TIMEOUT_MILLIS: '100' } });
    let isHanging = false;
    const fickle = await startReceiver((response) => void (isHanging || response.end()));
    const steady = await startReceiver();
    await hooktide.register(fickle.url);
    await hooktide.register(steady.url);
    await hooktide.post(updates(50));
    await Promise.all([fickle.waitFor(50), steady.waitFor(50)]);
    isHanging = true;
    for (let round = 1; round <= 10; round += 1) {
      await hooktide.post(updates(50));
      await steady.waitFor(50 + round * 50);
    }
    const stuck = fickle.requests.length - 50;
    expect(stuck).toBeLessThanOrEqual(16);
    await until(
      async () => (await hooktide.sql('SELECT 1 FROM hooktide.lane WHERE leased_by IS NOT NULL')).length >= 1,
    );
  }, 60_000);
});
