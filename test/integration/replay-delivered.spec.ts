import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
const start = async (options: HooktideOptions = {}) => (hooktide = await startHooktide(options));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const API_ONLY = { env: { ROLES: 'api' } };
const URI = 'http://127.0.0.1:9/';
const LONG_AGO = Date.now() - 30 * 24 * 3_600_000;
const get = async (path: string) => (await hooktide.api('GET', path)).json;
// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
const deliveries = async (query = ''): Promise<any[]> => (await get(`/api/deliveries?limit=1000&${query}`)).items;
const post = async (path: string, body?: unknown) => {
  const { status, json } = await hooktide.api('POST', path, body);
  return [status, json];
};
/** A receiver whose status the test changes, registered. */
async function receive(status: number, id = 'w') {
  const answer = { status };
  const receiver = await startReceiver((response) => response.writeHead(answer.status).end());
  await hooktide.register(receiver.url, 'REQUEST', id);
  return Object.assign(receiver, { answer });
}
const replay = (filter: object) => post('/api/deliveries/replay', filter);

describe('the replay of what was delivered', () => {
  it('sends one again under the same webhook-id, and keeps its history', async () => {
    await start();
    const receiver = await receive(200);
    await hooktide.post(requestUpdate('r', 7));
    const arrived = await until(async () => (await deliveries('state=delivered'))[0]);
    for (let round = 1; round < 3; round += 1) {
      const newest = (await deliveries('state=delivered'))[0];
      expect((await post(`/api/deliveries/${newest.id}/replay`))[0]).toBe(202);
      await until(async () => (await deliveries('state=delivered')).length === round + 1);
    }
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
    expect((await deliveries()).map(({ isReplay }) => isReplay)).toEqual([true, true, false]);
    expect(await get(`/api/deliveries/${arrived.id}`)).toEqual(arrived);
  });

  it('takes a dropped one as well, but none that waits or whose webhook is deleted', async () => {
    await start(API_ONLY);
    await hooktide.register(URI, 'REQUEST', 'w');
    await hooktide.post(requestUpdate('r'));
    await hooktide.sql(`
      WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
      INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
      SELECT id, lane_id, 'w', update_id, subject, 'over_cap', 0 FROM gone`);
    const [letter] = await deliveries('state=dropped');
    const [status, { deliveryId }] = await post(`/api/deliveries/${letter.id}/replay`);
    expect(status).toBe(202);
    const [conflict, waits] = await post(`/api/deliveries/${deliveryId}/replay`);
    expect([conflict, waits.code]).toEqual([409, 'still_waiting']);
    await deliver();
    await hooktide.api('DELETE', '/api/webhooks/w');
    const [gone, problem] = await post(`/api/deliveries/${deliveryId}/replay`);
    expect([gone, problem.code]).toEqual([409, 'webhook_deleted']);
  });

  it('by filter sends each once, however often it was replayed before', async () => {
    await start(API_ONLY);
    for (const id of ['a', 'b']) await hooktide.register(URI, 'REQUEST', id);
    await hooktide.post([requestUpdate('r', 1), requestUpdate('r', 2)]);
    for (let round = 0; round < 3; round += 1) {
      await deliver();
      expect(await replay({ requestId: 'r' })).toEqual([202, { replayed: 4, skipped: 0 }]);
    }
    // What was delivered by a replay alone counts as well.
    await deliver();
    await hooktide.sql('DELETE FROM hooktide.history WHERE first_lane_id IS NULL');
    expect(await replay({ requestId: 'r' })).toEqual([202, { replayed: 4, skipped: 0 }]);
  });

  it('by filter takes those that it names, and leaves those of deleted webhooks', async () => {
    await start(API_ONLY);
    for (const id of ['a', 'b', 'gone']) await hooktide.register(URI, 'REQUEST', id);
    await hooktide.post(Array.from({ length: 400 }, (_, n) => requestUpdate(n === 0 ? 'first' : 'r', n)));
    await deliver();
    await hooktide.api('DELETE', '/api/webhooks/gone');
    expect(await replay({ requestId: 'first', webhookId: 'a' })).toEqual([202, { replayed: 1, skipped: 0 }]);
    expect(await replay({ type: 'TASK' })).toEqual([202, { replayed: 0, skipped: 0 }]);
    expect(await replay({ webhookId: 'gone' })).toEqual([202, { replayed: 0, skipped: 400 }]);
    expect(await replay({ since: LONG_AGO })).toEqual([202, { replayed: 800, skipped: 400 }]);
    const [{ updateId }] = await deliveries('requestId=first');
    expect(await replay({ updateId })).toEqual([202, { replayed: 2, skipped: 1 }]);
    expect((await deliveries('state=waiting')).length).toBe(803);
    expect((await hooktide.sql('SELECT 1 FROM hooktide.history')).length).toBe(1_200);
  });
});

/** Makes what waits into history, as the dispatcher would. */
async function deliver(): Promise<void> {
  await hooktide.sql(`
    WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
    INSERT INTO hooktide.history (update_id, lane_id, first_lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
    SELECT update_id, lane_id, first_lane_id, id, 1, now(), 200, 1 FROM gone`);
}

it('many replays at once arrive, while updates come in', async () => {
  await start({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '2000000000' } });
  const receiver = await receive(200);
  await hooktide.post(Array.from({ length: 200 }, (_, n) => requestUpdate(`r${n % 5}`, n)));
  await receiver.waitFor(200);
  await until(async () => (await deliveries('state=delivered')).length === 200);
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      await hooktide.post(requestUpdate('new', 1_000 + n));
      const [status, json] = await post('/api/deliveries/replay', { requestId: `r${n % 5}` });
      expect([status, json]).toEqual([202, { replayed: 40, skipped: 0 }]);
    }),
  );
  await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length === 0);
  const numbers = new Set(receiver.requests.map(({ body }) => numberOf(body)));
  expect(numbers.size).toBe(220);
});
