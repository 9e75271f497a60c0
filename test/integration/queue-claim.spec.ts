import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { claimNamed, claimOpenLanes, claimProbes } from '../../src/queue/sql/claim.js';
import { readClock } from '../../src/queue/sql/clock.js';
import { dropTried, dropBeyondCap, dropOverAge } from '../../src/queue/sql/drop.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { writeHealth } from '../../src/queue/sql/health.js';
import { release, renew } from '../../src/queue/sql/lease.js';
import { settleDelivered, settleFailed, type Result } from '../../src/queue/sql/settle.js';
import { addLane, connect, eachOnItsOwnDatabase, horizonAt, LIMITS, ME, update, updateOf } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url)));

const YOU = { ...ME, owner: 'you' };
let webhooks = 0;
/** A lane with one untried delivery for each of these subjects. */
const addLaneOf = async (...subjects: string[]): Promise<number> => {
  webhooks += 1;
  const id = await addLane(database, `w${webhooks}`);
  for (const subject of subjects) await addDelivery(id, subject);
  return id;
};
const addDelivery = async (laneId: number, subject: string): Promise<number> => {
  const [row] = await database.query<{ id: number }>(
    `WITH u AS (
       INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
       VALUES ('REQUEST', $2, 'UPDATED', $2, now(), '{}') RETURNING id)
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from) SELECT $1, id, $2, now() FROM u RETURNING id`,
    [laneId, subject],
  );
  return row?.id ?? 0;
};
const setLane = (id: number, assignment: string) =>
  database.query(`UPDATE hooktide.lane SET ${assignment} WHERE id = $1`, [id]);
const markTried = (laneId: number, ago: string) =>
  database.query(`UPDATE hooktide.delivery SET attempts = 1, tried_at = now() - $2::interval WHERE lane_id = $1`, [
    laneId,
    ago,
  ]);
const now = async (): Promise<Date> => {
  const [row] = await database.query<{ now: Date }>(`SELECT now() + interval '1 ms' AS now`);
  return row?.now ?? new Date();
};
const openLanes = async (lease = ME) =>
  (await claimOpenLanes(database, lease, { poll: await now(), after: 0, limit: 100 })).map(({ id }) => id);
const probeLanes = async (poll?: Date) =>
  (await claimProbes(database, ME, poll ?? (await now()), 100)).map(({ id }) => id);
const namedLanes = async (...ids: number[]) => (await claimNamed(database, ME, ids)).map(({ id }) => id);
const FAILING_ON_ONE = `failing_since = now(), failed_subjects = '{a}'`;
const FAILING_ON_TWO = `failing_since = now(), failed_subjects = '{a,b}'`;

describe('a claim', () => {
  it('gives no lane to two, however many ask at once', async () => {
    for (let n = 0; n < 50; n += 1) await addLaneOf('a');
    const poll = await now();
    const owners = Array.from({ length: 8 }, (_, n) => ({ owner: `o${n}`, leaseMillis: 30_000 }));
    const claims = await Promise.all(owners.map((o) => claimOpenLanes(database, o, { poll, after: 0, limit: 100 })));
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const more = await openLanes();
    expect([...ids, ...more]).toHaveLength(50);
  });

  it('hands a lane over when its lease has run out, under a higher fence', async () => {
    const lane = await addLaneOf('a');
    const [mine] = await claimNamed(database, ME, [lane]);
    expect(await claimNamed(database, YOU, [lane])).toEqual([]);
    await setLane(lane, `leased_until = now() - interval '1 ms'`);
    const [yours] = await claimNamed(database, YOU, [lane]);
    expect(yours?.fence).toBeGreaterThan(mine?.fence ?? Infinity);
  });

  it('brings lanes by id, a page at a time', async () => {
    const lanes = [await addLaneOf('a'), await addLaneOf('a'), await addLaneOf('a')];
    const poll = await now();
    const first = await claimOpenLanes(database, ME, { poll, after: 0, limit: 2 });
    const second = await claimOpenLanes(database, ME, { poll, after: lanes[1] ?? 0, limit: 2 });
    expect([first, second].map((page) => page.map(({ id }) => id).sort((a, b) => a - b))).toEqual([
      lanes.slice(0, 2),
      lanes.slice(2),
    ]);
  });

  it('takes no lane without deliveries, of a disabled webhook, or of a deleted one', async () => {
    await addLaneOf();
    const disabled = await addLaneOf('a');
    const deleted = await addLaneOf('a');
    await database.query('UPDATE hooktide.webhook SET disabled_at = now() WHERE lane_id = $1', [disabled]);
    await database.query('DELETE FROM hooktide.webhook WHERE lane_id = $1', [deleted]);
    const live = await addLaneOf('a');
    expect(await openLanes()).toEqual([live]);
  });

  it('looks at nothing below the floor of a lane', async () => {
    const lane = await addLaneOf('a');
    await setLane(lane, 'floor_id = 1');
    expect(await openLanes()).toEqual([]);
  });

  it('is not held up by an ingest that has not committed, nor is a settlement', async () => {
    const lane = await addLaneOf('a');
    const ingest = new pg.Client({ connectionString: database.url });
    await ingest.connect();
    await ingest.query('BEGIN');
    await enqueue(
      { query: async (statement, parameters) => (await ingest.query(statement, parameters as unknown[])).rows },
      [update('a'), update('b')],
      LIMITS,
    );
    const [mine] = await claimNamed(database, ME, [lane]);
    const result = {
      laneId: lane,
      fence: mine?.fence ?? 0,
      id: 1,
      updateId: await updateOf(database, 1),
      outcome: OUTCOME,
      attempts: 1,
      refusals: 0,
      retryInMillis: null,
      revision: 0,
    };
    expect(await settleDelivered(database, [result])).toEqual([{ id: lane }]);
    await renew(database, ME, [{ id: lane, fence: mine?.fence ?? 0 }], await horizonAt(database, 1));
    await ingest.query('COMMIT');
    await ingest.end();
    const waiting = await database.query<{ subject: string }>('SELECT subject FROM hooktide.delivery ORDER BY id');
    expect(waiting.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });
});

describe('a nudge', () => {
  it('claims a lane with untried deliveries', async () => {
    const lane = await addLaneOf('a');
    expect(await namedLanes(lane)).toEqual([lane]);
  });

  it('leaves what was tried to the poll', async () => {
    const lane = await addLaneOf('a');
    await markTried(lane, '1 hour');
    expect(await namedLanes(lane)).toEqual([]);
    expect(await openLanes()).toEqual([lane]);
  });

  it.each([
    ['rests', `resting_until = now() + interval '1 minute'`],
    ['has rested, and waits for its probe', `resting_until = now() - interval '1 minute'`],
    ['fails on two subjects', FAILING_ON_TWO],
    ['fails on the only subject that waits', FAILING_ON_ONE],
  ])('leaves a lane alone that %s', async (_, state) => {
    const lane = await addLaneOf('a');
    await setLane(lane, state);
    expect(await namedLanes(lane)).toEqual([]);
    expect(await openLanes()).toEqual([]);
  });

  it('opens a lane that fails on one subject as soon as another waits', async () => {
    const lane = await addLaneOf('a', 'b');
    await setLane(lane, FAILING_ON_ONE);
    const [claimed] = await claimNamed(database, ME, [lane]);
    expect(claimed).toMatchObject({ id: lane, failingMillis: null, failedSubjects: ['a'] });
  });
});

describe('a poll', () => {
  it('finds failed deliveries due once a poll, though it finds a lane twice', async () => {
    const lane = await addLaneOf('a');
    const { poll } = await readClock(database, 3_600_000);
    await markTried(lane, '0 s');
    expect(await claimOpenLanes(database, ME, { poll, after: 0, limit: 10 })).toEqual([]);
    await database.query(`UPDATE hooktide.delivery SET tried_at = $1::timestamptz - interval '1 ms'`, [poll]);
    expect(await claimOpenLanes(database, ME, { poll, after: 0, limit: 10 })).toHaveLength(1);
  });

  it.each([FAILING_ON_TWO, FAILING_ON_ONE])('probes a lane once, though two processes poll (%s)', async (state) => {
    const lane = await addLaneOf('a');
    await setLane(lane, state);
    const { poll } = await readClock(database, 3_600_000);
    const [mine] = await claimProbes(database, ME, poll, 10);
    expect(mine?.id).toBe(lane);
    await release(database, ME, [{ id: lane, fence: mine?.fence ?? 0 }], await horizonAt(database, 0));
    expect(await claimProbes(database, YOU, poll, 10)).toEqual([]);
    const next = new Date(poll.getTime() + 3_600_000);
    expect(await claimProbes(database, YOU, next, 10)).toHaveLength(1);
  });

  it('probes a lane when its rest is over, and not before', async () => {
    const lane = await addLaneOf('a');
    await setLane(lane, `resting_until = now() + interval '1 minute'`);
    expect(await probeLanes()).toEqual([]);
    await setLane(lane, 'resting_until = now()');
    expect(await probeLanes()).toEqual([lane]);
  });

  it('probes no lane that is well', async () => {
    await addLaneOf('a', 'b');
    expect(await probeLanes()).toEqual([]);
  });

  it('begins on one grid for all processes, by the clock of Postgres', async () => {
    const { poll, untilNextMillis } = await readClock(database, 10_000);
    expect(poll.getTime() % 10_000).toBe(0);
    expect(untilNextMillis).toBeGreaterThan(0);
    expect(untilNextMillis).toBeLessThanOrEqual(10_000);
  });
});

const OUTCOME = { reason: 'delivered', status: 200, detail: '', durationMillis: 5 } as const;
const LANE = `SELECT leased_by, failing_since, failed_subjects, resting_until, floor_id FROM hooktide.lane`;

describe('a late result of an older owner', () => {
  it('changes nothing', async () => {
    const lane = await addLaneOf('a', 'b', 'c');
    const [old] = await claimNamed(database, ME, [lane]);
    await setLane(lane, `leased_until = now() - interval '1 ms'`);
    await claimNamed(database, YOU, [lane]);
    const fence = old?.fence ?? 0;
    const result: Result = {
      laneId: lane,
      fence,
      id: 1,
      updateId: await updateOf(database, 1),
      outcome: OUTCOME,
      attempts: 1,
      refusals: 1,
      retryInMillis: null,
      revision: 0,
    };
    const before = await database.query(LANE);

    expect(await settleDelivered(database, [result])).toEqual([]);
    expect(await settleFailed(database, [result])).toEqual([]);
    expect(await dropTried(database, [result], 'over_age')).toEqual([]);
    const from = { laneId: lane, fence, revision: 0, inFlight: [], outcome: OUTCOME };
    expect(await dropBeyondCap(database, [{ ...from, most: 1 }])).toEqual([]);
    expect(await dropOverAge(database, [{ ...from, most: -1_000 }])).toEqual([]);
    const health = { failedSubjects: ['a', 'b'], succeeded: false, restMillis: 1_000, gone: true };
    expect(await writeHealth(database, [{ id: lane, fence, revision: 0, ...health }])).toEqual([]);
    const horizon = await horizonAt(database, 1);
    expect(await renew(database, ME, [{ id: lane, fence }], horizon)).toEqual(new Map());
    await release(database, ME, [{ id: lane, fence }], horizon);

    expect(await database.query(LANE)).toEqual(before);
    const rows = await database.query('SELECT attempts, refusals FROM hooktide.delivery');
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ attempts: 0, refusals: 0 })));
    expect(await database.query('SELECT 1 FROM hooktide.history')).toEqual([]);
    expect(await database.query('SELECT 1 FROM hooktide.webhook WHERE disabled_at IS NOT NULL')).toEqual([]);
  });

  it.each([
    ['success', settleDelivered],
    ['failure', settleFailed],
    ['drop', (sql: Sql, results: Result[]) => dropTried(sql, results, 'over_age')],
  ])('changes nothing when it (%s) meets the claim of the newer one half-way', async (_, write) => {
    const lane = await addLaneOf('a');
    const [old] = await claimNamed(database, ME, [lane]);
    const newer = new pg.Client({ connectionString: database.url });
    await newer.connect();
    await newer.query('BEGIN');
    await newer.query('UPDATE hooktide.lane SET fence = fence + 1');
    const result = {
      laneId: lane,
      fence: old?.fence ?? 0,
      id: 1,
      updateId: await updateOf(database, 1),
      outcome: OUTCOME,
      attempts: 1,
      refusals: 0,
      retryInMillis: null,
      revision: 0,
    };
    const late = write(database, [result]);
    await newer.query('COMMIT');
    await newer.end();
    expect(await late).toEqual([]);
    expect(await database.query('SELECT attempts FROM hooktide.delivery')).toEqual([{ attempts: 0 }]);
  });
});

const held = async (lane: number) => (await claimNamed(database, ME, [lane]))[0]?.fence ?? 0;

const floor = async () => (await database.query<{ floor_id: number }>('SELECT floor_id FROM hooktide.lane'))[0];

describe('a lease', () => {
  it('is its owner’s alone, though another has the same fence: of two servers, one may not know what the other gave out', async () => {
    const lane = await addLaneOf('a');
    const [mine] = await claimNamed(database, YOU, [lane]);
    const claim = [{ id: lane, fence: mine?.fence ?? 0 }];
    const horizon = await horizonAt(database, 0);
    expect((await renew(database, ME, claim, horizon)).size).toBe(0);
    await release(database, ME, claim, horizon);
    expect((await renew(database, YOU, claim, horizon)).size).toBe(1);
  });
});

describe('a floor', () => {
  it.each([
    ['renewed', renew],
    ['released', release],
  ])('moves up when the lane is %s, over what is gone and no further', async (_, write) => {
    const lane = await addLaneOf('a', 'b', 'c');
    const fence = await held(lane);
    const writeAt = async (id: number): Promise<unknown> => {
      await setLane(lane, `leased_by = '${ME.owner}', leased_until = now()`);
      await write(database, ME, [{ id: lane, fence }], await horizonAt(database, id));
      return floor();
    };
    expect(await writeAt(2)).toEqual({ floor_id: 0 });
    await database.query('DELETE FROM hooktide.delivery WHERE id <= 2');
    expect(await writeAt(2)).toEqual({ floor_id: 2 });
    expect(await writeAt(1)).toEqual({ floor_id: 2 });
  });

  it.each([
    ['renewed', renew],
    ['released', release],
  ])('stays where it is when the lane is %s by the horizon of another run of the server', async (_, write) => {
    const lane = await addLaneOf('a');
    const fence = await held(lane);
    await database.query('DELETE FROM hooktide.delivery');
    const { id, serverRun } = await horizonAt(database, 1_000);
    await write(database, ME, [{ id: lane, fence }], { id, serverRun: (serverRun ?? 0) - 1 });
    expect(await floor()).toEqual({ floor_id: 0 });
  });

  it('moves up to the first delivery that waits, though more do', async () => {
    const lane = await addLaneOf('a', 'b', 'c', 'd');
    const fence = await held(lane);
    await database.query('DELETE FROM hooktide.delivery WHERE id IN (1, 3)');
    const renewed = await renew(database, ME, [{ id: lane, fence }], await horizonAt(database, 4));
    expect(renewed.get(lane)).toMatchObject({ floorId: 1 });
    expect(await floor()).toEqual({ floor_id: 1 });
  });
});
