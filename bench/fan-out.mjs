// One update to 10 000 webhooks: how long until it is stored, and until the last POST is there? The second of two: the
// first finds no connection and no lane.
import { now } from './clock.mjs';
import { fill } from './fill.mjs';
import { postUpdates, startHooktide } from './hooktide.mjs';
import { startReceiver } from './receive.mjs';
import { cell, table, whole } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const WEBHOOKS = 10_000;

export async function askFanOut({ postgres, folder, say }) {
  const [receiver, database] = [await startReceiver(), await postgres.createDatabase()];
  await fill(database, { uris: Array.from({ length: WEBHOOKS }, (_, number) => `${receiver.url}/webhooks/${number}`) });
  await postgres.checkpoint();
  const service = await startHooktide({ folder, databaseUrl: database.url, roles: ['api', 'dispatch'] });
  let measured;
  for (let sent = 1; sent <= 2; sent++) {
    const begin = now();
    const { at } = await postUpdates(service.url, nextUpdates(1), now);
    const last = await receiver.reach(sent * WEBHOOKS);
    measured = { stored: at - begin, received: last.at - begin };
  }
  say(
    `growth, fan-out: stored after ${Math.round(measured.stored)} ms, all received after ${Math.round(measured.received)} ms`,
  );
  await service.end();
  await receiver.end();
  await database.drop();
  return measured;
}

export const describeFanOut = (results) =>
  table(
    ['fan-out', 'accepted after ms', 'all received after ms'],
    [[`one update to ${whole(WEBHOOKS)} webhooks`, cell(results, 'stored', whole), cell(results, 'received', whole)]],
  );
