// Processes that are killed, ended or stopped.
import { LEASE_MILLIS } from '../fleet.mjs';

const nameOf = (world, on) => world.fleet.members.find(({ name }) => name === on);

/** Started again when the fault is over. */
const kill = (names) => ({
  lasts: [300, 2_500],
  draw: (random) => ({ on: random.pick(names) }),
  async begin(world, { on, lasts }) {
    await world.fleet.kill(nameOf(world, on), lasts);
  },
});

const DISPATCHERS = ['dispatch-1', 'dispatch-2'];
const APIS = ['api-1', 'api-2'];

/** @type {import('./catalogue.mjs').Faults} */
export const PROCESS_FAULTS = {
  'kill dispatcher': kill(DISPATCHERS),
  'kill api': kill(APIS),
  'kill all': {
    lasts: [300, 1_500],
    draw: () => ({ on: 'all' }),
    async begin({ fleet }, { lasts }) {
      await Promise.all(fleet.members.map((member) => fleet.kill(member, lasts)));
    },
  },
  'terminate dispatcher': {
    lasts: [100, 100],
    draw: (random) => ({ on: random.pick(DISPATCHERS) }),
    begin: (world, { on }) => world.fleet.terminate(nameOf(world, on)).then(() => undefined),
  },
  // One at a time: the other one takes the lanes over, and has them when the first goes on.
  'stop dispatcher': {
    lasts: [LEASE_MILLIS + 1_000, LEASE_MILLIS + 2_500],
    rests: 3_000,
    draw: (random) => ({ on: 'dispatchers', whom: random.pick(DISPATCHERS) }),
    begin: async (world, { whom }) => world.fleet.stop(nameOf(world, whom)),
  },
  'stop api': {
    lasts: [1_000, 5_000],
    draw: (random) => ({ on: random.pick(APIS) }),
    begin: async (world, { on }) => world.fleet.stop(nameOf(world, on)),
  },
};
