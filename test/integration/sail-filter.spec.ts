import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addHook, stepIn, task } from '../setup/containers.js';
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

describe('a webhook of the format sail', () => {
  it('is told of containers by its filter, as of their states', async () => {
    const filter = { applications: ['team-*'], requestIds: ['web'], states: ['TASK_KILLED', 'TASK_FAILED'] };
    const webhook = { id: 'w', uri: receiver.url, type: 'TASK', format: 'sail', filter };
    expect((await hooktide.api('POST', '/api/webhooks', webhook)).json).toBe('CREATED');
    const group = 'team-a';
    await hooktide.post([
      task('RUNNING', { group }),
      task('KILLED', { group }),
      task('FAILED', { group, request: 'db' }),
    ]);
    await hooktide.post([task('FAILED', { container: 'x', group: 'b' }), task('FAILED', { container: 'y', group })]);
    expect(await steps(2)).toEqual(['RUNNING>STOPPED', 'CREATED>CRASHED']);
  });
});

const whyOf = async (update: object) => {
  const { ids } = await hooktide.post(update);
  const { json } = await hooktide.api('GET', `/api/updates/${ids[0]}`);
  return (json.deliveries.items as { state: string; why: { code: string; detail: string } }[]).map(({ why }) => why);
};

describe('why a hook got nothing', () => {
  it('is told of an update that changes no container, and of another application', async () => {
    await hook();
    await hooktide.post(task('RUNNING'));
    expect(await whyOf(task('RUNNING'))).toEqual([
      {
        code: 'no_change',
        detail:
          'Its filter lets changes of a container pass, and the update is none: its container was in this state before',
      },
    ]);
    expect(await whyOf(task('KILLING', { group: 'team' }))).toEqual([
      { code: 'filter_application', detail: 'Its filter lets applications "web" pass, and the update has "team"' },
    ]);
  });

  it('is that it came later, of what nobody followed', async () => {
    const { ids } = await hooktide.post(task('RUNNING'));
    await hook();
    const { json } = await hooktide.api('GET', `/api/updates/${ids[0]}`);
    expect(json.deliveries.items).toMatchObject([{ state: 'none', why: { code: 'registered_later' } }]);
  });
});
