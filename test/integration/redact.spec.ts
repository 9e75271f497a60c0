import { afterEach, beforeEach, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { fixture } from '../setup/updates.js';

const SECRET = 'correct-horse';
const ENV = `"env" : { "DB_PASSWORD" : "${SECRET}", "ENVIRONMENT" : "prod" }`;
/** A task's, indented and with its doubles, as Singularity's UI shows it. */
const PAYLOAD = fixture('task-webhook.running.json').replace(/"env" : \{[^}]*\}/, ENV);
const HIDDEN = PAYLOAD.replaceAll(`"${SECRET}"`, '"***"');

let hooktide: Hooktide;
beforeEach(async () => {
  hooktide = await startHooktide({ env: { REDACT_ENV: 'true', REDACT_PATHS: '$..statusMessage,$.message' } });
});
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const stored = async () =>
  (await hooktide.sql<{ payload: string }>('SELECT payload FROM hooktide.update ORDER BY id')).map(
    (row) => row.payload,
  );
const paused = (message: string) => `{"createdAt":1,"eventType":"PAUSED","request":{"id":"a"},"message":${message}}`;
const task = (payload: string, id?: string) => `{"type":"TASK","payload":${payload}${id ? `,"id":"${id}"` : ''}}`;

it('a secret neither arrives nor is stored, in any format; the rest is the same byte for byte', async () => {
  expect(PAYLOAD).toContain(SECRET);
  const formats = ['singularity', 'cloudevents', 'form', 'slack', 'sail'];
  const receivers = await Promise.all(formats.map(() => startReceiver()));
  for (const [index, format] of formats.entries()) {
    await hooktide.api('POST', '/api/webhooks', { type: 'TASK', uri: receivers[index]!.url, format });
  }
  const { ids } = await hooktide.post(task(PAYLOAD));
  const arrived = await Promise.all(receivers.map((receiver) => receiver.waitFor(1)));
  expect(arrived[0]![0]!.body).toBe(HIDDEN);
  for (const [request] of arrived) expect(decodeURIComponent(request!.body)).not.toContain(SECRET);
  expect(await stored()).toEqual([HIDDEN]);
  expect((await hooktide.api('GET', `/api/updates/${ids[0]}?payload=true`)).text).not.toContain(SECRET);
});

it('places are hidden, though what Hooktide itself reads there is known', async () => {
  const receiver = await startReceiver();
  await hooktide.register(receiver.url, 'REQUEST');
  await hooktide.post(`{"type":"REQUEST","payload":${paused('{"by": 1.0}')}}`);
  expect((await receiver.waitFor(1))[0]!.body).toBe(paused('"***"'));
});

it('an id is compared by what is left: another secret is the same update, another command is not', async () => {
  expect(await hooktide.post(task(PAYLOAD, 'one'))).toMatchObject({ ids: ['one'] });
  await hooktide.post(task(PAYLOAD.replace(SECRET, 'battery-staple'), 'one'));
  expect(await stored()).toEqual([HIDDEN]);
  const other = await hooktide.api('POST', '/api/updates', task(PAYLOAD.replace('"prod"', '"test"'), 'one'));
  expect([other.status, other.json.code]).toEqual([409, 'id_conflict']);
});

it('what comes by SQL is stored as it came, and leaves without its secrets', async () => {
  const receiver = await startReceiver();
  await hooktide.register(receiver.url, 'TASK');
  await hooktide.sql(`SELECT hooktide.enqueue('TASK', $1)`, [PAYLOAD]);
  expect((await receiver.waitFor(1))[0]!.body).toBe(HIDDEN);
  expect(await stored()).toEqual([PAYLOAD]);
});

it('a direct message is its sender’s own', async () => {
  await hooktide.stop();
  hooktide = await startHooktide({ env: { REDACT_ENV: 'true', HOOK_SLINGER_API_TOKEN: 'secret' } });
  const receiver = await startReceiver();
  const payload = { env: { API_KEY: SECRET } };
  const response = await fetch(`${hooktide.url}/hook_slinger/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Token secret' },
    body: JSON.stringify({ to_url: receiver.url, to_auth: '', tag: 't', group: 'g', payload }),
  });
  expect(response.status).toBe(202);
  expect(JSON.parse((await receiver.waitFor(1))[0]!.body)).toEqual(payload);
});
