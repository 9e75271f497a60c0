// `npm run bench`: asks the questions in this folder, one after the other, and writes the answers to docs/benchmarks.md.
// With `-- --only throughput`, `sns` or `latency` it asks one, and only prints. Ends with 0 whatever the numbers are.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPostgres } from './database.mjs';
import { measureLatency } from './latency.mjs';
import { broken, endAll } from './processes.mjs';
import { describe, write } from './report.mjs';
import { measureSns } from './sns.mjs';
import { measureThroughput } from './throughput.mjs';

const USAGE = 'npm run bench -- [--runs 5] [--seconds 8] [--only throughput|sns|latency]';
const DEFAULTS = { runs: '5', seconds: '8' };
const EXIT_MISUSE = 2;
const EXIT_INTERRUPTED = 130;
const EXPLAINED_MILLIS = 200;
const QUESTIONS = { throughput: measureThroughput, sns: measureSns, latency: measureLatency };

function readOptions() {
  const options = { runs: { type: 'string' }, seconds: { type: 'string' }, only: { type: 'string' } };
  const values = { ...DEFAULTS, ...parseArgs({ options }).values };
  const [runs, seconds, only] = [Number(values.runs), Number(values.seconds), values.only];
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error('--runs takes a whole number from 1 on.');
  if (!(seconds >= 1 && seconds < Infinity)) throw new Error('--seconds takes a number from 1 on.');
  if (only !== undefined && !Object.hasOwn(QUESTIONS, only))
    throw new Error('--only takes throughput, sns or latency.');
  return { runs, seconds, only };
}

async function run({ runs, seconds, only }, undo) {
  const folder = mkdtempSync(join(tmpdir(), 'hooktide-bench-'));
  undo.push(async () => rmSync(folder, { recursive: true, force: true }));
  const postgres = await openPostgres(folder, undo);
  undo.push(endAll);
  const bench = { runs, seconds, folder, postgres, say: (text) => console.log(`bench: ${text}`) };
  const answers = {};
  for (const [name, measure] of Object.entries(QUESTIONS)) {
    if (only === undefined || only === name) answers[name] = await measure(bench);
  }
  const text = describe(answers, postgres, bench);
  console.log(`\n${text}\n`);
  if (only !== undefined) return;
  await write(text);
  bench.say('wrote docs/benchmarks.md.');
}

const undo = [];
let cleaning;
/** One that fails must not keep the others. */
const cleanUp = () =>
  (cleaning ??= (async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step().catch((error) => console.error(error));
  })());

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void cleanUp().then(() => process.exit(EXIT_INTERRUPTED)));
}

let options;
try {
  options = readOptions();
} catch (error) {
  console.error(`${error.message}\n${USAGE}`);
  process.exit(EXIT_MISUSE);
}
try {
  await Promise.race([run(options, undo), broken]);
} catch (error) {
  // Requests to a process that ended may fail before its end is known, which explains more.
  const cause = await Promise.race([broken.catch((reason) => reason), pause(EXPLAINED_MILLIS, error)]);
  // What a signal cuts off, fails: that is no news.
  if (!cleaning) console.error(cause);
  process.exitCode = 1;
}
await cleanUp();
process.exit();
