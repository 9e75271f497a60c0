import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  answer,
  attemptOf,
  attempts,
  bodies,
  CLAIM,
  database,
  dispatcher,
  eachWithItsOwnDispatcher,
  enqueue,
  HEALTH,
  poll,
  READ,
  READ_PROBES,
  warmUp,
} from '../setup/dispatching.js';
import { addLane } from '../setup/queue.js';
import { until } from '../setup/until.js';

/** What only goes wrong when the database answers at a bad moment: the dispatcher over a slow or failing connection. */

eachWithItsOwnDispatcher();

describe('a read whose answer comes late', () => {
  it('brings no later update of a subject whose failure it did not see, though a poll began since', async () => {
    await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    const [failing] = [await attemptOf('a1'), await attemptOf('b1')];
    const read = database.holdNext(READ, 'after');
    await enqueue('a2');
    await read.arrived;
    await answer(failing, 500);
    void poll();
    read.letGo();
    await until(() => attempts.length > 3, 3_000);
    expect(bodies()).toEqual(['w0', 'a1', 'b1', 'a1']);
  });

  it('does not hide what a success has opened meanwhile', async () => {
    await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    await answer(await attemptOf('a1'), 500);
    const reads = database.count(READ);
    await enqueue('a2');
    await until(() => database.count(READ) > reads);
    await turn();
    void poll();
    const retried = await attemptOf('a1', 2);
    const read = database.holdNext(READ, 'after');
    await enqueue('c1');
    await read.arrived;
    await answer(retried, 200);
    read.letGo();
    await attemptOf('c1');
    await enqueue('a3');
    await until(() => attempts.length > 5, 3_000);
    expect(bodies().filter((body) => body.startsWith('a'))).toEqual(['a1', 'a1', 'a2']);
  });

  it('does not swallow a poll that began meanwhile', async () => {
    await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    await answer(await attemptOf('a1'), 500);
    // Two more reads, and nothing can appear any more before what was read.
    await enqueue('c1');
    await answer(await attemptOf('c1'), 200);
    const read = database.holdNext(READ, 'after');
    await enqueue('d1');
    await read.arrived;
    void poll();
    read.letGo();
    await attemptOf('d1');
    await attemptOf('a1', 2);
    expect(bodies()).toEqual(expect.arrayContaining(['w0', 'b1', 'c1', 'd1']));
  });
});

describe('a database that fails', () => {
  it('while a probe is read leaves the lane to be probed again', async () => {
    await addLane(database);
    await enqueue('a1');
    await answer(await attemptOf('a1'), 500);
    database.breakNext(READ_PROBES);
    await until(async () => {
      void poll();
      await dispatcher.keep();
      return attempts.length > 1;
    }, 3_000);
    expect(bodies()).toEqual(['a1', 'a1']);
  });

  it('while an attempt is written down counts that attempt once', async () => {
    await addLane(database);
    await enqueue('a1');
    const attempt = await attemptOf('a1');
    database.breakNext(HEALTH);
    attempt.answer(500);
    await until(() => database.count(HEALTH) > 0);
    expect(await database.query('SELECT attempts FROM hooktide.delivery')).toEqual([{ attempts: 1 }]);
  });
});

describe('a shutdown', () => {
  it('hands back lanes whose claim was under way', async () => {
    await addLane(database);
    const claim = database.holdNext(CLAIM, 'before');
    await enqueue('a1');
    await claim.arrived;
    const drained = dispatcher.drain(1_000);
    claim.letGo();
    await drained;
    await until(() => database.count(CLAIM) > 0);
    await turn();
    expect(await database.query('SELECT leased_by FROM hooktide.lane')).toEqual([{ leased_by: null }]);
  });
});
