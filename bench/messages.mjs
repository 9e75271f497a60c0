// How many direct messages does Hook Slinger's route take in a second, and how many are delivered? 16 clients, one message
// a request, as its clients send them, all to one origin. Hook Slinger itself delivers some 4 a second for each worker.
import { request } from 'undici';
import { startHooktide } from './hooktide.mjs';
import { after, measure } from './measure.mjs';
import { startReceiver } from './receive.mjs';
import { cell, COST_HEAD, costCells, table, whole } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const CLIENTS = 16;
const TOKEN = 'bench-token';
const HOOK_SLINGER_PER_SECOND = 4;
const headers = { 'content-type': 'application/json', authorization: `Token ${TOKEN}` };

/** Returns a list of what each run measured. */
export async function measureMessages(bench) {
  const results = [];
  for (let run = 1; run <= bench.runs; run++) {
    const measured = await ask(bench);
    results.push(measured);
    const rates = [measured.accepted, measured.perSecond].map(Math.round);
    bench.say(`messages ${run} of ${bench.runs}: accepted, delivered: ${rates.join(', ')} a second`);
  }
  return results;
}

async function ask({ postgres, folder, seconds }) {
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  const settings = { HOOKTIDE_HOOK_SLINGER_API_TOKEN: TOKEN };
  const roles = ['api', 'dispatch'];
  const service = await startHooktide({ folder, databaseUrl: database.url, roles, settings });
  await postgres.checkpoint();
  let accepted = 0;
  const over = new AbortController();
  const client = async () => {
    while (!over.signal.aborted) {
      await send(service.url, `${receiver.url}/messages`);
      accepted += 1;
    }
  };
  const measuring = async () => {
    const pids = { sender: service.pid, postgres: postgres.pid };
    let before;
    const untilOver = async () => {
      before = { accepted, at: performance.now() };
      return after(seconds, receiver);
    };
    const measured = await measure(receiver, pids, untilOver);
    const perSecond = (accepted - before.accepted) / ((performance.now() - before.at) / 1_000);
    over.abort();
    return { ...measured, accepted: perSecond };
  };
  const [measured] = await Promise.all([measuring(), ...Array.from({ length: CLIENTS }, client)]);
  // Whatever was taken in also arrives.
  await receiver.reach(accepted);
  await service.end();
  await receiver.end();
  await database.drop();
  return measured;
}

async function send(url, toUrl) {
  const [{ payload }] = nextUpdates(1);
  const body = JSON.stringify({ to_url: toUrl, to_auth: '', tag: 'bench', group: 'bench', payload });
  const answer = await request(`${url}/hook_slinger/`, { method: 'POST', headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 202) throw new Error(`A message was answered with ${answer.statusCode}: ${text}`);
}

export function describeMessages(results) {
  const rows = [
    [
      '`POST /hook_slinger/`',
      cell(results, 'accepted', whole),
      cell(results, 'perSecond', whole),
      ...costCells(results),
    ],
    ['Hook Slinger, for each worker', '', whole(HOOK_SLINGER_PER_SECOND), '', '', ''],
  ];
  return { tables: [table(['', 'accepted/s', 'delivered/s', ...COST_HEAD], rows)], missed: [] };
}
