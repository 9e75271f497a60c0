// What "helm test" runs in a pod of its own: is Hooktide ready, and does an update arrive? Registers a webhook that leads
// here, sends an update by the API, waits for it, and deletes the webhook. No other receiver hears of it: the update is of a
// type that no other webhook is registered for. Where there is none, a sample is sent past the queue, to that webhook alone.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

// The one that is seldom registered for comes first. Each makes a payload about the request `id`.
const UPDATES = {
  ELEVATED_ACCESS: (id, now) => ({ user: 'helm test', requestId: id, scope: 'READ', createdAt: now }),
  CRASHLOOP: (id, now) => ({ requestId: id, deployId: id, start: now, type: 'FAST_FAILURE_LOOP' }),
  REQUEST: (id, now) => ({
    createdAt: now,
    user: 'helm test',
    eventType: 'UPDATED',
    request: { id, requestType: 'SERVICE' },
  }),
};
const WITHIN_MILLIS = Number(process.env.TEST_WITHIN_MILLIS ?? 120_000);
const LOOK_EVERY_MILLIS = 250;

const { HOOKTIDE, RECEIVER, TOKEN_FILE, GOES_TO_TOPICS } = process.env;
const token = TOKEN_FILE && existsSync(TOKEN_FILE) ? readFileSync(TOKEN_FILE, 'utf8').trim() : null;
const deadline = Date.now() + WITHIN_MILLIS;
const say = (line) => process.stdout.write(`${line}\n`);

async function call(method, path, given) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const body = given && JSON.stringify(given);
  const response = await fetch(HOOKTIDE + path, { method, headers, body, signal: AbortSignal.timeout(15_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Asks again and again until `look` finds something. */
async function until(what, look) {
  let problem = 'nothing was seen of it';
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      problem = error.cause?.message ?? error.message;
    }
    await pause(LOOK_EVERY_MILLIS);
  }
  throw new Error(`Not within ${WITHIN_MILLIS / 1000} seconds: ${what}. ${problem}`);
}

/** Keeps what arrives, by path. */
async function receive() {
  const arrived = new Map();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      arrived.set(request.url, Buffer.concat(chunks).toString());
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve, reject) => server.on('error', reject).listen(Number(new URL(RECEIVER).port), resolve));
  return { arrived, close: () => (server.closeAllConnections(), server.close()) };
}

async function typeForUsAlone() {
  if (GOES_TO_TOPICS === 'true') return null;
  const taken = (await call('GET', '/api/webhooks')).map(({ type }) => type);
  return Object.keys(UPDATES).find((type) => !taken.includes(type)) ?? null;
}

async function sendTo(webhook, type, id) {
  if (type === null) {
    say('Webhooks of others take every type, or updates go to topics: a sample is sent to this webhook alone.');
    const { delivered, outcome } = await call('POST', `/api/webhooks/${webhook}/test`);
    if (!delivered) throw new Error(`The sample did not arrive: ${outcome.detail}`);
    return;
  }
  const update = { type, id, payload: UPDATES[type](id, Date.now()) };
  const { deliveries } = await call('POST', '/api/updates', update);
  if (deliveries !== 1) throw new Error(`The update is owed to ${deliveries} webhooks, and should be to one.`);
  say(`An update of type ${type} was accepted.`);
}

async function main() {
  await until('/readyz answers', () => call('GET', '/readyz'));
  say('Hooktide is ready.');
  const id = `hooktide-helm-test-${randomUUID()}`;
  const type = await typeForUsAlone();
  const receiver = await receive();
  try {
    const filter = type === null ? undefined : { requestIds: [id] };
    await call('POST', '/api/webhooks', { id, type: type ?? 'REQUEST', uri: `${RECEIVER}/${id}`, filter });
    say(`The webhook ${id} is registered.`);
    await sendTo(id, type, id);
    await until('the update arrives', () => receiver.arrived.get(`/${id}`));
    say('It arrived.');
  } finally {
    await call('DELETE', `/api/webhooks/${id}`).then(() => say('The webhook is deleted.'));
    receiver.close();
  }
}

await main().catch((error) => {
  say(`FAILED: ${error.message}`);
  process.exitCode = 1;
});
