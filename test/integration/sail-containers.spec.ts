import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addHook, hooksOf, stepIn, task, taskIdOf, toldIn, type Told } from '../setup/containers.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';

let database: TestDatabase;
let hooktide: Hooktide;
let receiver: Receiver;
beforeEach(async () => {
  database = await createTestDatabase();
  hooktide = await startHooktide({ database });
  receiver = await startReceiver();
});
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  await database.drop();
});

const hook = (application = 'web', of = receiver) => addHook(hooktide, application, of.url);
/** What arrived up to and with the `count`th, which is the last that was owed. */
const steps = async (count: number, of = receiver) => (await of.waitFor(count)).map(stepIn);
const told = async (count: number, of = receiver): Promise<Told[]> => (await of.waitFor(count)).map(toldIn);

describe('the changes of a container', () => {
  it('are told with the state before, over one array and over several requests', async () => {
    await hook();
    await hooktide.post(['LAUNCHED', 'STAGING', 'STARTING'].map((state) => task(state)));
    await hooktide.post(task('RUNNING'));
    await hooktide.post([task('KILLING'), task('KILLED', { message: 'Command terminated with signal Terminated' })]);
    const all = await told(4);
    expect(all.map((one) => `${one.prev_state}>${one.state}`)).toEqual([
      'CREATED>STARTING',
      'STARTING>RUNNING',
      'RUNNING>STOPPING',
      'STOPPING>STOPPED',
    ]);
    expect(all[3]).toMatchObject({
      service: 'web',
      application: 'web',
      id: taskIdOf(),
      data: { last_exit_status: { raw_exit_status: 15, reason: 'signaled', signal: 15 } },
      counters: { start: 1, post_attempts: 0 },
    });
  });

  it('are not told where there are none', async () => {
    await hook();
    const { deliveries } = await hooktide.post(['STAGING', 'LAUNCHED', 'STAGING'].map((state) => task(state)));
    expect(deliveries).toBe(0);
    await hooktide.post([task('RUNNING'), task('KILLING'), task('KILLING')]);
    await hooktide.post([task('CLEANING'), task('KILLED'), task('FINISHED')]);
    expect(await steps(3)).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPING', 'STOPPING>STOPPED']);
    await hooktide.post(task('RUNNING', { container: 'last' }));
    expect(await steps(4)).toHaveLength(4);
    expect(receiver.requests).toHaveLength(4);
  });

  it('are followed for each container of one array', async () => {
    await hook();
    const [a, b] = [{ container: 'a' }, { container: 'b' }];
    await hooktide.post([
      task('RUNNING', a),
      task('RUNNING', b),
      task('KILLING', a),
      task('FAILED', b),
      task('KILLED', a),
    ]);
    const all = await told(5);
    const of = (container: string) =>
      all.filter(({ id }) => id === taskIdOf({ container })).map((one) => `${one.prev_state}>${one.state}`);
    expect(of('a')).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPING', 'STOPPING>STOPPED']);
    expect(of('b')).toEqual(['CREATED>RUNNING', 'RUNNING>CRASHED']);
  });

  it('go on after a restart', async () => {
    await hook();
    await hooktide.post(task('RUNNING'));
    await receiver.waitFor(1);
    await hooktide.stop();
    hooktide = await startHooktide({ database });
    await hooktide.post([task('RUNNING'), task('LOST')]);
    expect(await steps(2)).toEqual(['CREATED>RUNNING', 'RUNNING>CRASHED']);
  });

  it('are known to a hook that comes later, from the updates before it', async () => {
    await hooktide.post([task('STARTING'), task('RUNNING'), task('STARTING', { container: 'other' })]);
    await hook();
    await hooktide.post([task('RUNNING'), task('KILLING')]);
    const [first] = await told(1);
    expect(first).toMatchObject({ prev_state: 'RUNNING', state: 'STOPPING', counters: { start: 1 } });
  });

  it('are known to a hook that comes later, though there was another before that saw less', async () => {
    const id = await hook();
    await hooktide.post(task('RUNNING'));
    await receiver.waitFor(1);
    await hooktide.api('DELETE', `/api/webhooks?webhookId=${encodeURIComponent(id)}`);
    await hooktide.post([task('KILLING'), task('KILLED')]);
    await hook();
    await hooktide.post([task('KILLED'), task('STARTING')]);
    expect(await steps(2)).toEqual(['CREATED>RUNNING', 'STOPPED>STARTING']);
  });

  it('of a state that nobody knew are told, too', async () => {
    await hook();
    await hooktide.post(['RUNNING', 'UNREACHABLE', 'RUNNING', 'UNKNOWN'].map((state) => task(state)));
    expect(await steps(4)).toEqual([
      'CREATED>RUNNING',
      'RUNNING>UNREACHABLE',
      'UNREACHABLE>RUNNING',
      'RUNNING>UNKNOWN',
    ]);
    expect((await told(4)).map(({ counters }) => counters.start)).toEqual([1, 1, 1, 1]);
  });

  it('of an update that is repeated are told once', async () => {
    await hook();
    const update = { ...task('RUNNING'), id: 'once' };
    await hooktide.post(update);
    await hooktide.post(update);
    await hooktide.post({ ...task('KILLING'), id: 'then' });
    expect(await steps(2)).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPING']);
  });

  it('are stored with the updates of all, and change nothing for other webhooks', async () => {
    const all = await startReceiver();
    await hooktide.register(all.url, 'TASK');
    await hook();
    await hooktide.post([task('STAGING'), task('LAUNCHED'), task('RUNNING')]);
    await receiver.waitFor(1);
    expect(await all.waitFor(3)).toHaveLength(3);
  });

  it('are not followed while nobody asks', async () => {
    await hooktide.post([task('RUNNING'), task('KILLED')]);
    expect(await hooktide.sql('SELECT FROM hooktide.task_state UNION ALL SELECT FROM hooktide.container')).toEqual([]);
  });
});

const starts = async (count: number) => (await told(count)).map(({ state, counters }) => `${state} ${counters.start}`);

describe('the starts of a container', () => {
  it('count its tasks, each of which starts it anew', async () => {
    await hook();
    for (const [runs, startedAt] of [1_546_300_861_234, 1_546_300_861_999, 1_546_300_900_000].entries()) {
      // Tasks are subjects of their own: one that came later may be told before.
      await receiver.waitFor(runs * 3);
      const run = ['LAUNCHED', 'STARTING', 'RUNNING', 'FAILED'].map((state) => task(state, { startedAt }));
      await hooktide.post(run);
    }
    expect(await starts(9)).toEqual([1, 2, 3].flatMap((n) => [`STARTING ${n}`, `RUNNING ${n}`, `CRASHED ${n}`]));
    const ids = new Set((await told(9)).map(({ id }) => id));
    expect(ids.size).toBe(3);
  });

  it('count several in one array', async () => {
    await hook();
    await hooktide.post(
      [1, 2, 3].flatMap((startedAt) => [task('RUNNING', { startedAt }), task('KILLED', { startedAt })]),
    );
    // Each task is a subject of its own: they may arrive in any order.
    expect((await starts(6)).toSorted()).toEqual(
      [1, 2, 3].flatMap((n) => [`RUNNING ${n}`]).concat([1, 2, 3].map((n) => `STOPPED ${n}`)),
    );
  });

  it('count one task that is started again', async () => {
    await hook();
    await hooktide.post(
      ['RUNNING', 'FAILED', 'RUNNING', 'FINISHED', 'STARTING', 'RUNNING'].map((state) => task(state)),
    );
    expect(await starts(6)).toEqual(['RUNNING 1', 'CRASHED 1', 'RUNNING 2', 'STOPPED 2', 'STARTING 3', 'RUNNING 3']);
  });

  it('are counted for each container', async () => {
    await hook();
    await hooktide.post(task('RUNNING', { container: 'a', startedAt: 1 }));
    await hooktide.post(task('RUNNING', { container: 'b', startedAt: 1 }));
    await hooktide.post(task('RUNNING', { container: 'a', startedAt: 2 }));
    const all = await told(3);
    expect(all.map(({ id, counters }) => `${id} ${counters.start}`).toSorted()).toEqual([
      'a-1-1 1',
      'a-2-1 2',
      'b-1-1 1',
    ]);
  });
});

describe('the application of a container', () => {
  it("is the update's, else its request's group, else its request", async () => {
    for (const application of ['app', 'team', 'web']) await hook(application);
    await hooktide.post([
      task('RUNNING', { container: 'a', group: 'team', application: 'app' }),
      task('RUNNING', { container: 'b', group: 'team' }),
      task('RUNNING', { container: 'c' }),
      task('RUNNING', { container: 'd', group: '' }),
      task('RUNNING', { container: 'e', group: 'x\0' }),
      task('RUNNING', { container: 'f', group: 'x'.repeat(256) }),
      task('RUNNING', { container: 'g', group: ['team'] }),
    ]);
    const all = await told(7);
    expect(all.map(({ id, application }) => `${id.charAt(0)} ${application}`).toSorted()).toEqual([
      'a app',
      'b team',
      'c web',
      'd web',
      'e web',
      'f web',
      'g web',
    ]);
  });

  it('has hooks of its own, and each of them gets all', async () => {
    const [second, other] = [await startReceiver(), await startReceiver()];
    await hook();
    await hook('web', second);
    await hook('other', other);
    await hook('we_', other);
    await hooktide.post([task('RUNNING'), task('KILLING'), task('RUNNING', { container: 'x', application: 'other' })]);
    expect(await steps(2)).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPING']);
    expect(await steps(2, second)).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPING']);
    expect(await told(1, other)).toMatchObject([{ application: 'other' }]);
    expect(other.requests).toHaveLength(1);
  });

  it('may have any name', async () => {
    const name = 'é_%\\ "app":x';
    await hook(name);
    expect((await hooktide.api('GET', hooksOf(name))).json).toEqual([{ url: receiver.url }]);
    await hooktide.post(task('RUNNING', { application: name }));
    expect(await told(1)).toMatchObject([{ application: name }]);
  });
});
