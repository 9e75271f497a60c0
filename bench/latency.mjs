// How long does it take from accepting an update to handing it over, idle and under load? One webhook: from the 202 at the
// client to the last byte of the POST at the receiver, on one clock. A POST may well be there before the 202 is: that
// counts as 0. Idle, the next update is sent 20 ms after the answer to the one before; else in a rhythm that waits for
// nothing, so that what is late makes others late too.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.mjs';
import { postUpdates, register, startHooktide } from './hooktide.mjs';
import { startReceiver } from './receive.mjs';
import { quantile } from './statistics.mjs';
import { above, cell, digits, medianOf, table, whole } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const IDLE_SAMPLES = 500;
const WARM_UPS = 100;
const PAUSE_MILLIS = 20;
/** Updates a second, and how many come in one array. */
const RATES = [
  { rate: 1, array: 1 },
  { rate: 200, array: 1 },
  { rate: 2_000, array: 10 },
];
/** At one a second even ten are few. */
const LEAST_SAMPLES = 10;
const MOST_MILLIS = { p50: 10, p99: 50 };

/** Returns lists of what each run measured, by name: `{p50, p99, max, rate}`. */
export async function measureLatency(bench) {
  const results = {};
  for (let run = 1; run <= bench.runs; run++) {
    for (const { name, millis: values, rate } of await sample(bench)) {
      const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(values, share));
      (results[name] ??= []).push({ p50, p99, max, rate });
      const millis = [p50, p99, max].map((value) => value.toFixed(1));
      bench.say(`latency ${run} of ${bench.runs}, ${name}: p50, p99, max: ${millis.join(', ')} ms`);
    }
  }
  return results;
}

async function sample({ postgres, folder, seconds }) {
  const receiver = await startReceiver('--times');
  const database = await postgres.createDatabase();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  await register(service.url, [`${receiver.url}/`]);
  const parts = [{ name: 'idle', accepted: (await oneByOne(service.url)).slice(WARM_UPS) }];
  await receiver.reach(WARM_UPS + IDLE_SAMPLES);
  for (const { rate, array } of RATES) {
    const before = (await receiver.count()).count;
    const count = Math.max(LEAST_SAMPLES, Math.ceil((rate * seconds) / array) * array);
    parts.push({ name: nameOf(rate, array), accepted: await inRhythm(service.url, { rate, array, count }) });
    await receiver.reach(before + count);
  }
  const times = await receiver.times();
  await service.end();
  await receiver.end();
  await database.drop();
  return parts.map(({ name, accepted }) => ({ name, ...millisOf(accepted, times) }));
}

const nameOf = (rate, array) => `${whole(rate)} a second${array > 1 ? `, in arrays of ${array}` : ''}`;

async function oneByOne(url) {
  const accepted = [];
  while (accepted.length < WARM_UPS + IDLE_SAMPLES) {
    accepted.push(await postUpdates(url, nextUpdates(1), now));
    await pause(PAUSE_MILLIS);
  }
  return accepted;
}

async function inRhythm(url, { rate, array, count }) {
  const begin = now();
  const posts = [];
  for (let sent = 0; sent < count; sent += array) {
    const wait = begin + (sent / rate) * 1_000 - now();
    if (wait > 0) await pause(wait);
    posts.push(postUpdates(url, nextUpdates(array), now));
    // What fails is thrown below: until then, nobody has to listen.
    posts.at(-1).catch(() => undefined);
  }
  return Promise.all(posts);
}

/** And at which rate they were taken in: a service that is too slow has a lower one. */
function millisOf(accepted, times) {
  const ats = accepted.map(({ at }) => at);
  const ids = accepted.flatMap((array) => array.ids.map((id) => ({ id, at: array.at })));
  const span = (Math.max(...ats) - Math.min(...ats)) / 1_000;
  return {
    millis: ids.map(({ id, at }) => Math.max(0, times[id] - at)),
    rate: (ids.length - accepted[0].ids.length) / span,
  };
}

export function describeLatency(results) {
  const rows = Object.entries(results).map(([name, runs]) => [
    name,
    cell(runs, 'rate', whole),
    ...['p50', 'p99', 'max'].map((key) => cell(runs, key, digits(1))),
  ]);
  rows.splice(1, 0, ['to hold, idle', '', `≤ ${MOST_MILLIS.p50}`, `≤ ${MOST_MILLIS.p99}`, '']);
  return {
    tables: [table(['accepted → received', 'accepted/s', 'p50 ms', 'p99 ms', 'max ms'], rows)],
    missed: Object.entries(MOST_MILLIS).flatMap(([key, most]) =>
      above(`accepted → received, idle, ${key}`, medianOf(results.idle, key), most, ' ms'),
    ),
  };
}
