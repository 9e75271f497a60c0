// Do more dispatch processes make it cheaper or dearer? One, two and four of them empty a queue that was filled beforehand,
// for 1 000 webhooks: a process takes some 200 lanes before it leaves the others to the next. The webhooks are paused until
// all processes are there; a poll each second, instead of ten, then has them begin together.
import { fill, query } from './fill.mjs';
import { startHooktide } from './hooktide.mjs';
import { afterOrEmpty, measure, WARM_UP_MILLIS } from './measure.mjs';
import { startReceiver } from './receive.mjs';
import { above, cell, COST_HEAD, costCells, digits, medianOf, table, whole } from './tables.mjs';

const WEBHOOKS = 1_000;
const PROCESSES = [1, 2, 4];
const GUESSED_PER_SECOND = 16_000;
const SETTINGS = { HOOKTIDE_CHECK_WEBHOOKS_EVERY_MILLIS: '1000' };
/**
 * So many arrivals a process come first. A cold one pays up to twice as much for a delivery, and of four each has sent but a
 * quarter of what one had sent by then.
 */
const WARM_FROM = 20_000;
const MOST = 1.2;

/** Returns lists of what each run measured, by the number of processes. */
export async function measureDispatchers(bench) {
  const results = Object.fromEntries(PROCESSES.map((processes) => [processes, []]));
  for (let run = 1; run <= bench.runs; run++) {
    for (const processes of PROCESSES) {
      const measured = await ask(bench, processes);
      measured.cost = measured.senderCpu + measured.postgresCpu;
      const one = results[1][run - 1] ?? measured;
      results[processes].push({
        ...measured,
        ratio: measured.cost / one.cost,
        rate: measured.perSecond / one.perSecond,
      });
    }
    const rates = PROCESSES.map((processes) => Math.round(results[processes].at(-1).perSecond));
    bench.say(`dispatchers ${run} of ${bench.runs}: ${PROCESSES.join(', ')}: ${rates.join(', ')} a second`);
  }
  return results;
}

async function ask({ postgres, folder, seconds }, processes) {
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  const uris = Array.from({ length: WEBHOOKS }, (_, number) => `${receiver.url}/webhooks/${number}`);
  const warmFrom = WARM_FROM * processes;
  const wanted = warmFrom + GUESSED_PER_SECOND * (seconds + WARM_UP_MILLIS / 1_000);
  const deliveries = await fill(database, { uris, deliveries: wanted });
  await setPaused(database, 'now()');
  await postgres.checkpoint();
  const start = () => startHooktide({ folder, databaseUrl: database.url, roles: ['dispatch'], settings: SETTINGS });
  const services = await Promise.all(Array.from({ length: processes }, start));
  await setPaused(database, 'NULL');
  const pids = { sender: services.map(({ pid }) => pid), postgres: postgres.pid };
  const untilOver = () => afterOrEmpty(seconds, receiver, deliveries);
  const measured = await measure(receiver, pids, untilOver, warmFrom);
  await Promise.all(services.map((service) => service.end()));
  await receiver.end();
  await database.drop();
  return measured;
}

const setPaused = (database, at) =>
  query(database, (client) => client.query(`UPDATE hooktide.webhook SET paused_at = ${at}`));

export function describeDispatchers(results) {
  const rows = PROCESSES.map((processes) => [
    `${processes} dispatch ${processes === 1 ? 'process' : 'processes'}`,
    cell(results[processes], 'perSecond', whole),
    processes === 1 ? '–' : cell(results[processes], 'rate', digits(2)),
    cell(results[processes], 'cost', whole),
    processes === 1 ? '–' : cell(results[processes], 'ratio', digits(2)),
    ...costCells(results[processes]),
  ]);
  rows.push(['to hold', '', '', '', `≤ ${MOST}`, ...COST_HEAD.map(() => '')]);
  const head = ['', 'deliveries/s', '÷ one', 'all CPU µs a delivery', '÷ one', ...COST_HEAD];
  return {
    tables: [table(head, rows)],
    missed: PROCESSES.slice(1).flatMap((processes) =>
      above(`CPU a delivery with ${processes} processes ÷ one`, medianOf(results[processes], 'ratio'), MOST),
    ),
  };
}
