import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { addHook, task, toldIn, type Told } from '../setup/containers.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';

let database: TestDatabase;
let hooktides: Hooktide[] = [];
afterEach(async () => {
  for (const hooktide of hooktides) await hooktide.stop();
  await closeReceivers();
  await database.drop();
});

const STATES = ['LAUNCHED', 'STAGING', 'STARTING', 'RUNNING', 'KILLING', 'KILLED', 'FAILED'];
const UP = ['STARTING', 'RUNNING'];
const DOWN = ['CREATED', 'STOPPED', 'CRASHED'];
const pick = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)]!;
/** Of few tasks, two to a container, in any order, each several times. */
const someUpdates = (count: number) =>
  Array.from({ length: count }, () =>
    task(pick(STATES), { container: `c${pick([0, 1, 2, 3, 4])}`, startedAt: pick([1, 2]) }),
  );

const post = async (hooktide: Hooktide) => {
  let deliveries = 0;
  for (let n = 0; n < 15; n++) deliveries += (await hooktide.post(someUpdates(pick([1, 5, 30])))).deliveries;
  return deliveries;
};
const isStart = ({ state, prev_state: previous }: Told) => UP.includes(state) && DOWN.includes(previous);

/** One container is started again and again, by two tasks at once. */
const restarts = (startedAt: number) =>
  Array.from({ length: 80 }, (_, n) => task(n % 2 ? 'FAILED' : 'RUNNING', { container: 'hot', startedAt }));

function byTask(all: Told[]): Map<string, Told[]> {
  const tasks = new Map<string, Told[]>();
  for (const one of all) tasks.set(one.id, [...(tasks.get(one.id) ?? []), one]);
  return tasks;
}

it('several processes that take in updates of the same tasks at once never wait in a ring, and tell one story', async () => {
  database = await createTestDatabase();
  const start = () => startHooktide({ database });
  hooktides = [await start(), await start()];
  const receiver = await startReceiver();
  await addHook(hooktides[0]!, 'web', receiver.url);

  /** Each call is a transaction: what an application's own holds locked in which order is its business. */
  const enqueue = async (updates: { payload: object }[]) => {
    const client = new pg.Client(database.url);
    await client.connect();
    for (const { payload } of updates)
      await client.query(`SELECT hooktide.enqueue('TASK', $1)`, [JSON.stringify(payload)]);
    await client.end();
  };
  const posts = hooktides.flatMap((hooktide) => [1, 2, 3, 4].map(() => post(hooktide)));
  const [first] = await Promise.all([
    Promise.all(posts),
    enqueue(someUpdates(60)),
    ...[1, 1, 2, 2].map((startedAt) => enqueue(restarts(startedAt))),
  ]);
  const owed = async () => {
    const [row] = await hooktides[0]!.sql<{ n: number }>(
      'SELECT count(*)::int AS n FROM hooktide.update WHERE container IS NOT NULL',
    );
    return row?.n ?? 0;
  };
  const count = await owed();
  expect(count).toBeGreaterThan(first.reduce((sum, one) => sum + one, 0));
  await receiver.waitFor(count);

  const tasks = byTask(receiver.requests.map(toldIn));
  expect(tasks.size).toBe(12);
  for (const [id, told] of tasks) {
    const before = ['CREATED', ...told.map(({ state }) => state)].slice(0, -1);
    expect([id, told.map((one) => one.prev_state)]).toEqual([id, before]);
    expect(told.filter(({ state, prev_state: previous }) => state === previous)).toEqual([]);
  }
  const started = receiver.requests.map(toldIn).filter(isStart);
  for (const container of await hooktides[0]!.sql<{ id: string; starts: number }>('SELECT * FROM hooktide.container')) {
    const own = started.filter(({ id }) => `${id.split('-')[0]}-1` === container.id);
    // Each start has a number of its own, and none is left out.
    expect(own.map(({ counters }) => counters.start).toSorted((a, b) => a - b)).toEqual(own.map((_, n) => n + 1));
    expect(own).toHaveLength(container.starts);
  }
  const isSettled = async () =>
    (await hooktides[0]!.sql('SELECT FROM hooktide.delivery LIMIT 1')).length === 0 &&
    receiver.requests.length === count;
  await until(isSettled);
}, 60_000);
