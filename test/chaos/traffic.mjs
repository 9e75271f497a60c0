// Who sends updates, and what: as much of it as can be is a function of the seed.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.mjs';
import { createRandom } from './random.mjs';

const WRITERS = 5;
const LARGEST = 8;
const LONGEST_PAUSE_MILLIS = 250;
/** Shorter than a process may be stopped: the same update is then sent to another one, and must count once. */
const TIMEOUT_MILLIS = 4_000;
const REQUESTS = Array.from({ length: 12 }, (_, n) => `r-${n}`);
/** What no parser and printer keeps. */
const ODD = '"number":12345678901234567890.10, "text":"\\u00fcber\\/\u00fc \\ud83d\\ude00 🌊",  "empty":{ }';

let batches = 0;

/**
 * Sends until `isOver`; resolves when all that was begun is accepted.
 * @param {object} given
 * @param {object} [given.database] where one more writer calls `hooktide.enqueue`, which older builds don't have
 */
export async function write({ seed, trace, api, database, isOver }) {
  const post = async (updates, random) => {
    const texts = updates.map(({ key, type, body }) => `{"id":"${key}","type":"${type}","payload":${body}}`);
    const body = texts.length === 1 && random.chance(0.5) ? texts[0] : `[${texts.join(',\n')}]`;
    await api.ask('POST', '/api/updates', body, [202], TIMEOUT_MILLIS);
  };
  const call = async ([{ key, type, body }]) => {
    await database.query('SELECT hooktide.enqueue($1, $2, $3)', [type, body, key]);
  };
  const writers = Array.from({ length: WRITERS }, (_, writer) => writeAlone(writer, LARGEST, post));
  await Promise.all(database ? [...writers, writeAlone('sql', 1, call)] : writers);

  async function writeAlone(writer, largest, send) {
    const random = createRandom(seed, 'writer', writer);
    for (let count = 0; !isOver(); count += 1) {
      const size = random.chance(0.3) ? 1 : random.whole(1, largest);
      const batch = (batches += 1);
      const updates = Array.from({ length: size }, (_, position) => ({
        ...draw(random, `w${writer}.${count}.${position}`),
        batch,
        position,
        beganAt: now(),
        acceptedAt: null,
      }));
      trace.sent.push(...updates);
      await send(updates, random);
      const at = now();
      for (const update of updates) update.acceptedAt = at;
      await pause(random.whole(0, LONGEST_PAUSE_MILLIS));
    }
  }
}

/** All writers speak of the same few subjects. */
function draw(random, key) {
  const requestId = random.pick(REQUESTS);
  const type = random.pick(['REQUEST', 'REQUEST', 'TASK', 'DEPLOY']);
  const deployId = `d-${random.whole(0, 1)}`;
  const time = Date.now();
  const rest = `"chaos":"${key}",${ODD}`;
  switch (type) {
    case 'REQUEST':
      return {
        key,
        type,
        requestId,
        subject: requestId,
        body: `{"createdAt":${time}, "eventType":"UPDATED","request":{"id":"${requestId}"},${rest}}`,
      };
    case 'DEPLOY': {
      const marker = `{"requestId":"${requestId}","deployId":"${deployId}","timestamp":${time}}`;
      return {
        key,
        type,
        requestId,
        subject: `${requestId}/${deployId}`,
        body: `{"deployMarker":${marker},"eventType":"FINISHED",${rest}}`,
      };
    }
    default: {
      const taskId = `${requestId}-${deployId}-1`;
      const ids = `{"id":"${taskId}","requestId":"${requestId}","deployId":"${deployId}"}`;
      const update = `{"taskId":${ids},"taskState":"TASK_RUNNING","timestamp":${time}}`;
      return { key, type, requestId, subject: taskId, body: `{"taskUpdate":${update},${rest}}` };
    }
  }
}
