import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { Queue } from '../../src/queue/queue.js';
import { enqueueMessage } from '../../src/queue/sql/enqueue-message.js';
import { forgetOrigins } from '../../src/queue/sql/forget-origins.js';
import { ALL_IDS } from '../../src/queue/sql/update-ids.js';
import { messageQueue, sendTo } from '../setup/messages.js';
import { addLane, connect, eachOnItsOwnDatabase } from '../setup/queue.js';
import { until } from '../setup/until.js';

let database: Database;
let queue: Queue;
eachOnItsOwnDatabase((url) => {
  database = connect(url, 20);
  queue = messageQueue(database);
  return database;
});

const ORIGIN = 'http://receiver:8080';
const send = (uri = `${ORIGIN}/hook`) => sendTo(queue, uri);
const message = (id: string, uri = `${ORIGIN}/hook`) => ({
  id,
  payload: '{}',
  direct: { uri, retry: { policy: 'constant', delayMillis: 1_000 } as const, timeoutMillis: 1_000 },
});
/** Lanes by what they are named, with how many deliveries wait in them. */
const lanes = () =>
  database.query<{ id: number; name: string; isOpen: boolean; isKnown: boolean; waiting: number }>(`
    SELECT l.id, l.webhook_id AS name, l.closed_at IS NULL AS "isOpen", w.id IS NOT NULL AS "isKnown",
           (SELECT count(*) FROM hooktide.delivery AS d WHERE d.lane_id = l.id) AS waiting
    FROM hooktide.lane AS l LEFT JOIN hooktide.webhook AS w ON w.lane_id = l.id ORDER BY l.id`);
/** All was registered two hours ago. */
const age = () => database.query(`UPDATE hooktide.webhook SET registered_at = now() - interval '2 hours'`);
const arrive = () =>
  database.query(`
    WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
    INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
    SELECT update_id, lane_id, id, 1, now(), 200, 1 FROM gone`);
const bury = () =>
  database.query(`
    WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
    INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
    SELECT g.id, lane_id, webhook_id, update_id, subject, 'attempts_exhausted', 4
    FROM gone AS g JOIN hooktide.lane AS l ON l.id = lane_id`);
const somebodyWaits = () =>
  until(async () => {
    const waiting = await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  });

describe('the lane of an origin', () => {
  it('is opened once, however many messages are the first to it', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(`${n % 2 ? ORIGIN : 'HTTP://Receiver:8080'}/${n}?a`)));
    expect(await lanes()).toEqual([
      { id: expect.any(Number), name: `message:${ORIGIN}`, isOpen: true, isKnown: true, waiting: 20 },
    ]);
    await Promise.all(['http://receiver:8081/', 'https://receiver:8080/', 'http://receiver/'].map(send));
    expect((await lanes()).map(({ waiting }) => waiting)).toEqual([20, 1, 1, 1]);
  });

  it('is forgotten when nothing is known of it any more, and opened anew for the next message', async () => {
    await send();
    await database.query('DELETE FROM hooktide.delivery');
    await forgetOrigins(database);
    const [young] = await lanes();
    expect(young).toMatchObject({ isOpen: true, isKnown: true });
    await age();
    await forgetOrigins(database);
    expect(await lanes()).toMatchObject([{ isOpen: false, isKnown: false, waiting: 0 }]);
    await send();
    expect(await lanes()).toMatchObject([
      { id: young?.id, isOpen: false },
      { isOpen: true, isKnown: true, waiting: 1 },
    ]);
  });

  it('is forgotten with more others than go in one batch', async () => {
    await Promise.all(Array.from({ length: 250 }, (_, n) => send(`http://receiver-${n}/`)));
    await database.query(`DELETE FROM hooktide.delivery WHERE id % 50 > 0`);
    await age();
    await forgetOrigins(database);
    const kept = (await lanes()).filter(({ isKnown }) => isKnown);
    expect([kept.length, kept.every(({ isOpen, waiting }) => isOpen && waiting === 1)]).toEqual([5, true]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['something waits', () => Promise.resolve()],
    ['something is known to have arrived', arrive],
    ['a dead letter may be sent again', bury],
    [
      'it is paused',
      () =>
        database
          .query(`DELETE FROM hooktide.delivery`)
          .then(() => database.query(`UPDATE hooktide.webhook SET paused_at = now()`)),
    ],
  ])('is kept while %s', async (_, settle) => {
    await send();
    await settle();
    await age();
    await forgetOrigins(database);
    expect(await lanes()).toMatchObject([{ isOpen: true, isKnown: true }]);
  });

  it('is kept while a message is being queued, and nobody waits for the other', async () => {
    await send();
    await database.query('DELETE FROM hooktide.delivery');
    await age();
    await database.transaction(async (sql) => {
      await enqueueMessage(sql, message('held'));
      await forgetOrigins(database);
      expect(await lanes()).toMatchObject([{ isOpen: true, isKnown: true, waiting: 0 }]);
    });
    await forgetOrigins(database);
    expect(await lanes()).toMatchObject([{ isOpen: true, isKnown: true, waiting: 1 }]);
  });

  it('is opened anew for a message that came while it was being forgotten', async () => {
    await send();
    await database.query('DELETE FROM hooktide.delivery');
    let queued: Promise<unknown> = Promise.resolve();
    await database.transaction(async (sql) => {
      await sql.query(`SELECT FROM hooktide.webhook FOR UPDATE`);
      queued = send();
      await somebodyWaits();
      await sql.query(`UPDATE hooktide.lane SET closed_at = now()`);
      await sql.query(`DELETE FROM hooktide.webhook`);
    });
    await queued;
    expect(await lanes()).toMatchObject([
      { isOpen: false, isKnown: false, waiting: 0 },
      { isOpen: true, isKnown: true, waiting: 1 },
    ]);
  });
});

it('an origin whose name a client has taken for a webhook is refused, and nothing turns for ever', async () => {
  await addLane(database, `message:${ORIGIN}`);
  await expect(send()).rejects.toThrow(`message:${ORIGIN} is the id of a webhook`);
  expect(await database.query('SELECT FROM hooktide.update')).toEqual([]);
});

describe('the replay of a dead message', () => {
  it('keeps its uri, and the lane that its webhook-id names', async () => {
    const uri = `${ORIGIN}/Hook?a=%20&b#c`;
    await send(uri);
    const [lane] = await lanes();
    await bury();
    await age();
    await forgetOrigins(database);
    const any = { id: null, webhookId: null, reason: null, updateId: null, requestId: null, updates: ALL_IDS };
    const by = { name: 'a test', kind: 'command', address: null } as const;
    const entry = { by, action: 'message.replayed', target: null } as const;
    expect(await queue.replayDropped({ ...any, type: 'MESSAGE' }, entry)).toMatchObject({ replayed: 1, skipped: 0 });
    const laneId = lane?.id ?? 0;
    const want = { laneId, revision: 0, afterId: 0, limit: 10, poll: null, isOrdered: false };
    const { deliveries } = await queue.readHeads([want], [], 1_000_000);
    expect(deliveries).toMatchObject([
      { laneId, firstLaneId: laneId, attempts: 0, update: { type: 'MESSAGE', direct: { uri } } },
    ]);
  });
});
