import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  attemptOf,
  attempts,
  bodies,
  database,
  eachWithItsOwnDispatcher,
  enqueue,
  READ,
} from '../setup/dispatching.js';
import { addLane } from '../setup/queue.js';
import { until } from '../setup/until.js';

const BEYOND_CAP = 'AND NOT d.is_replay AND d.id <> ALL';

eachWithItsOwnDispatcher();

it('what the cap is about to drop does not leave meanwhile, where a failing lane goes on to a rhythm of its own', async () => {
  await addLane(database);
  await database.query(`UPDATE hooktide.webhook SET retry = '{"policy": "constant", "delayMillis": 600000}'`);
  await database.query(
    `UPDATE hooktide.lane SET failing_since = now() - interval '1 minute', failed_subjects = '{x,y}'`,
  );
  await enqueue('a1');
  const failing = await attemptOf('a1');
  await enqueue(...Array.from({ length: 60 }, (_, i) => `b${i + 1}`));
  const [read, drop] = [database.holdNext(READ, 'before'), database.holdNext(BEYOND_CAP, 'before')];
  failing.answer(500);
  await Promise.all([read.arrived, drop.arrived]);
  const reads = database.count(READ);
  read.letGo();
  await until(() => database.count(READ) > reads);
  await turn();
  drop.letGo();
  await until(() => attempts.length > 1);
  expect(bodies()).toEqual(['a1', 'b11']);
});
