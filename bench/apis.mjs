// Do more processes with the role api take in more? One, two and four of them, over 16 connections in turn, arrays of 10
// updates, one webhook; nothing is dispatched.
import { fill } from './fill.mjs';
import { postUpdates, startHooktide } from './hooktide.mjs';
import { cpuMillis, familyCpuMillis } from './processes.mjs';
import { cell, digits, table, whole } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const PROCESSES = [1, 2, 4];
const CONNECTIONS = 16;
const ARRAY = 10;
const WARM_UP_MILLIS = 2_000;

/** Returns lists of what each run measured, by the number of processes. */
export async function measureApis(bench) {
  const results = Object.fromEntries(PROCESSES.map((processes) => [processes, []]));
  for (let run = 1; run <= bench.runs; run++) {
    for (const processes of PROCESSES) {
      const measured = await ask(bench, processes);
      const one = results[1][run - 1] ?? measured;
      results[processes].push({ ...measured, rate: measured.perSecond / one.perSecond });
    }
    const rates = PROCESSES.map((processes) => Math.round(results[processes].at(-1).perSecond));
    bench.say(`apis ${run} of ${bench.runs}: ${PROCESSES.join(', ')}: ${rates.join(', ')} a second`);
  }
  return results;
}

async function ask({ postgres, folder, seconds }, processes) {
  const database = await postgres.createDatabase();
  await fill(database, { uris: ['http://127.0.0.1:1/'] });
  await postgres.checkpoint();
  const start = () => startHooktide({ folder, databaseUrl: database.url, roles: ['api'] });
  const services = await Promise.all(Array.from({ length: processes }, start));
  const costs = () => ({
    sender: services.reduce((sum, { pid }) => sum + cpuMillis(pid), 0),
    postgres: familyCpuMillis(postgres.pid),
  });
  const from = performance.now() + WARM_UP_MILLIS;
  const until = from + seconds * 1_000;
  let [answered, first] = [0, undefined];
  const loop = async (url) => {
    while (performance.now() < until) {
      await postUpdates(url, nextUpdates(ARRAY));
      if (performance.now() < from) continue;
      first ??= { at: performance.now(), ...costs() };
      answered += ARRAY;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => loop(services[number % processes].url)));
  const last = costs();
  const perSecond = answered / ((performance.now() - first.at) / 1_000);
  await Promise.all(services.map((service) => service.end()));
  await database.drop();
  return {
    perSecond,
    senderCpu: ((last.sender - first.sender) * 1_000) / answered,
    postgresCpu: ((last.postgres - first.postgres) * 1_000) / answered,
  };
}

export function describeApis(results) {
  const rows = PROCESSES.map((processes) => [
    `${processes} api ${processes === 1 ? 'process' : 'processes'}`,
    cell(results[processes], 'perSecond', whole),
    processes === 1 ? '–' : cell(results[processes], 'rate', digits(2)),
    cell(results[processes], 'senderCpu', whole),
    cell(results[processes], 'postgresCpu', whole),
  ]);
  const head = ['', 'updates/s', '÷ one', 'CPU µs an update', 'Postgres, CPU µs an update'];
  return { tables: [table(head, rows)], missed: [] };
}
