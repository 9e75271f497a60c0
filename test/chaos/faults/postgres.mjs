// A Postgres that is restarted, full, or has no sessions left.
import { happened } from './happened.mjs';

/** Of all processes, from its beginning until it is over. */
const during = (kind, work) => ({
  async begin(world, fault) {
    const end = happened(world, kind);
    const lift = await work(world, fault);
    return async () => {
      await lift?.();
      end();
    };
  },
});

const restart = (kind, signal) => ({
  lasts: [0, 1_500],
  draw: () => ({ on: 'server' }),
  async begin(world, { lasts }) {
    const end = happened(world, kind);
    await world.postgres.restart(signal, lasts);
    end();
  },
});

/** @type {import('./catalogue.mjs').Faults} */
export const POSTGRES_FAULTS = {
  'restart postgres': restart('postgres restarted', 'SIGINT'),
  'crash postgres': restart('postgres crashed', 'SIGQUIT'),
  'end sessions': {
    lasts: [0, 0],
    draw: (random) => ({ on: 'sessions', nth: random.whole(1, 3) }),
    ...during('sessions ended', async ({ database }, { nth }) => void (await database.endSessions(nth))),
  },
  'no sessions': {
    lasts: [1_000, 4_000],
    draw: (random) => ({ on: 'sessions', most: random.whole(0, 4) }),
    ...during('no sessions left', async ({ database }, { most }) => {
      await database.limitSessions(most);
      await database.endSessions(1);
      return () => database.limitSessions(-1);
    }),
  },
  'full disk': {
    lasts: [500, 4_000],
    draw: () => ({ on: 'disk' }),
    ...during('disk full', async ({ database }) => {
      await database.fillDisk(true);
      return () => database.fillDisk(false);
    }),
  },
};
