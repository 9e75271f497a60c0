import { afterEach, describe, expect, it } from 'vitest';
import { call, startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

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
const deadLetters = async (query = ''): Promise<any[]> => (await get(`/api/dead-letters?limit=1000&${query}`)).items;
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
/** Makes what waits for webhooks into dead letters, as the dispatcher would. */
const bury = (reason = 'over_cap') =>
  hooktide.sql(
    `WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
     INSERT INTO hooktide.dead_letter (id, lane_id, first_lane_id, webhook_id, update_id, subject, reason, attempts)
     SELECT g.id, lane_id, first_lane_id, webhook_id, update_id, subject, $1, 0
     FROM gone AS g JOIN hooktide.lane AS l ON l.id = lane_id`,
    [reason],
  );
const logged = (event: string) => hooktide.logged.filter((line) => line.event === event).map(({ data }) => data);

describe('the replay of one dead letter', () => {
  it('sends it again as it was, under the same webhook-id', async () => {
    await start();
    const receiver = await receive(500);
    await hooktide.post(requestUpdate('r', 7, LONG_AGO));
    const [letter] = await until(async () => (await deadLetters()).length > 0 && deadLetters());
    receiver.answer.status = 200;
    const [status, answer] = await post(`/api/dead-letters/${letter.id}/replay`);
    expect([status, answer]).toEqual([202, { replayed: 1, deliveryId: expect.any(Number) }]);
    const [first, second] = await receiver.waitFor(2);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const arrived = await until(async () => (await deliveries('state=delivered'))[0]);
    expect(arrived).toMatchObject({ id: answer.deliveryId, updateId: letter.updateId, isReplay: true, attempts: 1 });
    expect(await deadLetters()).toEqual([]);
    expect(logged('delivery.replayed')).toEqual([
      { replayed: 1, skipped: 0, delivery: letter.id, as: answer.deliveryId },
    ]);
  });

  it('counts its age from the replay, and holds nothing up', async () => {
    await start();
    const receiver = await receive(500);
    await hooktide.post(requestUpdate('r', 1, LONG_AGO));
    const [letter] = await until(async () => (await deadLetters()).length > 0 && deadLetters());
    const [, { deliveryId }] = await post(`/api/dead-letters/${letter.id}/replay`);
    const replay = await until(async () => (await deliveries('state=waiting')).find(({ attempts }) => attempts > 2));
    expect(replay).toMatchObject({ id: deliveryId, isReplay: true });
    expect(Date.now() - Date.parse(replay.waitingSince)).toBeLessThan(60_000);
    await hooktide.post(requestUpdate('r', 2));
    const [later] = await deliveries();
    expect(later.why.code).not.toBe('blocked');
    receiver.answer.status = 200;
    await until(async () => (await deliveries('state=delivered')).length === 2);
    expect(await deadLetters()).toEqual([]);
  });

  it('goes to the webhook that is registered under the id now, however often it was registered and replayed', async () => {
    await start();
    const receiver = await receive(500);
    await hooktide.post(requestUpdate('r', 1));
    await receiver.waitFor(1);
    const ids = new Set<unknown>();
    for (let round = 0; round < 3; round += 1) {
      await hooktide.api('DELETE', '/api/webhooks/w');
      const [letter] = await until(async () => (await deadLetters()).length > 0 && deadLetters());
      expect(letter.reason).toBe('webhook_deleted');
      const [status, problem] = await post(`/api/dead-letters/${letter.id}/replay`);
      expect([status, problem.code]).toEqual([409, 'webhook_deleted']);
      expect(problem.detail).toContain('register it again');
      expect(await deadLetters()).toEqual([letter]);
      await hooktide.register(receiver.url, 'REQUEST', 'w');
      const before = receiver.requests.length;
      expect((await post(`/api/dead-letters/${letter.id}/replay`))[0]).toBe(202);
      await receiver.waitFor(before + 1);
    }
    for (const { headers } of receiver.requests) ids.add(headers['webhook-id']);
    expect(ids.size).toBe(1);
  });

  it('happens once, however many ask for it at once', async () => {
    await start(API_ONLY);
    await hooktide.register(URI, 'REQUEST', 'w');
    await hooktide.post(requestUpdate('r'));
    await bury();
    const [letter] = await deadLetters();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        n < 6 ? post(`/api/dead-letters/${letter.id}/replay`) : post('/api/dead-letters/replay', {}),
      ),
    );
    const replayed = all.filter(([status, json]) => status === 202 && json.replayed === 1);
    expect(replayed).toHaveLength(1);
    expect(all.slice(0, 6).every(([status, json]) => status === 202 || json.code === 'delivery_not_found')).toBe(true);
    expect(await deliveries()).toMatchObject([{ state: 'waiting', isReplay: true, attempts: 0 }]);
  });

  it('of one that isn’t there is a 404', async () => {
    await start(API_ONLY);
    for (const id of ['1', 'x', '99999999999999999999']) {
      for (const path of [`/api/dead-letters/${id}/replay`, `/api/deliveries/${id}/replay`]) {
        const [status, json] = await post(path);
        expect([path, status, json.code]).toEqual([path, 404, 'delivery_not_found']);
      }
      expect((await hooktide.api('DELETE', `/api/dead-letters/${id}`)).status).toBe(404);
    }
  });
});

describe('the replay of dead letters by filter', () => {
  it('takes all of them in batches, oldest first, and leaves those of deleted webhooks', async () => {
    await start(API_ONLY);
    for (const id of ['a', 'b', 'gone']) await hooktide.register(URI, 'REQUEST', id);
    for (let n = 0; n < 3; n += 1) {
      await hooktide.post(Array.from({ length: 400 }, (_, i) => requestUpdate('r', n * 400 + i)));
    }
    await bury();
    await hooktide.api('DELETE', '/api/webhooks/gone');
    expect(await post('/api/dead-letters/replay', {})).toEqual([202, { replayed: 2_400, skipped: 1_200 }]);
    const rows = await hooktide.sql<{ inOrder: boolean; size: string }>(`
      SELECT count(*) AS size, bool_and(n > before) AS "inOrder" FROM (
        SELECT n, lag(n) OVER (PARTITION BY lane_id ORDER BY id) AS before FROM (
          SELECT d.id, d.lane_id, (u.payload::json ->> 'message')::int AS n
          FROM hooktide.delivery AS d JOIN hooktide.update AS u ON u.id = d.update_id) AS x) AS y`);
    expect(rows).toEqual([{ size: '2400', inOrder: true }]);
    const [left] = await hooktide.sql('SELECT count(*)::int AS count, min(webhook_id) AS id FROM hooktide.dead_letter');
    expect(left).toEqual({ count: 1_200, id: 'gone' });
    expect(await post('/api/dead-letters/replay', {})).toEqual([202, { replayed: 0, skipped: 1_200 }]);
    expect(logged('delivery.replayed')[0]).toEqual({ replayed: 2_400, skipped: 1_200, filter: {} });
  });

  it('takes those that the filter names, as their list does', async () => {
    await start(API_ONLY);
    for (const id of ['a', 'b/ c']) await hooktide.register(URI, 'REQUEST', id);
    await hooktide.post({ ...requestUpdate('r1'), id: 'mine' });
    await bury('over_cap');
    await hooktide.post([requestUpdate('r2'), requestUpdate('r3')]);
    await bury('over_age');
    const filters: [object, number][] = [
      [{ webhookId: 'b/ c', requestId: 'r2' }, 1],
      [{ reason: 'over_age', webhookId: 'a' }, 2],
      [{ updateId: 'mine' }, 2],
      [{ type: 'TASK' }, 0],
      [{ until: '2026-01-01' }, 0],
      [{ type: 'REQUEST', since: LONG_AGO }, 1],
    ];
    for (const [filter, count] of filters) {
      const query = new URLSearchParams(
        Object.entries(filter).map(([name, value]) => [name, String(value)] as [string, string]),
      );
      expect([filter, await deadLetters(query.toString())]).toEqual([filter, Array(count).fill(expect.anything())]);
      expect(await post('/api/dead-letters/replay', filter)).toEqual([202, { replayed: count, skipped: 0 }]);
    }
    expect(await deadLetters()).toEqual([]);
  });

  it('refuses what it cannot read, and a body that isn’t called JSON', async () => {
    await start(API_ONLY);
    const bad: [string, unknown, string][] = [
      ['/api/dead-letters/replay', { webhookID: 'a' }, 'webhookID'],
      ['/api/dead-letters/replay', { reason: 'lost' }, 'reason'],
      ['/api/dead-letters/replay', { since: 'today' }, 'since'],
      ['/api/dead-letters/replay', undefined, 'body'],
      ['/api/dead-letters/replay', '[]', 'body'],
      ['/api/dead-letters/discard', '{"a"', 'body'],
      ['/api/dead-letters/discard?webhookId=a', {}, 'webhookId'],
      ['/api/dead-letters/discard', { limit: '1' }, 'limit'],
      ['/api/deliveries/replay', {}, 'body'],
      ['/api/deliveries/replay', { reason: 'over_age' }, 'reason'],
      ['/api/deliveries/replay', { requestId: null }, 'requestId'],
    ];
    for (const [path, body, field] of bad) {
      const [status, json] = await post(path, body);
      expect([path, body, status, json.code, json.field]).toEqual([path, body, 400, 'invalid_input', field]);
    }
    for (const path of ['dead-letters/replay', 'dead-letters/discard', 'dead-letters/1/replay', 'deliveries/replay']) {
      const headers = { 'Content-Type': 'text/plain' };
      const { status } = await fetch(`${hooktide.url}/api/${path}`, { method: 'POST', headers, body: '{}' });
      expect([path, status]).toEqual([path, 415]);
    }
  });
});

describe('dead letters that are discarded', () => {
  it('are gone, one by one or by filter', async () => {
    await start(API_ONLY);
    await hooktide.register(URI, 'REQUEST', 'w');
    await hooktide.post(Array.from({ length: 1_000 }, (_, n) => requestUpdate(n < 2 ? 'a' : 'b', n)));
    await hooktide.post(requestUpdate('b'));
    await bury();
    const [first] = await deadLetters();
    expect((await call(hooktide.url, 'DELETE', `/api/dead-letters/${first.id}`)).status).toBe(204);
    expect((await call(hooktide.url, 'DELETE', `/api/dead-letters/${first.id}`)).status).toBe(404);
    const gone = (await call(hooktide.url, 'GET', `/api/deliveries/${first.id}`)).json;
    expect(gone).toMatchObject({
      code: 'delivery_not_found',
      detail: expect.stringContaining('replayed or discarded'),
    });
    expect(await post('/api/dead-letters/discard', { requestId: 'b' })).toEqual([200, { discarded: 999 }]);
    expect(await deadLetters()).toHaveLength(1);
    expect(await post('/api/dead-letters/discard', {})).toEqual([200, { discarded: 1 }]);
    expect(logged('dead_letter.discarded')).toEqual([
      { discarded: 1, delivery: first.id },
      { discarded: 999, filter: { requestId: 'b' } },
      { discarded: 1, filter: {} },
    ]);
  });
});
