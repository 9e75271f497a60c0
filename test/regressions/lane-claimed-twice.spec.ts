import { expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { Channel } from '../../src/database/channel.js';
import { Budget } from '../../src/dispatch/budget.js';
import { Holdings } from '../../src/dispatch/holdings.js';
import { Queue } from '../../src/queue/queue.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { Wake } from '../../src/queue/wake.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, ME, update } from '../setup/queue.js';
import { vaultWith } from '../setup/vault.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url)));

it('a lane that its own process claims again, after a standstill longer than the lease, sends no more by the old claim', async () => {
  const lane = await addLane(database);
  await enqueue(database, [update('a')], LIMITS);
  const wake = new Wake(new Channel(database.url, () => undefined), ME.owner, false);
  const limits = { ...LIMITS, checkWebhooksEveryMillis: 10_000, maxWaitingDeliveries: 1_000 };
  const queue = new Queue(database, wake, ME, limits, vaultWith());
  const holdings = new Holdings(
    queue,
    { ...ME, maxConcurrentPerWebhook: 16, drainPerSecond: 0 },
    new Budget(),
    () => undefined,
  );
  const room = { lanes: 1, probes: 0 };
  holdings.nudge(lane, true);
  const before = (await holdings.claim(room))?.lanes[0];
  await database.query(`UPDATE hooktide.lane SET leased_until = now() - interval '1 second'`);
  holdings.poll(new Date());
  const after = (await holdings.claim(room))?.lanes[0];
  expect([before?.mode, after?.mode]).toEqual(['shut', 'open']);
  expect(holdings.get(lane)).toBe(after);
});
