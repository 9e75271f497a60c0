// The receiver and the SNS server, as whoever asks a question sees them.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { end, forkScript } from './processes.mjs';

/** Three polls: whatever failed was tried again. */
const STALLED_MILLIS = 30_000;

export const startReceiver = (...args) => startCounting('receiver.mjs', ...args);
export const startSnsServer = () => startCounting('sns-server.mjs');

/** Starts one. Each question has its own, so that nothing of the one before arrives late. */
async function startCounting(...script) {
  const child = forkScript(...script);
  const [{ port }] = await once(child, 'message');
  const asked = new Map();
  child.on('message', (answer) => {
    asked.get(answer.ask)(answer);
    asked.delete(answer.ask);
  });
  let asks = 0;
  const ask = (question) =>
    new Promise((resolve, reject) => {
      asked.set(++asks, resolve);
      child.send({ ask: asks, ...question }, (error) => error && reject(error));
    });
  const count = () => ask({ reach: 0 });

  return {
    url: `http://127.0.0.1:${port}`,
    /** How many requests or messages have arrived, and when that was so. */
    count,
    /** The same, once so many have arrived. */
    async reach(target) {
      const reached = ask({ reach: target });
      for (let before = -1; ;) {
        const answer = await Promise.race([reached, pause(STALLED_MILLIS, null, { ref: false })]);
        if (answer) return answer;
        const { count: arrived } = await count();
        if (arrived === before) throw new Error(`${arrived} of ${target} deliveries arrived, and then no more.`);
        before = arrived;
      }
    },
    times: async () => (await ask({ times: true })).times,
    end: () => end(child),
  };
}
