// How many deliveries get to receivers that answer, with and without others beside that don't: 500 never answer, 50 refuse
// the connection, 5 drip a body without end. Each has a port of its own, and deliveries waiting. The queue was filled
// beforehand; counted are the healthy receivers only, once the others have had time to do their worst.
import { once } from 'node:events';
import { fill } from './fill.mjs';
import { startHooktide } from './hooktide.mjs';
import { afterOrEmpty, measure } from './measure.mjs';
import { end, forkScript } from './processes.mjs';
import { startReceiver } from './receive.mjs';
import { below, COST_HEAD, medianOf, rateRow, table } from './tables.mjs';

const HEALTHY = 20;
const SICK = { hanging: 500, refusing: 50, dripping: 5 };
/** One of each request. */
const FOR_EACH_SICK = 200;
/** Every slot that the sick may have, they have so long after the process runs warm. */
const WARM_UP_MILLIS = 5_000;
const WARM_FROM = 10_000;
const GUESSED_PER_SECOND = 16_000;
const LEAST = 0.9;

/** Returns `{alone, beside}`, each a list of what a run measured. */
export async function measureIsolation(bench) {
  const results = { alone: [], beside: [] };
  for (let run = 1; run <= bench.runs; run++) {
    const before = await ask(bench, {});
    const beside = await ask(bench, SICK);
    results.alone.push(before);
    results.beside.push({ ...beside, ratio: beside.perSecond / before.perSecond });
    const rates = [before, beside].map(({ perSecond }) => Math.round(perSecond));
    bench.say(`isolation ${run} of ${bench.runs}: alone, beside sick receivers: ${rates.join(', ')} a second`);
  }
  return results;
}

async function ask({ postgres, folder, seconds }, sick) {
  const [receiver, database, hospital] = [await startReceiver(), await postgres.createDatabase(), await admit(sick)];
  const uris = Array.from({ length: HEALTHY }, (_, number) => `${receiver.url}/webhooks/${number}`);
  const wanted = WARM_FROM + GUESSED_PER_SECOND * (WARM_UP_MILLIS / 1_000 + seconds);
  const deliveries = await fill(database, { uris, deliveries: wanted });
  if (hospital.uris.length > 0)
    await fill(database, { uris: hospital.uris, deliveries: hospital.uris.length * FOR_EACH_SICK, group: 'sick' });
  await postgres.checkpoint();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['dispatch'] });
  const pids = { sender: service.pid, postgres: postgres.pid };
  const untilOver = () => afterOrEmpty(seconds, receiver, deliveries);
  const measured = await measure(receiver, pids, untilOver, WARM_FROM, WARM_UP_MILLIS);
  await service.end();
  await hospital.end();
  await receiver.end();
  await database.drop();
  return measured;
}

async function admit({ hanging = 0, refusing = 0, dripping = 0 }) {
  const child = forkScript('sick.mjs', hanging, refusing, dripping);
  const [{ uris }] = await once(child, 'message');
  return { uris, end: () => end(child) };
}

export function describeIsolation({ alone, beside }) {
  const sick = Object.entries(SICK).map(([how, count]) => `${count} ${how}`);
  const rows = [
    rateRow('healthy alone', alone),
    rateRow(`beside ${sick.join(', ')}`, beside),
    ['to hold', '', `≥ ${LEAST}`, '', '', ''],
  ];
  return {
    tables: [table(['to healthy receivers', 'deliveries/s', '÷ alone', ...COST_HEAD], rows)],
    missed: below('healthy receivers beside sick ones', medianOf(beside, 'ratio'), LEAST),
  };
}
