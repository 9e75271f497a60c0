import { describe, expect, it } from 'vitest';
import { Channel } from '../../src/database/channel.js';
import type { Database } from '../../src/database/database.js';
import { Enqueuer } from '../../src/queue/enqueuer.js';
import { HighWater } from '../../src/queue/high-water.js';
import { readDepth } from '../../src/queue/sql/list.js';
import { Wake } from '../../src/queue/wake.js';
import type { Update } from '../../src/updates/update.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, ME, update } from '../setup/queue.js';
import { until } from '../setup/until.js';

let database: Database;
let queue: Enqueuer;
eachOnItsOwnDatabase((url) => {
  database = connect(url);
  queue = openQueue();
  return database;
});

function openQueue(): Enqueuer {
  const wake = new Wake(new Channel(database.url, () => undefined), ME.owner, false);
  const highWater = new HighWater(10_000_000, () => readDepth(database));
  return new Enqueuer(database, wake, highWater, { ...LIMITS, maxFanOut: 100 });
}

/** The updates that are stored, with the transaction that did it and how many deliveries each is owed. */
const stored = () =>
  database.query<{ id: string; payload: string; xid: string; deliveries: number }>(`
    SELECT u.id, u.payload, u.xmin::text AS xid,
           (SELECT count(*) FROM hooktide.delivery AS d WHERE d.update_id = u.id) AS deliveries
    FROM hooktide.update AS u`);
const payloads = async () => (await stored()).map(({ payload }) => payload).toSorted();
/** In the order in which they leave. */
const inOrder = () =>
  database.query<{ id: number; payload: string }>(
    'SELECT d.id, u.payload FROM hooktide.delivery AS d JOIN hooktide.update AS u ON u.id = d.update_id ORDER BY d.id',
  );
const waits = (count = 1) =>
  until(async () => {
    const waiting = await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting.length >= count;
  });
const task = (id: string, payload: string): Update =>
  update(id, payload, { type: 'TASK', taskId: id, containerId: id, state: 'TASK_RUNNING' });

const message = (id: string, origin = 'http://receiver') => ({
  id,
  payload: '{}',
  direct: { uri: `${origin}/`, retry: { policy: 'constant', delayMillis: 1_000 } as const, timeoutMillis: 1_000 },
});

describe('requests that come in together', () => {
  it('are stored in one transaction, and each is told its own ids and deliveries', async () => {
    await addLane(database, 'a');
    await addLane(database, 'b');
    await addLane(database, 'c', 'DEPLOY');
    const requests = Array.from({ length: 20 }, (_, n) =>
      Array.from({ length: 1 + (n % 3) }, (__, m) =>
        update(`s${n}`, `${n}.${m}`, { type: (['REQUEST', 'DEPLOY', 'CRASHLOOP'] as const)[(n + m) % 3] }),
      ),
    );
    const answers = await Promise.all(requests.map((updates) => queue.enqueue(updates)));
    const rows = new Map((await stored()).map((row) => [row.id, row]));
    expect(new Set([...rows.values()].map(({ xid }) => xid)).size).toBe(1);
    for (const [n, { ids, deliveries }] of answers.entries()) {
      const its = ids.map((id) => rows.get(id));
      expect(its.map((row) => row?.payload)).toEqual(requests[n]?.map(({ payload }) => payload));
      expect(deliveries).toBe(its.reduce((sum, row) => sum + (row?.deliveries ?? NaN), 0));
    }
    expect(rows.size).toBe(requests.flat().length);
  });

  it('keep the order of their arrays', async () => {
    await addLane(database, 'a');
    const arrays = ['a', 'b', 'c', 'd'].map((name) =>
      Array.from({ length: 20 }, (_, n) => update('s', `${name}${String(n).padStart(2, '0')}`)),
    );
    await Promise.all(arrays.map((updates) => queue.enqueue(updates)));
    const left = (await inOrder()).map(({ payload }) => payload);
    for (const array of arrays) {
      const its = array.map(({ payload }) => payload);
      expect(left.filter((payload) => its.includes(payload))).toEqual(its);
    }
  });

  it('are stored without the one whose fan-out is too large', async () => {
    for (let n = 0; n < 50; n += 1) await addLane(database, `w${n}`);
    const sizes = [1, 3, 2, 1, 2];
    const attempts = sizes.map((size, n) => queue.enqueue(Array.from({ length: size }, () => update('s', `${n}`))));
    const results = await Promise.allSettled(attempts);
    expect(results.map((result) => result.status === 'fulfilled' && result.value.deliveries)).toEqual([
      50,
      false,
      100,
      50,
      100,
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'fan_out_too_large' } });
    expect(await payloads()).toEqual(['0', '2', '2', '3', '4', '4']);
  });

  it('are stored without the one that Postgres can’t take', async () => {
    await addLane(database, 'a');
    const updates = [update('s', '1'), update('s', 'a NUL: \0'), update('s', '3')];
    const results = await Promise.allSettled(updates.map((one) => queue.enqueue([one])));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await payloads()).toEqual(['1', '3']);
  });

  it('are stored without the one whose id was used for another', async () => {
    await queue.enqueue([update('s', '1', { id: 'i' })]);
    const updates = [update('s', '2'), update('s', '3', { id: 'i' }), update('s', '4')];
    const results = await Promise.allSettled(updates.map((one) => queue.enqueue([one])));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'id_conflict' } });
    expect(await payloads()).toEqual(['1', '2', '4']);
  });

  it('don’t wait for the one whose container somebody has locked', async () => {
    const lane = await addLane(database, 'sail', 'TASK');
    await database.query(`UPDATE hooktide.webhook SET format = 'sail' WHERE lane_id = $1`, [lane]);
    await queue.enqueue([task('locked', '0')]);
    let held: Promise<unknown> | undefined;
    await database.transaction(async (sql) => {
      await sql.query(`SELECT FROM hooktide.container WHERE id = 'locked' FOR UPDATE`);
      held = queue.enqueue([task('locked', '1')]);
      await Promise.all([queue.enqueue([task('free', '2')]), queue.enqueue([update('s', '3')])]);
      await waits();
      expect(await payloads()).toEqual(['0', '2', '3']);
    });
    await held;
    expect(await payloads()).toEqual(['0', '1', '2', '3']);
  });

  it('are all told when the connection breaks, and not sent again, as nobody knows what became of them', async () => {
    const results = database.transaction(async (sql) => {
      await sql.query('LOCK TABLE hooktide.webhook');
      const attempts = Promise.allSettled([1, 2, 3].map((n) => queue.enqueue([update('s', `${n}`)])));
      await waits();
      await sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return attempts;
    });
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await payloads()).toEqual([]);
    expect(await queue.enqueue([update('s', '4')])).toMatchObject({ deliveries: 0 });
  });
});

it('while one request is stuck, others are stored beside it', async () => {
  const lane = await addLane(database, 'sail', 'TASK');
  await database.query(`UPDATE hooktide.webhook SET format = 'sail' WHERE lane_id = $1`, [lane]);
  await queue.enqueue([task('locked', '0')]);
  let held: Promise<unknown> | undefined;
  await database.transaction(async (sql) => {
    await sql.query(`SELECT FROM hooktide.container WHERE id = 'locked' FOR UPDATE`);
    held = queue.enqueue([task('locked', '1')]);
    await waits();
    for (let n = 2; n < 7; n += 1) await queue.enqueue([update('s', `${n}`)]);
    expect(await payloads()).toEqual(['0', '2', '3', '4', '5', '6']);
  });
  await held;
});

it('what was answered before another came in leaves before it, and is seen at once', async () => {
  await addLane(database, 'a');
  let clock = 0;
  const spans = new Map<string, { began: number; answered: number }>();
  const client = async (name: string) => {
    for (let n = 0; n < 15; n += 1) {
      const began = (clock += 1);
      const payload = `${name}${n}`;
      const { ids } = await queue.enqueue([update('s', payload)]);
      spans.set(payload, { began, answered: (clock += 1) });
      expect(await database.query('SELECT FROM hooktide.update WHERE id = $1', ids)).toHaveLength(1);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(client));
  const left = (await inOrder()).map(({ payload }) => spans.get(payload));
  expect(left).toHaveLength(90);
  let latestBegin = 0;
  for (const span of left) {
    // Whatever has left already didn't begin after this one was answered.
    expect(latestBegin).toBeLessThan(span?.answered ?? 0);
    latestBegin = Math.max(latestBegin, span?.began ?? 0);
  }
});

describe('direct messages that come in together', () => {
  it('are stored in one transaction, in their order, each in the lane of its origin', async () => {
    await Promise.all(['http://a', 'http://b'].map((origin) => queue.enqueueMessage(message(origin, origin))));
    const names = Array.from({ length: 20 }, (_, n) => `m${String(n).padStart(2, '0')}`);
    // One that hasn't seen yet how long it takes puts all of them together.
    queue = openQueue();
    await Promise.all(names.map((id, n) => queue.enqueueMessage(message(id, n % 2 ? 'http://a' : 'http://b'))));
    const rows = await database.query<{ id: string; lane: string; xid: string }>(`
      SELECT u.client_id AS id, w.id AS lane, u.xmin::text AS xid FROM hooktide.delivery AS d
      JOIN hooktide.update AS u ON u.id = d.update_id JOIN hooktide.webhook AS w ON w.lane_id = d.lane_id
      WHERE u.client_id LIKE 'm%' ORDER BY d.id`);
    expect(rows.map(({ id }) => id)).toEqual(names);
    expect(rows.map(({ lane }) => lane)).toEqual(names.map((_, n) => `message:http://${n % 2 ? 'a' : 'b'}`));
    expect(new Set(rows.map(({ xid }) => xid)).size).toBe(1);
  });

  it('are stored without the one whose lane has the id of a webhook', async () => {
    await addLane(database, 'message:http://taken');
    const attempts = [message('1'), message('2', 'http://taken'), message('3')].map((m) => queue.enqueueMessage(m));
    const results = await Promise.allSettled(attempts);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await stored()).map(({ deliveries }) => deliveries)).toEqual([1, 1]);
  });
});
