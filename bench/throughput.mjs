// How many deliveries leave in a second, and what share of a loop that only sends is that? And of other queues?
// In turn: the loop; a queue that was filled beforehand; the whole service, which takes in what it delivers; the rivals'
// queues, filled beforehand with as many. All are counted at the receiver: the loop from a second after the first arrival
// on; the queues from a second after the 5 000th, when each process runs warm; the service, which begins with an empty
// queue, from a second after as many have arrived as are then kept waiting.
import { fill } from './fill.mjs';
import { register, startHooktide } from './hooktide.mjs';
import { whileBusy } from './keep-busy.mjs';
import { after, afterOrEmpty, measure, WARM_UP_MILLIS } from './measure.mjs';
import { end, forkScript } from './processes.mjs';
import { startReceiver } from './receive.mjs';
import { RIVALS } from './rivals.mjs';
import { mean } from './statistics.mjs';

const WEBHOOKS = 20;
const UPDATES_A_POST = 100;
/** The service has so many deliveries before it: two pages of each lane. */
const AHEAD = 20_000;
/** Fewer have waited: the client was too slow, and the service had to wait for it. */
const TOO_FEW = 1_000;
/** What the first run guesses of each queue, beside the loop; the others go by the one before. */
const GUESSED_RATIO = { queue: 0.7, boss: 0.4, worker: 0.2, batches: 0.7 };
const WARM_FROM = 5_000;
/** So that a queue which is faster than guessed isn't empty too soon. */
const MARGIN = 1.3;

/** Returns `{loop, queue, service, signed, boss, worker, batches}`, each a list of what a run measured. */
export async function measureThroughput(bench) {
  const { runs, say } = bench;
  const results = {
    loop: [await askLoop(bench)],
    queue: [],
    service: [],
    signed: [],
    boss: [],
    worker: [],
    batches: [],
  };
  for (let run = 1; run <= runs; run++) {
    const before = results.loop.at(-1).perSecond;
    const guess = (what) => results[what].at(-1)?.perSecond ?? before * GUESSED_RATIO[what];
    const found = { queue: await askQueue(bench, guess('queue')), service: await askService(bench) };
    found.signed = await askService(bench, { isSigned: true });
    const loop = await askLoop(bench);
    for (const [what, rival] of Object.entries(RIVALS)) found[what] = await askRival(bench, rival, guess(what));
    results.loop.push(loop);
    for (const [what, result] of Object.entries(found)) {
      results[what].push({ ...compare(result, found), ratio: result.perSecond / mean([before, loop.perSecond]) });
    }
    const rates = Object.entries(found).map(([what, { perSecond }]) => `${what} ${Math.round(perSecond)}`);
    say(
      `throughput ${run} of ${runs}: loops ${Math.round(before)}, ${Math.round(loop.perSecond)}, ${rates.join(', ')}`,
    );
  }
  return results;
}

/** What Hooktide is to a rival in the same run. */
const compare = (result, { queue, service }) => ({
  ...result,
  queueRatio: queue.perSecond / result.perSecond,
  serviceRatio: service.perSecond / result.perSecond,
});

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
  const deliveries = await fill(database, { uris: urisOf(receiver), deliveries: enough(perSecond, seconds) });
  await postgres.checkpoint();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['dispatch'] });
  const pids = { sender: service.pid, postgres: postgres.pid };
  const measured = await measure(receiver, pids, () => afterOrEmpty(seconds, receiver, deliveries), WARM_FROM);
  await cleanUp(service.end, receiver, database);
  return measured;
}

async function askRival({ postgres, seconds }, rival, perSecond) {
  const receiver = await startReceiver();
  const database = await postgres.createDatabase();
  const deliveries = enough(perSecond, seconds);
  await rival.fill(database, urisOf(receiver), deliveries);
  await postgres.checkpoint();
  const sender = rival.start(database);
  const pids = { sender: sender.pid, postgres: postgres.pid };
  const measured = await measure(receiver, pids, () => afterOrEmpty(seconds, receiver, deliveries), WARM_FROM);
  await cleanUp(() => end(sender), receiver, database);
  return measured;
}

async function askService({ postgres, folder, seconds, say }, options = {}) {
  const receiver = await startReceiver();
  const database = await postgres.createDatabase();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  await register(service.url, urisOf(receiver), options);
  await postgres.checkpoint();
  const load = { ahead: AHEAD, webhooks: WEBHOOKS, updates: UPDATES_A_POST };
  const pids = { sender: service.pid, postgres: postgres.pid };
  const measuring = () => measure(receiver, pids, () => after(seconds, receiver), AHEAD);
  const { fewest, ...measured } = await whileBusy(service.url, receiver, load, measuring);
  if (fewest < TOO_FEW) say(`the client was too slow: at times only ${fewest} deliveries waited`);
  await cleanUp(service.end, receiver, database);
  return measured;
}

const enough = (perSecond, seconds) => WARM_FROM + Math.ceil(MARGIN * perSecond * (seconds + WARM_UP_MILLIS / 1_000));

const urisOf = ({ url }) => Array.from({ length: WEBHOOKS }, (_, number) => `${url}/webhooks/${number}`);

async function cleanUp(endSender, receiver, database) {
  await endSender();
  await receiver.end();
  await database.drop();
}
