// What does a transaction cost that stays open, such as a dump or a forgotten session? The whole service runs, 20 000
// deliveries wait all the time. First alone; then beside a transaction that has taken its snapshot and so keeps Postgres
// from cleaning up what the queue leaves behind, for `--minutes`, counted in slices; then after its end. And what do the
// tables look like after as many deliveries as an hour brings?
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { fill } from './fill.mjs';
import { startHooktide } from './hooktide.mjs';
import { whileBusy } from './keep-busy.mjs';
import { startReceiver } from './receive.mjs';
import { askSizes, describeSizes } from './sizes.mjs';
import { below, cell, digits, medianOf, table, whole } from './tables.mjs';

const WEBHOOKS = 20;
const AHEAD = 20_000;
const UPDATES_A_POST = 100;
const SLICES = 6;
const WARM_UP_MILLIS = 2_000;
const LEAST = 0.5;
/** A delivery's hour: so many a second. */
const CHURN_PER_SECOND = 100;
const CHURN = CHURN_PER_SECOND * 3_600;

/** Returns `{slices, sizes}`: of each slice what all runs measured, and what one run found at the end. */
export async function measureSnapshot(bench) {
  const slices = [];
  let sizes;
  for (let run = 1; run <= bench.runs; run++) {
    // Once is enough for what hardly varies.
    const last = run === bench.runs;
    const found = await ask(bench, last);
    found.slices.forEach((slice, index) => (slices[index] ??= []).push(slice));
    sizes = found.sizes;
    const rates = found.slices.map(({ perSecond }) => Math.round(perSecond));
    bench.say(`snapshot ${run} of ${bench.runs}: ${rates.join(', ')} a second`);
  }
  return { slices, sizes, minutes: bench.minutes };
}

async function ask({ postgres, folder, seconds, minutes, say }, withSizes) {
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  const uris = Array.from({ length: WEBHOOKS }, (_, number) => `${receiver.url}/webhooks/${number}`);
  const waiting = await fill(database, { uris, deliveries: AHEAD });
  await postgres.checkpoint();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  const load = { ahead: AHEAD, webhooks: WEBHOOKS, updates: UPDATES_A_POST, waiting };
  const measuring = async () => {
    await receiver.reach(1);
    await pause(WARM_UP_MILLIS);
    const slices = [await slice(receiver, seconds)];
    const release = await holdSnapshot(database);
    const sliceSeconds = (minutes * 60) / SLICES;
    for (let done = 0; done < SLICES; done++) slices.push(await slice(receiver, sliceSeconds));
    await release();
    slices.push(await slice(receiver, seconds));
    const before = slices[0].perSecond;
    const sizes = withSizes ? await askChurn(receiver, database, say) : undefined;
    return { slices: slices.map(({ perSecond }) => ({ perSecond, ratio: perSecond / before })), sizes };
  };
  const { slices, sizes } = await whileBusy(service.url, receiver, load, measuring);
  await service.end();
  await receiver.end();
  await database.drop();
  return { slices, sizes };
}

async function slice(receiver, seconds) {
  const first = await receiver.count();
  await pause(seconds * 1_000);
  const last = await receiver.count();
  return { perSecond: ((last.count - first.count) / (last.at - first.at)) * 1_000 };
}

/** It only reads, so it has no number (xid): what it keeps is Postgres' horizon, not Hooktide's. */
async function holdSnapshot(database) {
  const client = new pg.Client(database.url);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query('SELECT 1 FROM hooktide.delivery LIMIT 1');
  return () => client.end();
}

/** From the start on, so many deliveries pass through the queue. */
async function askChurn(receiver, database, say) {
  await receiver.reach(CHURN);
  const { count } = await receiver.count();
  say(`snapshot: ${count} deliveries have passed through the queue`);
  return { count, rows: await askSizes(database) };
}

/** Tenths only where there are any. */
const tidy = (seconds) => String(Number(seconds.toFixed(1)));

export function describeSnapshot({ slices, sizes, minutes }) {
  const seconds = (minutes * 60) / SLICES;
  const nameOf = (index) => {
    if (index === 0) return 'before';
    if (index === slices.length - 1) return 'after it has ended';
    return `snapshot held for ${tidy((index - 1) * seconds)} to ${tidy(index * seconds)} s`;
  };
  const rows = slices.map((results, index) => [
    nameOf(index),
    cell(results, 'perSecond', whole),
    index === 0 ? '–' : cell(results, 'ratio', digits(2)),
  ]);
  rows.splice(-1, 0, ['to hold', '', `≥ ${LEAST}`]);
  const worst = Math.min(...slices.slice(1, -1).map((results) => medianOf(results, 'ratio')));
  return {
    tables: [table(['', 'deliveries/s', '÷ before'], rows), describeSizes(sizes, CHURN_PER_SECOND)],
    missed: below('the slowest part of the held snapshot', worst, LEAST),
  };
}
