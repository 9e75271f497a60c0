// `npm run bench`: asks the questions in this folder, one after the other, and writes the answers to docs/benchmarks.md.
// With `-- --only throughput`, or another one's name, it asks one, and only prints; with `-- --only scaling` those of
// docs/scaling.md, which it writes. Ends with 0 whatever the numbers are.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPostgres } from './database.mjs';
import { broken, endAll } from './processes.mjs';
import { QUESTIONS, SCALING } from './questions.mjs';
import { describe, write } from './report.mjs';

const NAMES = [...Object.keys(QUESTIONS), 'scaling'];
const DEFAULTS = { runs: '3', seconds: '5', minutes: '0.5' };
const USAGE = `npm run bench -- [--runs 3] [--seconds 5] [--minutes 0.5] [--only ${NAMES.join('|')}]`;
const EXIT_MISUSE = 2;
const EXIT_INTERRUPTED = 130;
const EXPLAINED_MILLIS = 200;

function readOptions() {
  const names = ['runs', 'seconds', 'minutes', 'only'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  const values = { ...DEFAULTS, ...parseArgs({ options }).values };
  const [runs, seconds, minutes] = [values.runs, values.seconds, values.minutes].map(Number);
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error('--runs takes a whole number from 1 on.');
  if (!(seconds >= 1 && seconds < Infinity)) throw new Error('--seconds takes a number from 1 on.');
  if (!(minutes > 0 && minutes < Infinity)) throw new Error('--minutes takes a number above 0.');
  if (values.only !== undefined && !NAMES.includes(values.only)) throw new Error(`--only takes ${NAMES.join(', ')}.`);
  return { runs, seconds, minutes, only: values.only };
}

async function run({ only, ...options }, undo) {
  const folder = mkdtempSync(join(tmpdir(), 'hooktide-bench-'));
  undo.push(async () => rmSync(folder, { recursive: true, force: true }));
  const postgres = await openPostgres(folder, undo);
  undo.push(endAll);
  const bench = { ...options, folder, postgres, say: (text) => console.log(`bench: ${text}`) };
  const answers = {};
  const begin = performance.now();
  for (const [name, { measure }] of Object.entries(QUESTIONS)) {
    const isAsked = only === undefined || only === name || (only === 'scaling' && SCALING.includes(name));
    if (isAsked) answers[name] = await measure(bench);
  }
  bench.say(`took ${Math.round((performance.now() - begin) / 1_000)} s`);
  const text = describe(answers, postgres, bench);
  console.log(`\n${text}\n`);
  if (only === undefined) await write('docs/benchmarks.md', text);
  if (only !== undefined && only !== 'scaling') return;
  const ofScaling = Object.fromEntries(SCALING.map((name) => [name, answers[name]]));
  await write('docs/scaling.md', describe(ofScaling, postgres, bench));
  bench.say('wrote the documents.');
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
