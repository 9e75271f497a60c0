import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, type Received } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let database: TestDatabase;
let running: Hooktide[];

beforeEach(async () => {
  [database, running] = [await createTestDatabase(), []];
});

afterEach(async () => {
  for (const hooktide of running) await hooktide.stop();
  await closeReceivers();
  await database.drop();
});

const start = async (env: Record<string, string> = {}): Promise<Hooktide> => {
  const hooktide = await startHooktide({ env, database });
  running.push(hooktide);
  return hooktide;
};
const SUBJECTS = Array.from({ length: 12 }, (_, n) => `r${n}`);
/** Each subject has a client that posts its updates one after the other, each after the 202 before, now here, now there. */
const postAll = (to: Hooktide[], updates: number): Promise<unknown> =>
  Promise.all(
    SUBJECTS.map(async (subject, client) => {
      for (let n = 1; n <= updates; n += 1) await to[(client + n) % to.length]?.post(requestUpdate(subject, n));
    }),
  );
const numbersOf = (requests: Received[], subject: string): number[] =>
  requests.filter(({ body }) => requestOf(body) === subject).map(({ body }) => numberOf(body));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const empty = (hooktide: Hooktide) =>
  until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery LIMIT 1')).length === 0);

it('two on one database deliver each update once, in the order of its subject', async () => {
  const both = [await start(), await start()];
  const receivers = [await startReceiver(), await startReceiver(), await startReceiver()];
  for (const { url } of receivers) await both[0]?.register(url);
  await postAll(both, 25);
  for (const receiver of receivers) await receiver.waitFor(25 * SUBJECTS.length);
  for (const { requests } of receivers) {
    for (const subject of SUBJECTS) expect(numbersOf(requests, subject)).toEqual(upTo(25));
  }
});

it('two on one database keep the order while the receiver fails now and then', async () => {
  const both = [await start({ CHECK_WEBHOOKS_EVERY_MILLIS: '50' }), await start({ CHECK_WEBHOOKS_EVERY_MILLIS: '50' })];
  let turn = 0;
  const receiver = await startReceiver((response) => response.writeHead((turn += 1) % 11 === 0 ? 500 : 200).end());
  await both[0]?.register(receiver.url);
  await postAll(both, 12);
  await empty(both[0]!);
  for (const subject of SUBJECTS) {
    expect([...new Set(numbersOf(receiver.requests, subject))]).toEqual(upTo(12));
  }
});

it('one that stops hands over what it has not sent, and nothing is sent twice', async () => {
  const [first, second] = [await start({ WAKE_ON_ENQUEUE: 'false' }), await start({ ROLES: 'api' })];
  const receiver = await startReceiver((response) => setImmediate(() => response.end()));
  await first.register(receiver.url);
  await second.post(SUBJECTS.flatMap((subject) => upTo(40).map((n) => requestUpdate(subject, n))));
  await receiver.waitFor(30);
  running = running.filter((hooktide) => hooktide !== first);
  await first.stop();
  const sent = receiver.requests.length;
  expect(sent).toBeLessThan(40 * SUBJECTS.length);
  expect(await second.sql('SELECT 1 FROM hooktide.lane WHERE leased_by IS NOT NULL')).toEqual([]);
  const third = await start();
  await empty(third);
  for (const subject of SUBJECTS) expect(numbersOf(receiver.requests, subject)).toEqual(upTo(40));
});
