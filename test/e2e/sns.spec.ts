import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { judgeArrivals } from '../setup/arrivals.js';
import { call } from '../setup/hooktide.js';
import { killProcesses, startProcess } from '../setup/process.js';
import { closeSns, startSns } from '../setup/sns.js';
import { snsEnv } from '../setup/sns-mode.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let database: TestDatabase;

afterEach(async () => {
  await killProcesses();
  await closeSns();
  await database.drop();
});

const SUBJECTS = Array.from({ length: 20 }, (_, n) => `request-${n}`);
const EACH = 500;
const ALL = SUBJECTS.length * EACH;
const ROUNDS_A_POST = 50;

/** All of them, some rounds a request: the same again, by their ids, until they are accepted, whichever process serves. */
async function postAll(url: () => string): Promise<void> {
  for (let first = 1; first <= EACH; first += ROUNDS_A_POST) {
    const rounds = Array.from({ length: ROUNDS_A_POST }, (_, i) => first + i);
    const updates = rounds.flatMap((n) => SUBJECTS.map((id) => ({ ...requestUpdate(id, n), id: `${id} ${n}` })));
    await until(async () => (await call(url(), 'POST', '/api/updates', updates).catch(() => null))?.status === 202);
  }
}

/** What failed while the server was away waits for up to a minute (docs/sns.md). */
const WITHIN_MILLIS = 150_000;

it('10 000 updates survive that Hooktide is killed and that the SNS server starts anew: none is lost or out of order', async () => {
  database = await createTestDatabase();
  const sns = await startSns();
  const start = () => startProcess(database.url, { ...snsEnv(sns), LEASE_MILLIS: '2000' });
  /** What the server answered with success, in the order in which it was asked. */
  const published = () => sns.batches().flatMap(({ isDone, entries }) => (isDone ? entries : []));

  let hooktide = await start();
  const posting = postAll(() => hooktide.url);
  await until(() => published().length >= 2_000);
  await hooktide.end('SIGKILL');
  expect(published().length).toBeLessThan(ALL);

  hooktide = await start();
  await until(() => published().length >= 5_000);
  await sns.stop();
  expect(published().length).toBeLessThan(ALL);
  await until(() => hooktide.lines.some((line) => line.includes('"reason":"connection_refused"')));
  await sns.start();

  await posting;
  const requests = () => published().map(({ message: body }) => ({ method: 'POST', path: '/', headers: {}, body }));
  const verdict = await until(() => {
    if (published().length < ALL) return false;
    const found = judgeArrivals(requests(), ['/'], SUBJECTS, EACH);
    return found.lost.length === 0 && found;
  }, WITHIN_MILLIS);
  expect(verdict.outOfOrder).toEqual([]);
  // A duplicate was on its way, or not written down, when the process died or the server went.
  expect(verdict.duplicates).toBeLessThan(1_000);
}, 240_000);
