import { expect, it } from 'vitest';
import { Alarms } from '../../src/dispatch/alarms.js';
import {
  answer,
  attemptOf,
  bodies,
  database,
  DUE_TIMES,
  eachWithItsOwnDispatcher,
  enqueue,
  poll,
} from '../setup/dispatching.js';
import { addLane } from '../setup/queue.js';
import { until } from '../setup/until.js';

eachWithItsOwnDispatcher();

it('what falls due between the reads of a poll and its question for due times is not left to the next poll', async () => {
  await addLane(database);
  await database.query(`UPDATE hooktide.webhook SET retry = '{"policy": "constant", "delayMillis": 500}'`);
  await enqueue('a1');
  await answer(await attemptOf('a1'), 500);
  const question = database.holdNext(DUE_TIMES, 'before');
  void poll();
  await question.arrived;
  await until(async () => (await database.query('SELECT FROM hooktide.delivery WHERE due_at < now()')).length > 0);
  question.letGo();
  await attemptOf('a1', 2);
  expect(bodies()).toEqual(['a1', 'a1']);
});

it('an alarm never rings before its time', async () => {
  const early: number[] = [];
  const dueAt = new Map<number, number>();
  const alarms = new Alarms((lane) => {
    early.push((dueAt.get(lane) ?? 0) - performance.now());
    dueAt.delete(lane);
  });
  for (let lane = 1; lane <= 40; lane += 1) {
    // At the very end of a slice.
    const at = Math.ceil(performance.now() / 50 + (lane % 8)) * 50 - 0.001;
    dueAt.set(lane, at);
    alarms.set(lane, at - performance.now());
  }
  await until(() => dueAt.size === 0);
  expect(early.filter((millis) => millis > 0)).toEqual([]);
});

it('what is due in a lane that another process held until now is known to whoever claims it', async () => {
  await addLane(database);
  await database.query(`UPDATE hooktide.webhook SET retry = '{"policy": "constant", "delayMillis": 300}'`);
  await poll();
  // As another process leaves it, which set the alarm that this one knows nothing of.
  await database.query(
    `WITH u AS (
       INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
       VALUES ('REQUEST', 'b', 'UPDATED', 'b', now(), 'b1') RETURNING id)
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from, attempts, tried_at, due_at)
     SELECT 1, id, 'b', now(), 1, now(), now() + interval '300 ms' FROM u`,
  );
  await enqueue('c1');
  await answer(await attemptOf('c1'), 200);
  await attemptOf('b1');
  expect(bodies()).toEqual(['c1', 'b1']);
});
