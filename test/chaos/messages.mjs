// Direct messages, put into the queue by the statement that Hooktide's own faces put them in with.
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { now } from './clock.mjs';
import { createRandom } from './random.mjs';
import { PLACES } from './webhooks.mjs';

const LONGEST_PAUSE_MILLIS = 200;
/** Tried until it arrives. */
const RETRY = { policy: 'constant', delayMillis: 400, maxAgeHours: 0, maxAttempts: 1_000 };
const IS_STORED = `SELECT FROM hooktide.update WHERE client_id = $1`;

/** Sends until `isOver`; resolves when all that was begun is known to be stored. */
export async function writeMessages({ seed, trace, database, receivers, build, isOver }) {
  const { enqueueMessage } = await import(pathToFileURL(join(build, 'dist/src/queue/sql/enqueue-message.js')).href);
  const random = createRandom(seed, 'messages');
  const run = (sql) => (text, values) => sql(database.url, text, values);
  const sql = { query: run(database.run) };
  for (let count = 0; !isOver(); count += 1) {
    const place = random.pick(PLACES);
    const id = `message.${count}`;
    const body = `{"chaos":"${id}", "number":1.0}`;
    const update = {
      key: id,
      type: 'MESSAGE',
      requestId: place,
      subject: id,
      batch: -1 - count,
      position: 0,
      beganAt: now(),
      acceptedAt: null,
      body,
    };
    trace.sent.push(update);
    const message = {
      id,
      payload: body,
      direct: { uri: receivers.get(place).uri(place), retry: RETRY, timeoutMillis: 2_000 },
    };
    for (;;) {
      const isStored = await enqueueMessage(sql, message).then(
        () => true,
        () => false,
      );
      // Whether it was stored before its answer was lost shows in the table.
      if (isStored || (await database.query(IS_STORED, [id])).length > 0) break;
    }
    update.acceptedAt = now();
    await pause(random.whole(0, LONGEST_PAUSE_MILLIS));
  }
}
