// What was measured, as a part of docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { median } from './statistics.mjs';

const BEGIN = '<!-- written by `npm run bench` from here on -->';
const END = '<!-- up to here -->';
const root = fileURLToPath(new URL('..', import.meta.url));
const file = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

/** The numbers to hold. */
const LEAST_RATIO = 0.5;
const LEAST_SNS_RATIO = 0.7;
const MOST_MILLIS = { p50: 10, p99: 50 };

/** A value that nobody told is a dash. */
const known = (values) => values.filter((value) => Number.isFinite(value));
const whole = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
const digits = (count) => (value) => value.toFixed(count);
const megabytes = (bytes) => whole(bytes / 1e6);

function cell(results, key, show) {
  const values = known(results.map((result) => result[key]));
  if (values.length === 0) return '–';
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

const line = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(line).join('\n');

export function describe({ throughput, sns, latency }, postgres, { runs, seconds }) {
  const { model } = cpus()[0];
  const times = `${runs} ${runs === 1 ? 'run' : 'runs'}`;
  const length = throughput || sns ? `${times} of ${seconds} s` : times;
  const facts = [
    `- Measured on ${new Date().toISOString().slice(0, 10)} at commit ${commit()}: ${length}. Medians, in brackets the smallest and the largest.`,
    `- ${cpus().length} × ${model.trim()}, Node ${process.version}, Postgres ${postgres.version} with fsync ${postgres.fsync}.`,
  ];
  return [
    facts.join('\n'),
    throughput && throughputTable(throughput),
    sns && snsTable(sns),
    latency && latencyTable(latency),
  ]
    .concat(notHeld({ throughput, sns, latency }).join('\n\n'))
    .filter(Boolean)
    .join('\n\n');
}

function throughputTable({ loop, queue, service }) {
  return table(throughputHead('deliveries/s'), [
    throughputRow('bare `request()` loop', loop),
    throughputRow('queue alone', queue),
    throughputRow('whole service', service),
    ['to hold', '', `≥ ${LEAST_RATIO}`, '', '', ''],
  ]);
}

function snsTable({ loop, queue }) {
  return table(throughputHead('messages/s'), [
    throughputRow('bare `PublishBatch` loop', loop),
    throughputRow('queue alone, to SNS', queue),
    ['to hold', '', `≥ ${LEAST_SNS_RATIO}`, '', '', ''],
  ]);
}

const throughputHead = (what) => ['', what, '÷ loop', 'CPU ms per 1 000', 'Postgres, CPU ms per 1 000', 'resident MB'];

const throughputRow = (name, results) => [
  name,
  cell(results, 'perSecond', whole),
  cell(results, 'ratio', digits(2)),
  cell(results, 'senderCpu', whole),
  cell(results, 'postgresCpu', whole),
  cell(results, 'resident', megabytes),
];

function latencyTable(results) {
  const millis = (key) => cell(results, key, digits(1));
  return table(
    ['', 'p50 ms', 'p99 ms', 'max ms'],
    [
      ['accepted → received, idle', millis('p50'), millis('p99'), millis('max')],
      ['to hold', `≤ ${MOST_MILLIS.p50}`, `≤ ${MOST_MILLIS.p99}`, ''],
    ],
  );
}

/** A line for each number that isn't held. */
function notHeld({ throughput, sns, latency }) {
  const late = ([key, most]) => {
    const value = median(latency.map((result) => result[key]));
    return value > most ? [`${key}: above the number to hold: ${value.toFixed(1)} > ${most} ms`] : [];
  };
  return [
    ...(throughput
      ? [...tooSlow('queue alone', throughput.queue), ...tooSlow('whole service', throughput.service)]
      : []),
    ...(sns ? tooSlow('queue alone, to SNS', sns.queue, LEAST_SNS_RATIO) : []),
    ...(latency ? Object.entries(MOST_MILLIS).flatMap(late) : []),
  ];
}

function tooSlow(name, results, least = LEAST_RATIO) {
  const value = median(results.map((result) => result.ratio));
  return value < least ? [`${name}: below the number to hold: ${value.toFixed(2)} < ${least}`] : [];
}

/** The table itself, which the run before may have written, is no change. */
function commit() {
  const { status, stdout } = git('rev-parse', '--short', 'HEAD');
  if (status !== 0) return 'unknown';
  const isDirty = git('status', '--porcelain', '--', '.', ':!docs/benchmarks.md').stdout !== '';
  return stdout.trim() + (isDirty ? ' + changes' : '');
}

const git = (...args) => spawnSync('git', ['--no-optional-locks', ...args], { cwd: root, encoding: 'utf8' });

/** Puts the text between the document's two comments. */
export async function write(text) {
  const [before, , after] = readFileSync(file, 'utf8').split(new RegExp(`(?<=${BEGIN}\n)([^]*)(?=${END})`));
  if (after === undefined) throw new Error(`docs/benchmarks.md has no place for it: "${BEGIN}" and "${END}".`);
  const options = { ...(await resolveConfig(file)), parser: 'markdown' };
  writeFileSync(file, await format(`${before}\n${text}\n\n${after}`, options));
}
