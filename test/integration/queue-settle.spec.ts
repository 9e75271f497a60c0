import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { claimNamed, type ClaimedLane } from '../../src/queue/sql/claim.js';
import { dropBeyondCap, dropClosed, dropOverAge, dropOverAgeUntried, dropTried } from '../../src/queue/sql/drop.js';
import { writeHealth, type LaneHealth } from '../../src/queue/sql/health.js';
import { release } from '../../src/queue/sql/lease.js';
import { settleDelivered, settleFailed, type Result } from '../../src/queue/sql/settle.js';
import type { Outcome } from '../../src/updates/outcome.js';
import { addLane, connect, eachOnItsOwnDatabase, horizonAt, ME, updateOf } from '../setup/queue.js';

let database: Database;
let lane: ClaimedLane;
eachOnItsOwnDatabase((url) => (database = connect(url)));

const WEEK = 604_800_000;
const FAILED: Outcome = { reason: 'server_error', status: 500, detail: 'answered 500', durationMillis: 7 };

/** A lane that is claimed, with one untried delivery for each of these subjects; their ids begin at 1. */
const holdLane = async (...subjects: string[]): Promise<void> => {
  await addLane(database);
  await addDeliveries('w', subjects);
  const [claimed] = await claimNamed(database, ME, [1]);
  if (subjects.length > 0 && !claimed) throw new Error('The lane was not claimed.');
  if (claimed) lane = claimed;
};
const addDeliveries = (webhook: string, subjects: string[], age = '0 s') =>
  database.query(
    `WITH i AS MATERIALIZED (
       SELECT hooktide.new_update_id() AS id, subject, n FROM unnest($2::text[]) WITH ORDINALITY AS s(subject, n)
     ), u AS (
       INSERT INTO hooktide.update (id, type, request_id, state, subject, occurred_at, payload)
       SELECT id, 'REQUEST', subject, 'UPDATED', subject, now(), '{}' FROM i RETURNING id)
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
     SELECT w.lane_id, i.id, i.subject, now() - $3::interval
     FROM i CROSS JOIN (SELECT lane_id FROM hooktide.webhook WHERE id = $1) AS w ORDER BY i.n`,
    [webhook, subjects, age],
  );
const result = async (id: number, outcome: Partial<Outcome> = {}, attempts = 1, refusals = 0): Promise<Result> => ({
  laneId: lane.id,
  fence: lane.fence,
  id,
  updateId: await updateOf(database, id),
  outcome: { ...FAILED, ...outcome },
  attempts,
  refusals,
  retryInMillis: null,
  revision: 0,
});
const waiting = async (): Promise<number[]> =>
  (await database.query<{ id: number }>('SELECT id FROM hooktide.delivery ORDER BY id')).map(({ id }) => id);
const buried = () =>
  database.query<{ id: number; reason: string; outcome: Outcome | null; attempts: number; webhook_id: string }>(
    'SELECT id, reason, outcome, attempts, webhook_id FROM hooktide.dead_letter ORDER BY id',
  );

describe('a success', () => {
  it('leaves one row of history and nothing else', async () => {
    await holdLane('a', 'b');
    await settleFailed(database, [await result(1)]);
    expect(await settleDelivered(database, [await result(1, { status: 204 })])).toEqual([{ id: lane.id }]);
    expect(await waiting()).toEqual([2]);
    expect(
      await database.query(
        `SELECT lane_id, delivery_id, attempts, status, duration_millis, first_tried_at <= delivered_at AS sane
         FROM hooktide.history`,
      ),
    ).toEqual([{ lane_id: lane.id, delivery_id: 1, attempts: 2, status: 204, duration_millis: 7, sane: true }]);
  });

  it('that is written down twice leaves one row', async () => {
    await holdLane('a');
    for (let n = 0; n < 2; n += 1) await settleDelivered(database, [await result(1, { status: 200 })]);
    expect(await database.query('SELECT attempts FROM hooktide.history')).toEqual([{ attempts: 1 }]);
  });
});

describe('a result of a delivery that a failover forgot, whose id is another’s by now', () => {
  it.each([
    ['success', settleDelivered],
    ['failure', settleFailed],
    ['drop', (sql: Database, results: Result[]) => dropTried(sql, results, 'over_age')],
  ])('(%s) changes nothing', async (_, write) => {
    await holdLane('a');
    const mine = await result(1);
    const forgotten = { ...mine, updateId: await updateOf(database, 2) };
    await write(database, [forgotten]);
    expect(await database.query('SELECT attempts FROM hooktide.delivery')).toEqual([{ attempts: 0 }]);
    expect(await buried()).toEqual([]);
    await write(database, [mine]);
    expect(await database.query('SELECT FROM hooktide.delivery WHERE attempts = 0')).toEqual([]);
  });
});

describe('a failure', () => {
  it('keeps the delivery with its attempts and refusals, though written down twice', async () => {
    await holdLane('a');
    await settleFailed(database, [await result(1)]);
    const refused = await result(1, { reason: 'refused', status: 404 }, 2, 1);
    for (let n = 0; n < 2; n += 1) await settleFailed(database, [refused]);
    expect(
      await database.query(
        `SELECT attempts, refusals, outcome->>'reason' AS reason, first_tried_at < tried_at AS later
         FROM hooktide.delivery`,
      ),
    ).toEqual([{ attempts: 2, refusals: 1, reason: 'refused', later: true }]);
  });

  it('whose outcome holds quotes, backslashes and other scripts is kept as it is', async () => {
    await holdLane('a');
    const detail = 'said "no\\" and ¡olé! 🎉 {},NULL';
    await settleFailed(database, [await result(1, { detail })]);
    expect(await database.query(`SELECT outcome->>'detail' AS detail FROM hooktide.delivery`)).toEqual([{ detail }]);
  });
});

const write = async (fields: Partial<LaneHealth>) => {
  const health = { failedSubjects: [], succeeded: false, restMillis: null, gone: false, ...fields };
  const [written] = await writeHealth(database, [{ id: lane.id, fence: lane.fence, revision: 0, ...health }]);
  return written?.failingMillis ?? null;
};

const rest = async () => {
  const [row] = await database.query<{ seconds: number | null }>(
    'SELECT round(extract(epoch FROM resting_until - now()))::int AS seconds FROM hooktide.lane',
  );
  return row?.seconds;
};

const failingSince = () => database.query('SELECT failing_since FROM hooktide.lane');

describe('the health of a lane', () => {
  it.each([
    ['is failing when two subjects have failed', ['a', 'b', 'c'], ['a', 'b'], true],
    ['is failing when every waiting subject has failed', ['a', 'a'], ['a'], true],
    ['is not failing when one of several has', ['a', 'b'], ['a'], false],
    ['is not failing when none has', ['a', 'b'], [], false],
    ['takes subjects as they are', ['a"{},\\', 'b'], ['a"{},\\'], false],
  ])('%s', async (_, subjects, failedSubjects, isFailing) => {
    await holdLane(...subjects);
    expect((await write({ failedSubjects })) !== null).toBe(isFailing);
  });

  it('keeps its clock while it goes on failing, and starts anew after a success', async () => {
    await holdLane('a', 'b');
    await write({ failedSubjects: ['a', 'b'] });
    const first = await failingSince();
    await write({ failedSubjects: ['a', 'b'] });
    expect(await failingSince()).toEqual(first);
    await write({ failedSubjects: ['a', 'b'], succeeded: true });
    expect(await failingSince()).not.toEqual(first);
    await write({ succeeded: true });
    expect(await failingSince()).toEqual([{ failing_since: null }]);
  });

  it('rests to the latest time asked', async () => {
    await holdLane('a', 'b');
    await write({ failedSubjects: ['a'], restMillis: 60_000 });
    await write({ failedSubjects: ['a'], restMillis: 30_000 });
    expect(await rest()).toBe(60);
    await write({ failedSubjects: ['a'], restMillis: 90_000 });
    expect(await rest()).toBe(90);
  });

  it('rests on after another failure, and after a success that was under way, until its rest is over', async () => {
    await holdLane('a', 'b');
    await write({ failedSubjects: ['a'], restMillis: 60_000 });
    await write({ failedSubjects: ['a'] });
    await write({ succeeded: true });
    expect(await rest()).toBe(60);
    await database.query(`UPDATE hooktide.lane SET resting_until = now() - interval '1 ms'`);
    await write({ succeeded: true });
    expect(await rest()).toBeNull();
  });

  it('disables the webhook that is gone, and keeps its queue', async () => {
    await holdLane('a');
    await write({ failedSubjects: ['a'], gone: true });
    expect(await database.query('SELECT 1 AS one FROM hooktide.webhook WHERE disabled_at IS NOT NULL')).toHaveLength(1);
    expect(await waiting()).toEqual([1]);
  });
});

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

const from = (most: number, inFlight: number[] = []) => ({
  laneId: lane.id,
  fence: lane.fence,
  revision: 0,
  inFlight,
  outcome: FAILED,
  most,
});

describe('the cap', () => {
  it.each([49, 50, 51, 60, 1_060, 2_050])('of 50 keeps exactly the newest of %i', async (size) => {
    await holdLane(...numbers(1, size).map(String));
    await dropBeyondCap(database, [from(50)]);
    expect(await waiting()).toEqual(numbers(Math.max(1, size - 49), size));
    expect(await buried()).toHaveLength(Math.max(0, size - 50));
  });

  it('keeps what is in flight, though it is old', async () => {
    await holdLane(...numbers(1, 60).map(String));
    await dropBeyondCap(database, [from(50, [1, 5])]);
    expect(await waiting()).toEqual([1, 5, ...numbers(11, 60)]);
  });

  it('says why in the dead letter: its own outcome, else that of the attempt', async () => {
    await holdLane('a', 'b', 'c');
    await settleFailed(database, [await result(1, { reason: 'timeout' })]);
    await dropBeyondCap(database, [from(1)]);
    expect(await buried()).toMatchObject([
      { id: 1, reason: 'over_cap', attempts: 1, outcome: { reason: 'timeout' }, webhook_id: 'w' },
      { id: 2, reason: 'over_cap', attempts: 0, outcome: { reason: 'server_error' } },
    ]);
  });
});

/** Another lane that is claimed, as `from` says it. */
const addOther = async (uri: string, ...subjects: string[]) => {
  const id = await addLane(database, uri);
  await addDeliveries(uri, subjects);
  const [claimed] = await claimNamed(database, ME, [id]);
  return { ...from(1), laneId: id, fence: claimed?.fence ?? 0 };
};

describe('limits of many lanes at once', () => {
  it('drop beyond the cap of each, and say of each why', async () => {
    await holdLane('a', 'b', 'c');
    const other = await addOther('other', 'd', 'e', 'f', 'g');
    const outcome = { ...FAILED, reason: 'timeout' } as const;
    const dropped = await dropBeyondCap(database, [from(2), { ...other, most: 1, inFlight: [5], outcome }]);
    expect(dropped.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([1, 4, 6]);
    expect(await buried()).toMatchObject([
      { id: 1, outcome: { reason: 'server_error' }, webhook_id: 'w' },
      { id: 4, outcome: { reason: 'timeout' } },
      { id: 6, outcome: { reason: 'timeout' } },
    ]);
  });

  it('leave alone those that another process holds by now', async () => {
    await holdLane('a', 'b');
    const other = await addOther('other', 'c', 'd');
    const dropped = await dropBeyondCap(database, [{ ...from(1), fence: lane.fence - 1 }, other]);
    expect(dropped).toEqual([{ laneId: other.laneId, id: 3 }]);
  });
});

describe('the age', () => {
  it('of a lane drops what is older, but nothing in flight', async () => {
    await holdLane('new');
    await addDeliveries('w', ['old', 'older', 'flying'], '168 hours 1 second');
    await addDeliveries('w', ['young'], '167 hours 59 minutes');
    await dropOverAge(database, [from(WEEK, [4])]);
    expect(await waiting()).toEqual([1, 4, 5]);
    expect((await buried()).map(({ reason }) => reason)).toEqual(['over_age', 'over_age']);
  });

  it('drops a delivery whose attempt failed', async () => {
    await holdLane('a', 'b');
    await settleFailed(database, [await result(1)]);
    expect(await dropTried(database, [await result(1)], 'over_age')).toEqual([{ laneId: lane.id, id: 1 }]);
    expect(await waiting()).toEqual([2]);
    expect(await buried()).toMatchObject([{ id: 1, reason: 'over_age', attempts: 1 }]);
  });

  it('counts where nobody tries: for a disabled webhook, and only there', async () => {
    await holdLane('a');
    await addDeliveries('w', ['old'], '169 hours');
    await release(database, ME, [lane], await horizonAt(database, 0));
    expect(await dropOverAgeUntried(database, WEEK, ME.leaseMillis)).toEqual([]);
    await database.query('UPDATE hooktide.webhook SET disabled_at = now()');
    expect(await dropOverAgeUntried(database, WEEK, ME.leaseMillis)).toEqual([{ laneId: lane.id, id: 2 }]);
    expect(await waiting()).toEqual([1]);
  });
});

const close = () =>
  database.query('WITH w AS (DELETE FROM hooktide.webhook) UPDATE hooktide.lane SET closed_at = now()');

describe('a closed lane', () => {
  it('is emptied once it is handed back, and not before', async () => {
    await holdLane('a', 'b');
    await close();
    expect(await dropClosed(database, ME.leaseMillis)).toEqual([]);
    await database.query('UPDATE hooktide.lane SET leased_by = NULL, leased_until = NULL');
    expect(await dropClosed(database, ME.leaseMillis)).toHaveLength(2);
    expect(await buried()).toMatchObject([
      { id: 1, reason: 'webhook_deleted', outcome: null, webhook_id: 'w' },
      { id: 2, reason: 'webhook_deleted', outcome: null },
    ]);
  });

  it('is emptied when the lease of its owner has run out', async () => {
    await holdLane('a');
    await close();
    await database.query(`UPDATE hooktide.lane SET leased_until = now() - interval '1 ms'`);
    expect(await dropClosed(database, ME.leaseMillis)).toHaveLength(1);
  });

  it('is emptied in batches, whatever its size', async () => {
    await holdLane();
    await addDeliveries(
      'w',
      Array.from({ length: 2_500 }, () => 'a'),
    );
    await close();
    expect(await dropClosed(database, ME.leaseMillis)).toHaveLength(2_500);
    expect(await waiting()).toEqual([]);
  });

  it('is the only one that is emptied', async () => {
    await holdLane();
    await addDeliveries('w', ['a']);
    expect(await dropClosed(database, ME.leaseMillis)).toEqual([]);
  });
});
