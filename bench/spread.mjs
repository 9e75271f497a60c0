// How do lanes spread over processes? Four dispatch processes and one with the role api; 4, 40 and 400 webhooks that each
// want every update, one update every 20 ms. Once a second it is counted who holds how many lanes.
import { setTimeout as pause } from 'node:timers/promises';
import { fill, query } from './fill.mjs';
import { postUpdates, startHooktide } from './hooktide.mjs';
import { WARM_UP_MILLIS } from './measure.mjs';
import { startReceiver } from './receive.mjs';
import { cell, table, whole } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const PROCESSES = 4;
const WEBHOOKS = [4, 40, 400];
const POST_EVERY_MILLIS = 20;
const COUNT_EVERY_MILLIS = 1_000;
const HELD = `SELECT count(*)::int AS lanes FROM hooktide.lane WHERE leased_until > now() GROUP BY leased_by`;

/** Returns lists of what each run measured, by the number of webhooks. */
export async function measureSpread(bench) {
  const results = Object.fromEntries(WEBHOOKS.map((webhooks) => [webhooks, []]));
  for (let run = 1; run <= bench.runs; run++) {
    for (const webhooks of WEBHOOKS) results[webhooks].push(await ask(bench, webhooks));
    const most = WEBHOOKS.map((webhooks) => `${Math.round(results[webhooks].at(-1).share)} %`);
    bench.say(`spread ${run} of ${bench.runs}: ${WEBHOOKS.join(', ')} webhooks: the busiest holds ${most.join(', ')}`);
  }
  return results;
}

async function ask({ postgres, folder, seconds }, webhooks) {
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  await fill(database, { uris: Array.from({ length: webhooks }, (_, number) => `${receiver.url}/${number}`) });
  await postgres.checkpoint();
  const start = (role) => startHooktide({ folder, databaseUrl: database.url, roles: [role] });
  const dispatchers = await Promise.all(Array.from({ length: PROCESSES }, () => start('dispatch')));
  const api = await start('api');
  const state = { isOver: false };
  const posting = (async () => {
    while (!state.isOver) {
      await postUpdates(api.url, nextUpdates(1));
      await pause(POST_EVERY_MILLIS);
    }
  })();
  await pause(WARM_UP_MILLIS);
  const counts = [];
  for (let second = 0; second < seconds; second++) {
    await pause(COUNT_EVERY_MILLIS);
    const lanes = await query(database, (client) => client.query(HELD)).then(({ rows }) =>
      rows.map((row) => row.lanes),
    );
    const all = lanes.reduce((sum, count) => sum + count, 0);
    if (all > 0) counts.push({ processes: lanes.length, share: (Math.max(...lanes) / all) * 100 });
  }
  state.isOver = true;
  await posting;
  await Promise.all([api, ...dispatchers].map((service) => service.end()));
  await receiver.end();
  await database.drop();
  const mean = (key) => counts.reduce((sum, count) => sum + count[key], 0) / counts.length;
  return { processes: mean('processes'), share: mean('share') };
}

export function describeSpread(results) {
  const rows = WEBHOOKS.map((webhooks) => [
    `${webhooks} webhooks`,
    cell(results[webhooks], 'processes', (count) => count.toFixed(1)),
    cell(results[webhooks], 'share', whole),
  ]);
  const head = [`${PROCESSES} dispatch processes`, 'of them hold lanes', 'lanes of the one that holds the most, %'];
  return { tables: [table(head, rows)], missed: [] };
}
