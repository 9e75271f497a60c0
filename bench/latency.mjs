// How long does an idle service take from accepting an update to handing it over? One webhook, one update at a time:
// from the 202 at the client to the last byte of the POST at the receiver, on one clock. A POST may well be there
// before the 202 is: that counts as 0.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.mjs';
import { postUpdates, register, startHooktide } from './hooktide.mjs';
import { startReceiver } from './receive.mjs';
import { quantile } from './statistics.mjs';
import { nextUpdates } from './updates.mjs';

const SAMPLES = 1_000;
const WARM_UPS = 100;
const PAUSE_MILLIS = 20;

/** Returns a list of what each run measured. */
export async function measureLatency(bench) {
  const results = [];
  for (let run = 1; run <= bench.runs; run++) {
    const samples = await sample(bench);
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(samples, share));
    results.push({ p50, p99, max });
    const millis = [p50, p99, max].map((value) => value.toFixed(1));
    bench.say(`latency ${run} of ${bench.runs}: p50, p99, max: ${millis.join(', ')} ms`);
  }
  return results;
}

async function sample({ postgres, folder }) {
  const receiver = await startReceiver('--times');
  const database = await postgres.createDatabase();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  await register(service.url, [`${receiver.url}/`]);
  const accepted = [];
  while (accepted.length < WARM_UPS + SAMPLES) {
    accepted.push(await postUpdates(service.url, nextUpdates(1), now));
    await pause(PAUSE_MILLIS);
  }
  await receiver.reach(accepted.length);
  const times = await receiver.times();
  await service.end();
  await receiver.end();
  await database.drop();
  return accepted.slice(WARM_UPS).map(({ at, ids: [id] }) => Math.max(0, times[id] - at));
}
