// How many deliveries leave in a second, and what share of a loop that only sends is that?
// Three questions in turn: the loop; a queue that was filled beforehand; the whole service, which takes in what it
// delivers. All are counted at the receiver, from a second after the first arrival on. The service begins with an empty
// queue: it is counted from a second after as many have arrived as are then kept waiting.
import { setTimeout as pause } from 'node:timers/promises';
import { postUpdates, register, startHooktide } from './hooktide.mjs';
import { after, measure, WARM_UP_MILLIS } from './measure.mjs';
import { end, forkScript } from './processes.mjs';
import { startReceiver } from './receive.mjs';
import { mean } from './statistics.mjs';
import { nextUpdates } from './updates.mjs';

const WEBHOOKS = 20;
const FILL_WITH = 500;
const POST_WITH = 100;
const POSTERS = 4;
/** The service has so many deliveries before it: two pages of each lane. */
const AHEAD = 20_000;
/** Fewer have waited: the client was too slow, and the service had to wait for it. */
const TOO_FEW = 1_000;
/** What the first run guesses of the queue; the others go by the one before. */
const GUESSED_RATIO = 0.5;

/** Returns `{loop, queue, service}`, each a list of what a run measured; every two loops stand around a run. */
export async function measureThroughput(bench) {
  const { runs, say } = bench;
  const results = { loop: [await askLoop(bench)], queue: [], service: [] };
  for (let run = 1; run <= runs; run++) {
    const before = results.loop.at(-1);
    const guess = results.queue.at(-1)?.perSecond ?? before.perSecond * GUESSED_RATIO;
    const queue = await askQueue(bench, guess);
    const service = await askService(bench);
    const after = await askLoop(bench);
    const loop = mean([before.perSecond, after.perSecond]);
    results.queue.push({ ...queue, ratio: queue.perSecond / loop });
    results.service.push({ ...service, ratio: service.perSecond / loop });
    results.loop.push(after);
    const rates = [before, queue, service, after].map(({ perSecond }) => Math.round(perSecond));
    say(`throughput ${run} of ${runs}: loop, queue, service, loop: ${rates.join(', ')} a second`);
  }
  return results;
}

async function askLoop({ postgres, seconds }) {
  await postgres.checkpoint();
  const receiver = await startReceiver();
  const loop = forkScript('loop.mjs', receiver.url);
  const measured = await measure(receiver, { sender: loop.pid }, () => after(seconds, receiver));
  await end(loop);
  await receiver.end();
  return measured;
}

async function askQueue({ postgres, folder, seconds }, perSecond) {
  const receiver = await startReceiver();
  const database = await postgres.createDatabase();
  const updates = Math.ceil((perSecond * (seconds + WARM_UP_MILLIS / 1_000)) / WEBHOOKS);
  const api = await startHooktide({ folder, databaseUrl: database.url, roles: ['api'] });
  await register(api.url, urisOf(receiver));
  for (let left = updates; left > 0; left -= FILL_WITH) {
    await postUpdates(api.url, nextUpdates(Math.min(left, FILL_WITH)));
  }
  await api.end();
  await postgres.checkpoint();

  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['dispatch'] });
  const untilEmpty = () => receiver.reach(updates * WEBHOOKS);
  const measured = await measure(receiver, { sender: service.pid, postgres: postgres.pid }, untilEmpty);
  await cleanUp(service, receiver, database);
  return measured;
}

async function askService({ postgres, folder, seconds, say }) {
  const receiver = await startReceiver();
  const database = await postgres.createDatabase();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  await register(service.url, urisOf(receiver));
  await postgres.checkpoint();

  const done = new AbortController();
  const pids = { sender: service.pid, postgres: postgres.pid };
  const untilOver = () => after(seconds, receiver);
  const measuring = measure(receiver, pids, untilOver, AHEAD).finally(() => done.abort());
  const [measured, fewest] = await Promise.all([measuring, keepBusy(service.url, receiver, done.signal)]);
  if (fewest < TOO_FEW) say(`the client was too slow: at times only ${Math.max(0, fewest)} deliveries waited`);
  await cleanUp(service, receiver, database);
  return measured;
}

/** Posts as long as fewer than AHEAD wait. Returns how few did, once there had been enough. */
async function keepBusy(url, receiver, signal) {
  let owed = 0;
  let accepted = 0;
  let fewest = Infinity;
  const post = async () => {
    while (!signal.aborted) {
      const { count } = await receiver.count();
      if (accepted > AHEAD) fewest = Math.min(fewest, accepted - count);
      if (owed - count >= AHEAD) {
        await pause(10);
        continue;
      }
      owed += POST_WITH * WEBHOOKS;
      await postUpdates(url, nextUpdates(POST_WITH));
      accepted += POST_WITH * WEBHOOKS;
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, post));
  return fewest;
}

const urisOf = ({ url }) => Array.from({ length: WEBHOOKS }, (_, number) => `${url}/webhooks/${number}`);

async function cleanUp(service, receiver, database) {
  await service.end();
  await receiver.end();
  await database.drop();
}
