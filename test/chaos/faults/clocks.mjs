// Clocks that are set, and set right again.
import { happened } from './happened.mjs';

const LASTS = [1_500, 5_000];
const drawShift = (random) => ({ seconds: random.whole(60, 240) * (random.chance(0.5) ? 1 : -1) });

/** @type {import('./catalogue.mjs').Faults} */
export const CLOCK_FAULTS = {
  // Leases run out when it is set forth, and a lane may have two owners until the first has noticed.
  'set the clock of postgres': {
    lasts: LASTS,
    draw: (random) => ({ on: 'clock', ...drawShift(random) }),
    async begin(world, { seconds }) {
      const end = happened(world, 'clock of postgres set');
      await world.database.shiftClock(seconds);
      return async () => {
        await world.database.shiftClock(0);
        end();
      };
    },
  },
  // What was written down by the clock that was ahead has to be no obstacle by the one that is right.
  'crash with a clock that is ahead': {
    lasts: [2_500, 4_000],
    draw: (random) => ({ on: 'clock', seconds: random.whole(90, 240) }),
    async begin(world, { seconds }) {
      const { database, fleet } = world;
      const end = happened(world, 'clock of postgres set');
      await database.shiftClock(seconds);
      return async () => {
        await Promise.all(
          fleet.members.filter(({ roles }) => roles.includes('dispatch')).map((member) => fleet.kill(member)),
        );
        await database.shiftClock(0);
        end();
      };
    },
  },
  'set the clock of all processes': {
    lasts: LASTS,
    draw: (random) => ({ on: 'clocks', ...drawShift(random) }),
    async begin({ fleet }, { seconds }) {
      fleet.tell({ shiftMillis: seconds * 1_000 });
      return async () => fleet.tell({ shiftMillis: 0 });
    },
  },
};
