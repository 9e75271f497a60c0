// The way between Hooktide and Postgres: of one process, or of all.
import { happened } from './happened.mjs';

const WHOM = ['dispatch-1', 'dispatch-2', 'api-1', 'all'];

/** The address by which the proxy knows a process, and its id. */
function whoIs({ fleet }, on) {
  const run = fleet.members.find(({ name }) => name === on)?.run;
  return run && process.platform === 'linux' ? run : { address: '', id: null };
}

/** @param {import('../proxy.mjs').Mode} mode */
const way = (kind, mode, lasts) => ({
  lasts,
  draw: (random) => ({ on: random.pick(WHOM) }),
  async begin(world, { on }) {
    const { address, id } = whoIs(world, on);
    const end = happened(world, kind, id);
    world.proxy[mode](address);
    return async () => {
      await world.proxy.mend(address, mode);
      end();
    };
  },
});

/** @type {import('./catalogue.mjs').Faults} */
export const NETWORK_FAULTS = {
  'cut connections': {
    lasts: [0, 0],
    draw: (random) => ({ on: random.pick(WHOM) }),
    async begin(world, { on }) {
      const { address, id } = whoIs(world, on);
      const end = happened(world, 'connections cut', id);
      world.proxy.cut(address);
      end();
    },
  },
  'refuse connections': way('connections refused', 'refuse', [500, 3_000]),
  'swallow connections': way('connections swallowed', 'swallow', [1_000, 3_000]),
  'hold connections up': way('connections held up', 'hold', [500, 4_000]),
};
