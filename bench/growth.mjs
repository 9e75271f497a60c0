// What does a delivery cost where more waits, more want it, or more is in it? Four series, each against its first row:
// queued: the whole service with 1 000, 100 000 and 1 000 000 deliveries waiting all the time, of which it takes in as
// many as it delivers. Webhooks: a full queue for 1, 100 and 10 000. Payloads: the same with bodies of 1, 16 and 256 KiB.
// Fan-out: one update to 10 000 webhooks, from the request to the last POST. All queues are filled by SQL.
import { askFanOut, describeFanOut } from './fan-out.mjs';
import { fill, query } from './fill.mjs';
import { startHooktide } from './hooktide.mjs';
import { whileBusy } from './keep-busy.mjs';
import { after, afterOrEmpty, measure, WARM_UP_MILLIS } from './measure.mjs';
import { startReceiver } from './receive.mjs';
import { above, below, COST_HEAD, medianOf, rateRow, table, whole } from './tables.mjs';

const WEBHOOKS = 20;
const QUEUED = [1_000, 100_000, 1_000_000];
const MANY_WEBHOOKS = [1, 100, 10_000];
const PAYLOADS = [1, 16, 256];
/** A process runs warm by then; large payloads take a fifth of the queue for it. */
const WARM_FROM = 5_000;
/** Few, so that 1 000 are not waited for in one piece. */
const UPDATES_A_POST = 10;
/** More than leave in a second. */
const GUESSED_PER_SECOND = 18_000;
const GUESSED_BYTES_PER_SECOND = 800e6;
const LEAST_RATIO = 0.8;
const MOST_MEGABYTES = 250;

/** Returns `{queued, webhooks, payloads, fanOut}`: lists of what each run measured, the first three by size. */
export async function measureGrowth(bench) {
  const queues = [];
  for (const size of QUEUED) queues.push(await openQueue(bench, size));
  const results = { queued: {}, webhooks: {}, payloads: {}, fanOut: [] };
  for (let run = 1; run <= bench.runs; run++) {
    const note = (series, size, measured) => {
      (results[series][size] ??= []).push(measured);
      bench.say(`growth ${run} of ${bench.runs}, ${series} ${size}: ${Math.round(measured.perSecond)} a second`);
    };
    for (const queue of queues) note('queued', queue.size, await askQueued(bench, queue));
    for (const size of MANY_WEBHOOKS) note('webhooks', size, await askFull(bench, size, 1));
    for (const size of PAYLOADS) note('payloads', size, await askFull(bench, WEBHOOKS, size));
    results.fanOut.push(await askFanOut(bench));
  }
  for (const { database, receiver } of queues) {
    await receiver.end();
    await database.drop();
  }
  for (const series of ['queued', 'webhooks', 'payloads']) compare(Object.values(results[series]));
  return results;
}

/** Each run is held against the same run of the first size. */
function compare([first, ...others]) {
  for (const results of others)
    results.forEach((result, run) => (result.ratio = result.perSecond / first[run].perSecond));
}

/** Filled once: each run leaves behind as many as it found. */
async function openQueue({ postgres, say }, size) {
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  await fill(database, { uris: urisOf(receiver, WEBHOOKS), deliveries: size });
  say(`growth: ${size} deliveries wait`);
  return { size, receiver, database };
}

async function askQueued({ postgres, folder, seconds, say }, { size, receiver, database }) {
  const waiting = await query(database, async (client) => {
    const { rows } = await client.query('SELECT count(*)::int AS waiting FROM hooktide.delivery');
    return rows[0].waiting;
  });
  await postgres.checkpoint();
  const { count: before } = await receiver.count();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  const load = { ahead: size, webhooks: WEBHOOKS, updates: UPDATES_A_POST, waiting };
  const pids = { sender: service.pid, postgres: postgres.pid };
  const measuring = () => measure(receiver, pids, () => after(seconds, receiver), before + WARM_FROM);
  const { fewest, ...measured } = await whileBusy(service.url, receiver, load, measuring);
  if (fewest < size / 4) say(`the client was too slow: at times only ${fewest} of ${size} deliveries waited`);
  // Told to finish, it leaves no lease behind that the next run had to wait for.
  await service.stop();
  return measured;
}

async function askFull({ postgres, folder, seconds }, webhooks, kibibytes) {
  const bytes = kibibytes * 1024;
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  const perSecond = Math.min(GUESSED_PER_SECOND, GUESSED_BYTES_PER_SECOND / bytes);
  const wanted = perSecond * (seconds + 2 * (WARM_UP_MILLIS / 1_000));
  const deliveries = await fill(database, { uris: urisOf(receiver, webhooks), deliveries: wanted, bytes });
  await postgres.checkpoint();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['dispatch'] });
  const pids = { sender: service.pid, postgres: postgres.pid };
  const untilOver = () => afterOrEmpty(seconds, receiver, deliveries);
  const measured = await measure(receiver, pids, untilOver, Math.min(WARM_FROM, Math.ceil(deliveries / 5)));
  await service.end();
  await receiver.end();
  await database.drop();
  return measured;
}

const urisOf = ({ url }, count) => Array.from({ length: count }, (_, number) => `${url}/webhooks/${number}`);

const rows = (series, name) => Object.entries(series).map(([size, results]) => rateRow(name(whole(size)), results));

export function describeGrowth({ queued, webhooks, payloads, fanOut }) {
  const most = queued[QUEUED.at(-1)];
  const head = ['', 'deliveries/s', '÷ the first', ...COST_HEAD];
  const hold = ['to hold', '', `≥ ${LEAST_RATIO}`, '', '', `≤ ${MOST_MEGABYTES}`];
  return {
    tables: [
      table(head, [...rows(queued, (size) => `whole service, ${size} queued`), hold]),
      table(
        head,
        rows(webhooks, (size) => `${size} ${size === '1' ? 'webhook' : 'webhooks'}`),
      ),
      table(
        head,
        rows(payloads, (size) => `payloads of ${size} KiB`),
      ),
      describeFanOut(fanOut),
    ],
    missed: [
      ...below('1 000 000 queued ÷ 1 000 queued', medianOf(most, 'ratio'), LEAST_RATIO),
      ...above('resident memory, 1 000 000 queued', medianOf(most, 'resident') / 1e6, MOST_MEGABYTES, ' MB'),
    ],
  };
}
