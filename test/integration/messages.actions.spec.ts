import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type HooktideOptions } from '../setup/hooktide.js';
import { startMessaging, type Messaging } from '../setup/messages.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let messaging: Messaging;
const start = async (options: HooktideOptions = {}) => (messaging = await startMessaging(options));
afterEach(async () => {
  await messaging.stop();
  await closeReceivers();
});

const API_ONLY = { env: { ROLES: 'api' } };
const AWAY = 'http://127.0.0.1:9/';
const api = async (method: string, path: string, body?: unknown) => {
  const { status, json } = await messaging.hooktide.api(method, path, body);
  return [status, json];
};
const get = async (path: string) => (await messaging.hooktide.api('GET', path)).json;
const encoded = (id: string) => `/api/messages/${encodeURIComponent(id)}`;
const ids = async (query = ''): Promise<string[]> =>
  (await get(`/api/messages?limit=1000&${query}`)).items.map(({ id }: { id: string }) => id);
const become = (id: string, status: string) =>
  until(async () => {
    const message = await get(encoded(id));
    return message.status === status && message;
  });
const logged = (event: string) =>
  messaging.hooktide.logged.filter((line) => line.event === event).map(({ data }) => data);
/** A receiver whose status the test changes. */
async function receive(status: number) {
  const answer = { status };
  const receiver = await startReceiver((response) => response.writeHead(answer.status).end());
  return Object.assign(receiver, { answer });
}
/** Makes what waits into dead letters, as the dispatcher would. */
const bury = (where = 'true') =>
  messaging.hooktide.sql(
    `WITH gone AS (DELETE FROM hooktide.delivery WHERE ${where} RETURNING *)
     INSERT INTO hooktide.dead_letter (id, lane_id, first_lane_id, webhook_id, update_id, subject, reason, attempts)
     SELECT g.id, lane_id, first_lane_id, webhook_id, update_id, subject, 'attempts_exhausted', 4
     FROM gone AS g JOIN hooktide.lane AS l ON l.id = lane_id`,
  );
/** Makes what waits into history. */
const arrive = (where = 'true') =>
  messaging.hooktide.sql(
    `WITH gone AS (DELETE FROM hooktide.delivery WHERE ${where} RETURNING *)
     INSERT INTO hooktide.history (update_id, lane_id, first_lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
     SELECT update_id, lane_id, first_lane_id, id, 1, now(), 200, 1 FROM gone`,
  );
const replay = (filter: unknown) => api('POST', '/api/messages/replay', filter);
const remove = (query: string) => api('DELETE', `/api/messages?${query}`);
/** How many rows of each table speak of messages. */
const rows = async () => {
  const tables = ['delivery', 'dead_letter', 'history', 'update'];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM hooktide.${table})`).join(', ');
  const [row] = await messaging.hooktide.sql<{ counts: number[] }>(`SELECT ARRAY[${counts}] AS counts`);
  return row?.counts;
};

describe('the replay of a message', () => {
  it('sends one that failed again, to its uri, under its webhook-id and with all its retries', async () => {
    await start();
    const receiver = await receive(500);
    const id = await messaging.send(`${receiver.url}a?b=c`, { authorization: 'Token x' });
    await become(id, 'failed');
    receiver.answer.status = 200;
    const [status, json] = await api('POST', `${encoded(id)}/replay`);
    expect([status, json]).toEqual([202, { replayed: 1, deliveryId: expect.any(Number) }]);
    const finished = await become(id, 'finished');
    expect(finished).toMatchObject({ isReplay: true, deliveryId: json.deliveryId, attempts: 1, failedAt: null });
    const seen = receiver.requests.map(({ path, headers, body }) => [
      path,
      headers['webhook-id'],
      headers.authorization,
      body,
    ]);
    expect(new Set(seen.map((it) => JSON.stringify(it))).size).toBe(1);
    expect(seen).toHaveLength(4);
  });

  it('sends one that is finished again, any number of times, and tells how the last one went', async () => {
    await start();
    const receiver = await receive(200);
    const id = await messaging.send(receiver.url);
    await become(id, 'finished');
    await api('POST', `${encoded(id)}/replay`);
    await receiver.waitFor(2);
    await until(
      async () => (await get(encoded(id))).isReplay === true && (await get(encoded(id))).status === 'finished',
    );
    receiver.answer.status = 500;
    await api('POST', `${encoded(id)}/replay`);
    await become(id, 'failed');
    expect(await ids()).toEqual([id]);
    expect(await ids('status=finished')).toEqual([]);
    expect(await ids('status=failed')).toEqual([id]);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('happens once, however many ask for one that failed', async () => {
    await start(API_ONLY);
    const id = await messaging.send(AWAY);
    await bury();
    const all = await Promise.all(Array.from({ length: 6 }, () => api('POST', `${encoded(id)}/replay`)));
    expect(all.filter(([status]) => status === 202)).toHaveLength(1);
    expect(all.filter(([, json]) => json.code === 'still_waiting')).toHaveLength(5);
    expect(await rows()).toEqual([1, 0, 0, 1]);
  });

  it('by filter takes those that failed and that it names, in batches', async () => {
    await start(API_ONLY);
    for (let n = 0; n < 1_200; n += 1) await messaging.send(AWAY, { group: n < 1_100 ? 'g' : 'h', tag: `t${n % 2}` });
    await bury();
    const finished = await messaging.send(`${AWAY}finished`, { group: 'g' });
    await arrive();
    await messaging.hooktide.register(AWAY, 'REQUEST', 'w');
    await messaging.hooktide.post(requestUpdate('r'));
    await bury();
    expect(await replay({ group: 'g', tag: 't1' })).toEqual([202, { replayed: 550 }]);
    expect(await replay({ uri: 'http://127.0.0.1:9/*', group: 'h', since: Date.now() + 60_000 })).toEqual([
      202,
      { replayed: 0 },
    ]);
    expect(await replay({ uri: AWAY, group: 'h' })).toEqual([202, { replayed: 100 }]);
    expect(await replay({})).toEqual([202, { replayed: 550 }]);
    expect(await replay({})).toEqual([202, { replayed: 0 }]);
    expect(await rows()).toEqual([1_200, 1, 1, 1_202]);
    expect(await ids('status=finished')).toEqual([finished]);
    expect(logged('message.replayed')[2]).toEqual({ replayed: 100, filter: { group: 'h', uri: '***' } });
    for (const [body, field] of [
      [{ status: 'failed' }, 'status'],
      [undefined, 'body'],
      [{ limit: 1 }, 'limit'],
    ]) {
      expect(await replay(body)).toMatchObject([400, { code: 'invalid_input', field }]);
    }
  });
});

describe('a message that is deleted', () => {
  it.each([
    ['waits', () => Promise.resolve()],
    ['failed', () => bury()],
    ['is finished', () => arrive()],
  ])('and %s leaves nothing behind', async (_, settle) => {
    await start(API_ONLY);
    const [id, other] = [await messaging.send(AWAY), await messaging.send(AWAY)];
    await settle();
    expect((await messaging.hooktide.api('DELETE', encoded(id))).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await api(method, encoded(id)))[0]).toBe(404);
    expect(await ids()).toEqual([other]);
    expect((await rows())?.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(logged('message.deleted')).toMatchObject([{ deleted: 1, message: id }]);
  });

  it('is never sent, if nobody has it in his hands', async () => {
    await start(API_ONLY);
    const receiver = await receive(200);
    const [gone, next] = [await messaging.send(`${receiver.url}gone`), await messaging.send(`${receiver.url}next`)];
    await messaging.hooktide.api('DELETE', encoded(gone));
    const dispatcher = await startHooktide({
      env: { ROLES: 'dispatch' },
      database: { url: messaging.database.url, drop: () => Promise.resolve() },
    });
    await become(next, 'finished');
    await dispatcher.stop();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/next']);
  });

  it('goes for good while it is under way: its result is written nowhere', async () => {
    await start();
    const held: (() => void)[] = [];
    const receiver = await startReceiver((response, { path }) => {
      if (path === '/slow') held.push(() => response.writeHead(500).end());
      else response.writeHead(200).end();
    });
    const id = await messaging.send(`${receiver.url}slow`);
    await receiver.waitFor(1);
    expect((await messaging.hooktide.api('DELETE', encoded(id))).status).toBe(204);
    for (const answer of held) answer();
    const next = await messaging.send(`${receiver.url}next`);
    await become(next, 'finished');
    await until(() =>
      messaging.hooktide.logged.some(({ event, data }) => event === 'delivery.attempted' && data['status'] === 500),
    );
    const again = await messaging.send(`${receiver.url}again`);
    await become(again, 'finished');
    expect(await rows()).toEqual([0, 0, 2, 2]);
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/slow', '/next', '/again']);
  });

  it('is gone whole, however it is being replayed and sent meanwhile', async () => {
    await start();
    const receiver = await receive(200);
    for (let round = 0; round < 8; round += 1) {
      const id = await messaging.send(receiver.url);
      await become(id, 'finished');
      const replays = Array.from({ length: 4 }, () => api('POST', `${encoded(id)}/replay`));
      await Promise.all([...replays, messaging.hooktide.api('DELETE', encoded(id))]);
      expect((await api('GET', encoded(id)))[0]).toBe(404);
      await messaging.hooktide.api('DELETE', encoded(id));
    }
    const [orphans] = await messaging.hooktide.sql<{ count: number }>(`
      SELECT count(*)::int AS count FROM (
        SELECT update_id FROM hooktide.delivery UNION ALL SELECT update_id FROM hooktide.history
        UNION ALL SELECT update_id FROM hooktide.dead_letter) AS r
      WHERE NOT EXISTS (SELECT FROM hooktide.update AS u WHERE u.id = r.update_id)`);
    expect([orphans, await rows()]).toEqual([{ count: 0 }, [0, 0, 0, 0]]);
  });
});

describe('messages that are deleted by filter', () => {
  it('are those that it names, in batches, and no others', async () => {
    await start(API_ONLY);
    for (let n = 0; n < 2_100; n += 1) await messaging.send(AWAY, { group: n < 2_050 ? 'g' : 'h' });
    await bury(`id % 2 = 0`);
    await messaging.hooktide.register(AWAY, 'REQUEST', 'w');
    await messaging.hooktide.post(requestUpdate('r'));
    await bury(`subject = 'r'`);
    expect(await remove('status=failed&group=h')).toEqual([200, { deleted: 25 }]);
    expect(await remove('status=finished')).toEqual([200, { deleted: 0 }]);
    expect(await remove('status=failed')).toEqual([200, { deleted: 1_025 }]);
    expect(await remove('group=g&uri=http%3A%2F%2F127.0.0.1%3A9%2F*')).toEqual([200, { deleted: 1_025 }]);
    expect(await rows()).toEqual([25, 1, 0, 26]);
    expect(await remove('status=queued')).toEqual([200, { deleted: 25 }]);
    expect(logged('message.deleted')[3]).toEqual({ deleted: 1_025, filter: { group: 'g', uri: '***' } });
  });

  it('are not all there are by mistake', async () => {
    await start(API_ONLY);
    const id = await messaging.send(AWAY);
    for (const [query, field] of [
      ['', 'query'],
      ['?status=', 'status'],
      ['?state=failed', 'state'],
      ['?limit=1', 'limit'],
    ]) {
      expect([query, await api('DELETE', `/api/messages${query}`)]).toMatchObject([
        query,
        [400, { code: 'invalid_input', field }],
      ]);
    }
    expect(await ids()).toEqual([id]);
  });
});
