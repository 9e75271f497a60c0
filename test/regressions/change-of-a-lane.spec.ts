import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Poller } from '../../src/dispatch/poller.js';
import { Reaper } from '../../src/dispatch/reaper.js';
import {
  answer,
  attemptOf,
  attempts,
  bodies,
  changeSilently,
  CLAIM,
  database,
  dispatcher,
  eachWithItsOwnDispatcher,
  enqueue,
  events,
  poll,
  queue,
  READ_PROBES,
  TARGETS,
  wake,
  warmUp,
} from '../setup/dispatching.js';
import { addLane } from '../setup/queue.js';
import { until } from '../setup/until.js';

eachWithItsOwnDispatcher();

const change = (lane: number): Promise<void> => dispatcher.intake.change([lane]);
const handedBack = (): Promise<boolean> =>
  until(async () => (await database.query('SELECT FROM hooktide.lane WHERE leased_by IS NULL')).length > 0);

describe('word of a change', () => {
  it('that a lane knows of already does not shut it while an attempt hangs', async () => {
    const lane = await addLane(database);
    await warmUp();
    await enqueue('a1');
    await attemptOf('a1');
    await change(lane);
    await enqueue('b1');
    await attemptOf('b1');
    expect(bodies()).toEqual(['w0', 'a1', 'b1']);
  });

  it('that comes while another is being looked into counts', async () => {
    const lane = await addLane(database);
    await warmUp();
    await enqueue('a1', 'b1');
    await Promise.all([attemptOf('a1'), attemptOf('b1')]);
    await enqueue('c1', 'd1');
    const reaper = new Reaper(
      queue,
      { deadLetterHours: 1, historyHours: 1, idempotencyHours: 1, auditHours: 1 },
      1,
      { tell: async () => undefined },
      events,
    );
    const poller = new Poller(queue, wake, dispatcher, reaper, events);
    poller.start();
    await changeSilently(lane, "uri = 'http://new/'");
    const targets = database.holdNext(TARGETS, 'after');
    wake.emit('changed', [lane]);
    await targets.arrived;
    await changeSilently(lane, "uri = 'http://newer/'");
    wake.emit('changed', [lane]);
    targets.letGo();
    expect((await attemptOf('c1')).uri).toBe('http://newer/');
    await poller.stop(0);
  });

  it('that comes while the lane is claimed is not lost', async () => {
    const lane = await addLane(database);
    const claim = database.holdNext(CLAIM, 'after');
    await enqueue('a1');
    await claim.arrived;
    await changeSilently(lane, "uri = 'http://new/'");
    await change(lane);
    claim.letGo();
    expect((await attemptOf('a1')).uri).toBe('http://new/');
  });

  it('that never comes is found out by the next read', async () => {
    const lane = await addLane(database);
    await warmUp();
    await changeSilently(lane, "uri = 'http://new/'");
    await enqueue('a1');
    expect((await attemptOf('a1')).uri).toBe('http://new/');
  });

  it('that comes while its probe is read opens the lane for good', async () => {
    const lane = await addLane(database);
    await enqueue('a1');
    await answer(await attemptOf('a1'), 500);
    await handedBack();
    const probe = database.holdNext(READ_PROBES, 'before');
    void poll();
    await probe.arrived;
    await changeSilently(lane, "uri = 'http://new/'");
    await change(lane);
    await answer(await attemptOf('a1', 2), 200);
    await enqueue('b1');
    await attemptOf('b1');
    probe.letGo();
    await until(() => database.count(READ_PROBES) > 0);
    await turn();
    await enqueue('c1');
    await attemptOf('c1');
    expect(bodies()).toEqual(['a1', 'a1', 'b1', 'c1']);
  });
});

it('attempts to a receiver of before do not keep the new one waiting, however slow it is', async () => {
  const lane = await addLane(database);
  await warmUp();
  await enqueue('a1', 'b1');
  await Promise.all([attemptOf('a1'), attemptOf('b1')]);
  await changeSilently(lane, "uri = 'http://new/'");
  await change(lane);
  for (const body of ['c1', 'd1', 'e1']) {
    await enqueue(body);
    (await attemptOf(body)).answer(200, 2_000);
  }
  expect(attempts.slice(3).every(({ uri }) => uri === 'http://new/')).toBe(true);
});
