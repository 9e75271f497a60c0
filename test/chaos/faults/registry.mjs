// Webhooks that are changed, paused, deleted and registered again while deliveries are on their way.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../clock.mjs';
import { ELSEWHERE, register } from '../world.mjs';

const CHANGE_EVERY_MILLIS = 150;
const LASTS = [500, 3_000];

/** @type {import('./catalogue.mjs').Faults} */
export const REGISTRY_FAULTS = {
  'move a webhook': {
    lasts: LASTS,
    draw: () => ({ on: 'moving' }),
    async begin({ api, receivers }, { lasts }) {
      const move = (to) =>
        api.ask('PATCH', '/api/webhooks/moving', JSON.stringify({ uri: receivers.get(to).uri('moving') }));
      for (let left = lasts; left > 0; left -= 2 * CHANGE_EVERY_MILLIS) {
        await move(ELSEWHERE);
        await pause(CHANGE_EVERY_MILLIS);
        await move('moving');
        await pause(CHANGE_EVERY_MILLIS);
      }
    },
  },
  'pause a webhook': {
    lasts: LASTS,
    draw: () => ({ on: 'pausing' }),
    async begin({ api }) {
      await api.ask('POST', '/api/webhooks/pausing/pause');
      return () => api.ask('POST', '/api/webhooks/pausing/resume');
    },
  },
  // What waited becomes dead letters; registered again, it gets those by a replay.
  'delete a webhook': {
    lasts: LASTS,
    draw: () => ({ on: 'passing' }),
    async begin(world) {
      const { api, trace } = world;
      const { lives } = trace.targets.find(({ name }) => name === 'passing');
      lives.at(-1).to = now();
      await api.ask('DELETE', '/api/webhooks?webhookId=passing');
      return async () => {
        await register(world, 'passing');
        await api.ask('POST', '/api/dead-letters/replay', '{"webhookId":"passing"}', [202]);
      };
    },
  },
};
