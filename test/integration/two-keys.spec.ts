import { afterEach, beforeEach, expect, it } from 'vitest';
import { canary } from '../setup/canary.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { newKey } from '../setup/vault.js';
import { isVerified } from '../setup/verify.js';

let database: TestDatabase;
let running: Hooktide[];
beforeEach(async () => {
  database = await createTestDatabase();
  running = [];
});
afterEach(async () => {
  for (const hooktide of running) await hooktide.stop();
  await closeReceivers();
  await database.drop();
});

/** A process of that role with these keys: the first one seals. */
async function start(role: 'api' | 'dispatch', keys: string[]): Promise<Hooktide> {
  const hooktide = await startHooktide({ database, env: { ROLES: role, SECRETS_KEYS: keys.join(',') } });
  running.push(hooktide);
  return hooktide;
}

/** Registers a webhook that has secrets, and answers with the one that signs. */
async function register(by: Hooktide, uri: string): Promise<string> {
  const headers = { 'X-Key': canary('key') };
  const answer = await by.api('POST', '/api/webhooks', { id: 'w', type: 'REQUEST', uri, headers });
  const secret = answer.headers.get('hooktide-secret');
  if (secret === null) throw new Error(`No secret was made: ${answer.text}`);
  return secret;
}

const A = newKey();
const B = newKey();

/** The two steps of docs/adr/0012: the new key behind the old one everywhere, then before it everywhere. */
it.each([
  ['the old build seals, a process of the first step sends', [A], [A, B]],
  ['a process of the first step seals, the old build sends', [A, B], [A]],
  ['a process of the first step seals, one of the second sends', [A, B], [B, A]],
  ['a process of the second step seals, one of the first sends', [B, A], [A, B]],
])('while a key is replaced in two steps, %s', async (_, sealing, sending) => {
  const receiver = await startReceiver();
  const one = await start('api', sealing);
  await start('dispatch', sending);
  const secret = await register(one, receiver.url);
  await one.post(requestUpdate('r'));
  const [request] = await receiver.waitFor(1);
  expect([request!.headers['x-key'], isVerified(secret, request!)]).toEqual([canary('key'), true]);
  // The other one opens it as well, where it is shown.
  const another = await start('api', sending);
  expect((await another.api('GET', '/api/webhooks/w')).json.unreadable).toBeNull();
});

it('a process that lacks the key sends nothing unsigned, says why, and another one delivers', async () => {
  const receiver = await startReceiver();
  const one = await start('api', [A]);
  const stranger = await start('dispatch', [B]);
  const secret = await register(one, receiver.url);
  await one.post(requestUpdate('first'));
  const tried = await until(async () => {
    const { items } = (await one.api('GET', '/api/deliveries?state=waiting')).json;
    return items[0]?.attempts > 2 && items[0];
  });
  expect(tried.why.detail).toContain('give every process the keys that sealed it, in secrets.keysFile');
  const attempts = stranger.logged.filter(({ event }) => event === 'delivery.attempted');
  expect(new Set(attempts.map(({ data }) => data['reason']))).toEqual(new Set(['unreadable_secrets']));

  await start('dispatch', [A]);
  await one.post(requestUpdate('second'));
  const requests = await receiver.waitFor(2);
  expect(requests.map((request) => [request.headers['x-key'], isVerified(secret, request)])).toEqual([
    [canary('key'), true],
    [canary('key'), true],
  ]);
});
