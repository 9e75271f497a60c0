import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { IdConflictError } from '../../src/errors/errors.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { readHeads } from '../../src/queue/sql/read.js';
import type { Update } from '../../src/updates/update.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, update } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url)));

const addWebhook = (id: string, type?: string) => addLane(database, id, type);
const payloadsOf = async (laneId: number): Promise<string[]> => {
  const want = { laneId, revision: 0, afterId: 0, limit: 2_000, poll: null, isOrdered: true };
  return (await readHeads(database, [want], [], 1_000_000)).deliveries.map(({ update }) => update.payload);
};
const count = async (table: string): Promise<number> => {
  const [row] = await database.query<{ n: number }>(`SELECT count(*) AS n FROM hooktide.${table}`);
  return row?.n ?? -1;
};
const inTransaction = (updates: Update[]) => database.transaction((sql) => enqueue(sql, updates, LIMITS));

describe('an enqueue', () => {
  it('gives the updates ids in their order', async () => {
    const { ids } = await enqueue(
      database,
      Array.from({ length: 500 }, () => update('a')),
      LIMITS,
    );
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(500);
    expect(ids.every((id) => /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab]/.test(id))).toBe(true);
  });

  it('keeps the order of the array, in each lane', async () => {
    const lanes = [await addWebhook('x'), await addWebhook('y')];
    const payloads = Array.from({ length: 1_000 }, (_, n) => `${n}`);
    await enqueue(
      database,
      payloads.map((payload, n) => update(`s${n % 7}`, payload)),
      { ...LIMITS, maxFanOut: 10_000 },
    );
    for (const lane of lanes) expect(await payloadsOf(lane)).toEqual(payloads);
  });

  it('owes one delivery to each webhook of the type, and stores the payload once', async () => {
    const [first, second] = [await addWebhook('x'), await addWebhook('y')];
    const other = await addWebhook('z', 'DEPLOY');
    const enqueued = await enqueue(database, [update('a', '1'), update('b', '2')], LIMITS);
    expect(enqueued).toMatchObject({ deliveries: 4 });
    expect(new Set(enqueued.lanes)).toEqual(new Set([first, second]));
    expect(await payloadsOf(other)).toEqual([]);
    expect([await count('update'), await count('delivery')]).toEqual([2, 4]);
  });

  it('stores an update that nobody wants, and owes nothing for it', async () => {
    const enqueued = await enqueue(database, [update('a', '1')], LIMITS);
    expect(enqueued).toMatchObject({ deliveries: 0, lanes: [] });
    expect(enqueued.ids).toHaveLength(1);
    expect(await count('update')).toBe(1);
  });

  it.each([
    [3, 4, 'refused'],
    [4, 4, 'taken'],
  ])('with a limit of %i and %i deliveries is %s', async (maxFanOut, deliveries, outcome) => {
    await addWebhook('x');
    await addWebhook('y');
    const attempt = enqueue(database, [update('a', '1'), update('a', '2')], { ...LIMITS, maxFanOut });
    const code = await attempt.then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    expect(code).toBe(outcome === 'refused' ? 'HT001' : undefined);
    const stored = outcome === 'taken' ? [2, deliveries] : [0, 0];
    expect([await count('update'), await count('delivery')]).toEqual(stored);
  });

  it('that is refused leaves its idempotency ids free', async () => {
    await addWebhook('x');
    const one = update('a', '1', { id: 'i' });
    const refused = database.transaction((sql) => enqueue(sql, [one], { ...LIMITS, maxFanOut: 0 }));
    await expect(refused).rejects.toMatchObject({ code: 'HT001' });
    expect(await inTransaction([one])).toMatchObject({ deliveries: 1 });
  });

  it('counts the age from the update, but never from the future', async () => {
    await addWebhook('x');
    await enqueue(
      database,
      [
        update('a', 'past', { occurredAtMillis: Date.now() - 3_600_000 }),
        update('a', 'future', { occurredAtMillis: Date.now() + 3_600_000 }),
      ],
      LIMITS,
    );
    const rows = await database.query<{ hours: number }>(
      'SELECT round(extract(epoch FROM now() - age_from) / 3600)::int AS hours FROM hooktide.delivery ORDER BY id',
    );
    expect(rows).toEqual([{ hours: 1 }, { hours: 0 }]);
  });
});

const array = (order: string[]) => order.map((id) => update('a', id, { id }));

describe('an idempotency id', () => {
  it('makes the same update, sent again, count once', async () => {
    const lane = await addWebhook('x');
    const one = update('a', '1', { id: 'i' });
    const first = await inTransaction([one]);
    const again = await inTransaction([one, update('a', '2')]);
    expect(first.ids).toEqual(['i']);
    expect(again).toMatchObject({ deliveries: 1 });
    expect(again.ids[0]).toBe('i');
    expect(await payloadsOf(lane)).toEqual(['1', '2']);
  });

  it('twice in one array with one content counts once, at its first place', async () => {
    const lane = await addWebhook('x');
    const sameTwice = [update('a', '1', { id: 'i' }), update('a', '2', { id: 'j' }), update('a', '1', { id: 'i' })];
    const { ids } = await inTransaction(sameTwice);
    expect(ids).toEqual(['i', 'j', 'i']);
    expect(await payloadsOf(lane)).toEqual(['1', '2']);
  });

  it.each([
    ['another payload', { payload: '2' }],
    ['another type', { type: 'DEPLOY' as const }],
    ['another application', { application: 'shop' }],
  ])('under %s is refused, and nothing of that request is stored', async (_, fields) => {
    await addWebhook('x');
    await inTransaction([update('a', '1', { id: 'i' })]);
    const other = [update('a', '3'), update('a', '1', { id: 'i', ...fields })];
    await expect(inTransaction(other)).rejects.toThrow(IdConflictError);
    expect(await count('delivery')).toBe(1);
  });

  it('is free again when its time is over', async () => {
    await addWebhook('x');
    await inTransaction([update('a', '1', { id: 'i' })]);
    await database.query(`UPDATE hooktide.idempotency_id SET accepted_at = now() - interval '168 hours 1 second'`);
    expect(await inTransaction([update('a', '2', { id: 'i' })])).toMatchObject({ deliveries: 1 });
  });

  it('sent by many at once is delivered once', async () => {
    const lane = await addWebhook('x');
    await Promise.all(Array.from({ length: 8 }, () => inTransaction([update('a', '1', { id: 'i' })])));
    expect(await payloadsOf(lane)).toEqual(['1']);
  });

  it('taken by arrays in opposite order makes none of them wait in a ring', async () => {
    await addWebhook('x');
    const ids = Array.from({ length: 200 }, (_, n) => `i${n}`);
    for (let round = 0; round < 5; round += 1) {
      const fresh = ids.map((id) => `${round}-${id}`);
      await Promise.all([
        inTransaction(array(fresh)),
        inTransaction(array(fresh.toReversed())),
        inTransaction(array(fresh)),
        inTransaction(array(fresh.toReversed())),
      ]);
    }
    expect(await count('delivery')).toBe(1_000);
  });
});
