import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { readHeads, readProbes, type Want } from '../../src/queue/sql/read.js';
import { connect, eachOnItsOwnDatabase } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url, 4)));

const POLL = new Date();
const ALL_BYTES = 1_000_000;
const want = (fields: Partial<Want> = {}): Want => ({
  laneId: 1,
  revision: 0,
  afterId: 0,
  limit: 100,
  poll: POLL,
  isOrdered: true,
  ...fields,
});

interface Row {
  lane: number;
  attempts: number;
  refusals: number;
  /** Before the poll; negative: after it. */
  triedAgo: string;
  payload: string;
}

/** Stores another delivery of the update that this one is of, and answers with its id. */
const addTo = async (id: number, lane: number): Promise<number> => {
  const [added] = await database.query<{ id: number }>(
    `WITH l AS (
       INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE VALUES ($2::bigint, $2::bigint::text) ON CONFLICT DO NOTHING
     )
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
     SELECT $2, update_id, subject, age_from FROM hooktide.delivery WHERE id = $1 RETURNING id`,
    [id, lane],
  );
  return added?.id ?? 0;
};

/** Stores a delivery and answers with its id; ids begin at 1. */
const add = async (subject: string, fields: Partial<Row> = {}): Promise<number> => {
  const row = { lane: 1, attempts: 0, refusals: 0, triedAgo: '1 minute', payload: subject, ...fields };
  const [added] = await database.query<{ id: number }>(
    `WITH l AS (
       INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE VALUES ($1::bigint, $1::bigint::text) ON CONFLICT DO NOTHING
     ), u AS (
       INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
       VALUES ('REQUEST', $2, 'UPDATED', $2, now(), $7) RETURNING id)
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from, attempts, refusals, tried_at)
     SELECT $1, id, $2, now(), $3, $4, CASE WHEN $3 > 0 THEN $6::timestamptz - $5::interval END FROM u RETURNING id`,
    [row.lane, subject, row.attempts, row.refusals, row.triedAgo, POLL, row.payload],
  );
  return added?.id ?? 0;
};
const ids = async (wants: Want[], except: number[] = [], maxBytes = ALL_BYTES) =>
  (await readHeads(database, wants, except, maxBytes)).deliveries.map(({ id }) => id);

describe('a read', () => {
  it('brings nothing of a lane whose webhook has been changed since', async () => {
    await add('a');
    await add('a', { lane: 2 });
    await database.query('UPDATE hooktide.lane SET revision = 5 WHERE id = 1');
    expect(await ids([want({ revision: 4 }), want({ laneId: 2 })])).toEqual([2]);
    expect(await ids([want({ revision: 5 })])).toEqual([1]);
  });

  it('brings the oldest first, after a place and up to a limit', async () => {
    for (const subject of ['a', 'b', 'c', 'd']) await add(subject);
    expect(await ids([want({ afterId: 1, limit: 2 })])).toEqual([2, 3]);
  });

  it('leaves out what the caller holds, and counts it not towards the limit', async () => {
    for (const subject of ['a', 'b', 'c']) await add(subject);
    expect(await ids([want({ limit: 2 })], [1])).toEqual([2, 3]);
  });

  it('serves many lanes, each its own page', async () => {
    for (const lane of [1, 2, 1, 2, 1]) await add('a', { lane });
    const { deliveries } = await readHeads(
      database,
      [want({ limit: 2 }), want({ laneId: 2, afterId: 2 }), want({ laneId: 3 })],
      [],
      ALL_BYTES,
    );
    expect(deliveries.map(({ laneId, id }) => [laneId, id])).toEqual([
      [1, 1],
      [1, 3],
      [2, 4],
    ]);
  });

  it('tells of its snapshot, though nothing waits', async () => {
    const { deliveries, snapshot, cut } = await readHeads(database, [want()], [], ALL_BYTES);
    expect([deliveries, cut, snapshot.lastId]).toEqual([[], new Set(), 0]);
    expect(snapshot.oldestRunning).toBeLessThanOrEqual(snapshot.ownXid);
  });

  it.each([
    ['at a poll', POLL, [1]],
    ['at a nudge', null, []],
  ])('brings what failed before, %s', async (_, poll, expected) => {
    await add('a', { attempts: 1 });
    expect(await ids([want({ poll })])).toEqual(expected);
  });

  it('brings nothing that was tried since the poll began', async () => {
    await add('a', { attempts: 1, triedAgo: '0 s' });
    await add('b', { attempts: 1, triedAgo: '1 ms' });
    expect(await ids([want()])).toEqual([2]);
  });

  it('brings what was tried in the future: the clock was set back', async () => {
    await add('a', { attempts: 1, triedAgo: '-1 hour' });
    expect(await ids([want()])).toEqual([1]);
  });
});

describe('a delivery that failed', () => {
  it('holds up the later ones of its subject, those before it and other subjects not', async () => {
    await add('a');
    await add('a', { attempts: 1 });
    await add('a');
    await add('b');
    expect(await ids([want({ poll: null })])).toEqual([1, 4]);
    expect(await ids([want()])).toEqual([1, 2, 4]);
  });

  it('holds up no other lane', async () => {
    await add('a', { attempts: 1 });
    await add('a', { lane: 2 });
    expect(await ids([want({ laneId: 2 })])).toEqual([2]);
  });

  it('holds up its subject, though the caller has it in hand', async () => {
    await add('a', { attempts: 1 });
    await add('a');
    expect(await ids([want()], [1])).toEqual([]);
  });

  it.each([
    [2, 2, []],
    [3, 3, [2]],
    [9, 2, []],
    [9, 3, [2]],
  ])('%i times, refused %i times, lets pass %o', async (attempts, refusals, expected) => {
    await add('a', { attempts, refusals });
    await add('a');
    expect(await ids([want({ poll: null })])).toEqual(expected);
  });
});

describe('the byte budget', () => {
  const KILOBYTE = 'x'.repeat(1_000);

  it.each([
    [1, 1, true],
    [1_000, 1, true],
    [1_001, 2, true],
    [2_500, 3, true],
    [3_001, 4, false],
    [100_000, 4, false],
  ])('of %i bytes reads %i of four payloads of 1 000', async (maxBytes, count, isCut) => {
    for (const subject of ['a', 'b', 'c', 'd']) await add(subject, { payload: KILOBYTE });
    const { deliveries, cut } = await readHeads(database, [want()], [], maxBytes);
    expect(deliveries).toHaveLength(count);
    expect(cut.has(1)).toBe(isCut);
  });

  it('counts bytes, not characters', async () => {
    for (const subject of ['a', 'b', 'c']) await add(subject, { payload: '€'.repeat(1_000) });
    expect(await ids([want()], [], 3_001)).toEqual([1, 2]);
  });

  it('goes to all lanes in turns', async () => {
    for (let n = 0; n < 4; n += 1) await add('a', { lane: 1, payload: KILOBYTE });
    await add('a', { lane: 2, payload: KILOBYTE });
    const { deliveries, cut } = await readHeads(database, [want(), want({ laneId: 2 })], [], 2_000);
    expect(new Set(deliveries.map(({ laneId }) => laneId))).toEqual(new Set([1, 2]));
    expect(deliveries).toHaveLength(2);
    expect([...cut]).toEqual([1]);
  });

  it('leaves no gap within a lane', async () => {
    await add('a', { payload: KILOBYTE });
    await add('b', { payload: KILOBYTE });
    await add('c', { payload: 'small' });
    const { deliveries } = await readHeads(database, [want()], [], 1_000);
    expect(deliveries.map(({ id }) => id)).toEqual([1]);
  });

  it('pays for an update once, however many lanes want it', async () => {
    const first = await add('a', { payload: KILOBYTE });
    for (const lane of [2, 3]) await addTo(first, lane);
    await add('b', { payload: KILOBYTE });
    const wants = [1, 2, 3].map((laneId) => want({ laneId }));
    const { deliveries, cut } = await readHeads(database, wants, [], 1_000);
    expect(deliveries.map(({ id, laneId }) => [id, laneId])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(new Set(deliveries.map(({ update }) => update)).size).toBe(1);
    expect([...cut]).toEqual([1]);
  });

  it('doesn’t pay for an update that is known, nor read it again', async () => {
    await add('a', { payload: KILOBYTE });
    await add('b', { payload: KILOBYTE });
    const [held] = (await readHeads(database, [want({ limit: 1 })], [], ALL_BYTES)).deliveries;
    const known = (updateId: string) => (updateId === held?.update.updateId ? held.update : undefined);
    const { deliveries, cut } = await readHeads(database, [want()], [], 1_000, known);
    expect([deliveries.map(({ id }) => id), cut]).toEqual([[1, 2], new Set()]);
    expect(deliveries[0]?.update).toBe(held?.update);
  });

  it('leaves no gap before an update that is known', async () => {
    for (const payload of [KILOBYTE, KILOBYTE, KILOBYTE]) await add('a', { payload });
    const last = (await readHeads(database, [want({ afterId: 2 })], [], ALL_BYTES)).deliveries[0]?.update;
    const known = (updateId: string) => (updateId === last?.updateId ? last : undefined);
    const { deliveries, cut } = await readHeads(database, [want()], [], 1_000, known);
    expect([deliveries.map(({ id }) => id), cut]).toEqual([[1], new Set([1])]);
  });
});

const probe = async () => (await readProbes(database, [want({ limit: 1 })], ALL_BYTES)).deliveries[0]?.id;

describe('a probe', () => {
  it('is what was never tried, else what was tried longest ago', async () => {
    await add('a', { attempts: 1, triedAgo: '1 minute' });
    await add('b', { attempts: 3, triedAgo: '3 minutes' });
    await add('c', { attempts: 1, triedAgo: '2 minutes' });
    expect(await probe()).toBe(2);
    await add('d');
    await add('e');
    expect(await probe()).toBe(4);
  });

  it('is nothing that its subject has to wait for', async () => {
    await add('a', { attempts: 1 });
    await add('a');
    expect(await probe()).toBe(1);
  });

  it('is nothing that was tried in this poll', async () => {
    await add('a', { attempts: 1, triedAgo: '0 s' });
    expect(await probe()).toBeUndefined();
  });
});

describe('a delivery that is committed late, with a lower id', () => {
  it('is read, before the later ones of its subject', async () => {
    const ingest = new pg.Client({ connectionString: database.url });
    await ingest.connect();
    await ingest.query('BEGIN');
    const [update] = (
      await ingest.query<{ id: string }>(
        `INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
         VALUES ('REQUEST', 'a', 'UPDATED', 'a', now(), 'late') RETURNING id`,
      )
    ).rows;
    await ingest.query(
      `INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from) VALUES (1, $1, 'a', now())`,
      [update?.id],
    );
    await add('a');
    expect(await ids([want()])).toEqual([2]);
    await ingest.query('COMMIT');
    await ingest.end();
    expect(await ids([want()])).toEqual([1, 2]);
  });
});
