import { beforeEach, describe, expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { disableFailing } from '../../src/queue/sql/auto-disable.js';
import { forgetGone, noteHealth, readWatched, takeTurn } from '../../src/queue/sql/health-notices.js';
import { planOf, rowsOf } from '../setup/plan.js';
import { addLane, connect, eachOnItsOwnDatabase } from '../setup/queue.js';

/** Which webhooks there is something to tell of, by the times that Postgres knows: all is made so by writing these. */

const STEADY_MILLIS = 30_000;
const WEEK_MILLIS = 604_800_000;

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url, 3)));
let lane: number;
beforeEach(async () => {
  lane = await addLane(database);
});

const note = async (maxAgeMillis: number | null = WEEK_MILLIS) => {
  const watched = await readWatched(database, STEADY_MILLIS);
  return noteHealth(database, watched, { steadyMillis: STEADY_MILLIS, maxAgeMillis });
};
const isWatched = async () => (await readWatched(database, STEADY_MILLIS)).includes(lane);
const eventsOf = async (maxAgeMillis?: number | null) =>
  (await note(maxAgeMillis)).flatMap(({ webhookId, events }) => events.map((event) => `${webhookId} ${event}`));
const setLane = (columns: string) => database.query(`UPDATE hooktide.lane SET ${columns} WHERE id = $1`, [lane]);
const setWebhook = (columns: string) =>
  database.query(`UPDATE hooktide.webhook SET ${columns} WHERE lane_id = $1`, [lane]);
const setTold = (columns: string) =>
  database.query(`UPDATE hooktide.webhook_health SET ${columns} WHERE lane_id = $1`, [lane]);
const fail = (since: string, subjects = '{a,b}') =>
  setLane(`failing_since = now() - interval '${since}', failed_subjects = '${subjects}'`);
const work = () => setLane(`failing_since = NULL, failed_subjects = '{}', last_success_at = now()`);
/** A delivery that waits, and whose age counts since so long. */
const wait = (age: string, subject = 'a', attempts = 0) =>
  database.query(
    `WITH u AS (
       INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
       VALUES ('REQUEST', $2, 'UPDATED', $2, now(), '{}') RETURNING id
     )
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from, attempts, tried_at)
     SELECT $1, id, $2, now() - $3::interval, $4::int, CASE WHEN $4 > 0 THEN now() END FROM u`,
    [lane, subject, age, attempts],
  );

/** What arrived so long ago, at the last of so many attempts. */
const history = (attempts: number, ago: string) =>
  database.query(
    `INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, delivered_at, status, duration_millis)
     SELECT gen_random_uuid(), $1, nextval('hooktide.delivery_id_seq'), $2, now(), now() - $3::interval, 200, 1`,
    [lane, attempts, ago],
  );
/** What was dropped so long ago. */
const dead = (attempts: number, ago: string) =>
  database.query(
    `INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts, dropped_at)
     SELECT nextval('hooktide.delivery_id_seq'), $1, 'w', gen_random_uuid(), 's', 'over_cap', $2, now() - $3::interval`,
    [lane, attempts, ago],
  );

describe('there is something to tell of a webhook', () => {
  it.each([
    ['29 seconds', []],
    ['31 seconds', ['w FAILING']],
    ['83 hours 59 minutes', ['w FAILING']],
    ['84 hours 1 minute', ['w FAILING', 'w AGE_50']],
    ['125 hours 59 minutes', ['w FAILING', 'w AGE_50']],
    ['126 hours 1 minute', ['w FAILING', 'w AGE_50', 'w AGE_75']],
    ['151 hours 11 minutes', ['w FAILING', 'w AGE_50', 'w AGE_75']],
    ['151 hours 13 minutes', ['w FAILING', 'w AGE_50', 'w AGE_75', 'w AGE_90']],
  ])('that has been failing for %s: %j', async (since, expected) => {
    await fail(since);
    expect(await isWatched()).toBe(expected.length > 0);
    expect(await eventsOf()).toEqual(expected);
    expect(await eventsOf()).toEqual([]);
  });

  it.each([
    ['83 hours 59 minutes', []],
    ['84 hours 1 minute', ['w AGE_50']],
    ['152 hours', ['w AGE_50', 'w AGE_75', 'w AGE_90']],
  ])('that is paused, what has waited longest for %s: %j', async (age, expected) => {
    await setWebhook('paused_at = now()');
    await fail('160 hours');
    await wait(age);
    await wait('160 hours');
    expect(await eventsOf()).toEqual(expected);
  });

  it('with a limit of its own by that, and with none by nothing', async () => {
    await fail('2 hours');
    await setWebhook(`retry = '{"policy": "poll", "maxAgeHours": 3}'`);
    expect(await eventsOf()).toEqual(['w FAILING', 'w AGE_50']);
    await setWebhook(`retry = '{"policy": "poll", "maxAgeHours": 0}'`);
    await fail('1000 hours');
    expect(await eventsOf()).toEqual([]);
    await setWebhook('retry = NULL');
    expect(await eventsOf(null)).toEqual([]);
    expect(await eventsOf()).toEqual(['w AGE_75', 'w AGE_90']);
  });

  it('not of one where a single subject has failed and another waits', async () => {
    await fail('100 hours', '{a}');
    await wait('1 hour', 'a', 1);
    expect(await eventsOf()).toEqual(['w FAILING', 'w AGE_50']);
    await database.query('TRUNCATE hooktide.webhook_health');
    await wait('1 hour', 'b');
    expect(await eventsOf()).toEqual([]);
  });

  it('not of lanes of direct messages, nor of what is deleted', async () => {
    await fail('100 hours');
    await setWebhook(`origin = 'message'`);
    expect(await eventsOf()).toEqual([]);
    await setWebhook(`origin = 'sail'`);
    await setLane('closed_at = now()');
    expect(await eventsOf()).toEqual([]);
    await setLane('closed_at = NULL');
    expect(await eventsOf()).toEqual(['w FAILING', 'w AGE_50']);
  });
});

describe('a webhook that something was told of', () => {
  beforeEach(async () => {
    await fail('1 hour');
    await note();
    await setTold(`since = now() - interval '1 hour', told_at = now() - interval '1 hour'`);
  });

  it('works again when a delivery has arrived, and nothing failed since for three polls', async () => {
    await work();
    expect(await eventsOf()).toEqual([]);
    await setTold(`well_since = now() - interval '29 seconds'`);
    expect(await eventsOf()).toEqual([]);
    await setTold(`well_since = now() - interval '31 seconds'`);
    const [told] = await note();
    expect(told).toMatchObject({ events: ['RECOVERED'], failingSince: expect.any(Date) });
    expect(await database.query('SELECT FROM hooktide.webhook_health')).toEqual([]);
    expect(await isWatched()).toBe(false);
  });

  it('goes on failing when it fails again before that', async () => {
    await work();
    await note();
    await setTold(`well_since = now() - interval '29 seconds'`);
    await fail('1 second');
    expect(await eventsOf()).toEqual([]);
    await work();
    expect(await eventsOf()).toEqual([]);
    const [row] = await database.query<{ age: number }>(
      'SELECT extract(epoch FROM now() - well_since)::float8 AS age FROM hooktide.webhook_health',
    );
    expect(row?.age).toBeLessThan(20);
  });

  it('does not work again by being resumed alone, while something waits', async () => {
    await wait('1 hour');
    await setLane(`failing_since = NULL, failed_subjects = '{}'`);
    await note();
    await setTold(`well_since = now() - interval '1 minute'`);
    expect(await eventsOf()).toEqual([]);
    await database.query('DELETE FROM hooktide.delivery');
    expect(await eventsOf()).toEqual(['w RECOVERED']);
  });

  it('is told of when it is disabled, each time', async () => {
    await setWebhook(`disabled_at = now() - interval '30 minutes', disabled_reason = 'failing'`);
    expect(await note()).toMatchObject([{ events: ['DISABLED'], disabledReason: 'failing' }]);
    expect(await eventsOf()).toEqual([]);
    await setTold(`told_at = now() - interval '10 minutes'`);
    expect(await eventsOf()).toEqual([]);
    await setWebhook(`disabled_at = now() - interval '5 minutes', disabled_reason = NULL`);
    expect(await note()).toMatchObject([{ events: ['DISABLED'], disabledReason: 'gone' }]);
  });

  it('is forgotten with the webhook', async () => {
    await database.query('DELETE FROM hooktide.webhook');
    expect(await eventsOf()).toEqual([]);
    await forgetGone(database);
    expect(await database.query('SELECT FROM hooktide.webhook_health')).toEqual([]);
  });
});

describe('the share of attempts that succeeded', () => {
  it.each<[string, () => Promise<unknown>[], number | null]>([
    ['nothing was tried', () => [wait('1 hour')], null],
    ['all arrived at once', () => [history(1, '1 hour'), history(1, '2 hours')], 1],
    ['some arrived later', () => [history(1, '1 hour'), history(3, '2 hours')], 0.5],
    ['some were dropped', () => [history(1, '1 hour'), dead(3, '1 hour'), dead(0, '1 hour')], 0.25],
    ['some wait and have failed', () => [history(1, '1 hour'), wait('1 hour', 'a', 1)], 0.5],
    ['it was more than a day ago', () => [history(1, '1 hour'), history(9, '25 hours'), dead(9, '25 hours')], 1],
    ['it is no round number', () => [history(3, '1 hour')], 0.3333],
  ])('where %s', async (_, make, expected) => {
    await Promise.all(make());
    await fail('1 hour');
    const [told] = await note();
    expect(told?.successRate).toBe(expected);
  });
});

describe('a webhook is disabled for failing', () => {
  it.each([
    ['23 hours 59 minutes', false],
    ['24 hours 1 minute', true],
  ])('for %s: %s', async (since, expected) => {
    await fail(since);
    expect(await disableFailing(database, 24)).toEqual(expected ? [lane] : []);
    expect(await disableFailing(database, 24)).toEqual([]);
  });

  it.each([
    ['is paused', 'paused_at = now()'],
    ['is disabled already', 'disabled_at = now()'],
    ['is a topic of the config', `origin = 'config'`],
    ['is the lane of direct messages', `origin = 'message'`],
  ])('not where it %s', async (_, columns) => {
    await fail('1000 hours');
    await setWebhook(columns);
    expect(await disableFailing(database, 24)).toEqual([]);
  });

  it('and its dispatcher gets to know it', async () => {
    await fail('25 hours');
    const revision = async () => (await database.query<{ revision: number }>('SELECT revision FROM hooktide.lane'))[0];
    const before = await revision();
    await disableFailing(database, 24);
    expect((await revision())?.revision).toBe((before?.revision ?? 0) + 1);
  });
});

describe('whoever tells', () => {
  it('is alone', async () => {
    const turns = await database.transaction(async (one) => [
      await takeTurn(one),
      await database.transaction((other) => takeTurn(other)),
    ]);
    expect(turns).toEqual([true, false]);
    expect(await database.transaction((sql) => takeTurn(sql))).toBe(true);
  });

  it('looks at those alone that fail or are stopped, among 20 000', async () => {
    await database.query(
      `WITH l AS (INSERT INTO hooktide.lane (webhook_id) SELECT 'w' || n FROM generate_series(1, 20000) AS n RETURNING id, webhook_id)
       INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp") SELECT webhook_id, id, 'REQUEST', 'http://r/', 0 FROM l`,
    );
    await database.query(
      `UPDATE hooktide.lane SET failing_since = now() - interval '1 hour', failed_subjects = '{a,b}' WHERE id % 500 = 0`,
    );
    await database.query(`UPDATE hooktide.webhook SET paused_at = now() WHERE lane_id % 500 = 1`);
    await database.query('VACUUM ANALYZE hooktide.lane, hooktide.webhook, hooktide.webhook_health');
    const watched = await readWatched(database, STEADY_MILLIS);
    expect(watched).toHaveLength(81);
    const rules = { steadyMillis: STEADY_MILLIS, maxAgeMillis: WEEK_MILLIS };
    for (const work of [
      (sql: Sql) => readWatched(sql, STEADY_MILLIS),
      (sql: Sql) => noteHealth(sql, watched, rules),
      (sql: Sql) => disableFailing(sql, 24),
    ]) {
      const nodes = await planOf(database, ['lane', 'webhook'], work);
      expect(nodes.length).toBeGreaterThan(0);
      expect(rowsOf(nodes)).toBeLessThan(1_000);
    }
    expect(await note()).toHaveLength(40);
  });
});
