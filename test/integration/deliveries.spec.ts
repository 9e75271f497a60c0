import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { pagesOf } from '../setup/pages.js';
import { requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
/** Nobody sends: what waits goes on waiting. The next poll is far: answers that follow each other say the same of it. */
const ENV = { ROLES: 'api', CHECK_WEBHOOKS_EVERY_MILLIS: '2000000000' };
const start = async () => (hooktide = await startHooktide({ env: ENV }));
afterEach(() => hooktide.stop());

const URI = 'http://127.0.0.1:9/';
const get = async (path: string) => (await hooktide.api('GET', path)).json;
// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
const list = async (query = ''): Promise<any[]> => (await get(`/api/deliveries?${query}`)).items;
const idsOf = async (query: string): Promise<number[]> => (await list(query)).map(({ id }) => id);

/** Of webhooks a and b/ c, for each request 1 to 4: one that waits, one delivered, one dropped, in turn. */
async function fill(): Promise<void> {
  await start();
  await hooktide.register(URI, 'REQUEST', 'a');
  await hooktide.register(URI, 'REQUEST', 'b/ c');
  await hooktide.register(URI, 'CRASHLOOP', 'other');
  for (const n of [1, 2, 3, 4]) await hooktide.post({ ...requestUpdate(`r${n}`, n), id: `u${n}` });
  await hooktide.sql(`
    WITH gone AS (DELETE FROM hooktide.delivery WHERE id % 3 = 1 RETURNING *)
    INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
    SELECT update_id, lane_id, id, 1, now(), 200, 1 FROM gone`);
  await hooktide.sql(`
    WITH gone AS (DELETE FROM hooktide.delivery WHERE id % 3 = 2 RETURNING *)
    INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
    SELECT g.id, lane_id, webhook_id, update_id, subject, 'over_cap', 0 FROM gone AS g JOIN hooktide.lane AS l ON l.id = lane_id`);
}
const add = () => hooktide.post(requestUpdate('new'));

describe('the list of deliveries', () => {
  it('holds all states, newest first, and is filtered by each', async () => {
    await fill();
    const items = await list();
    expect(items.map(({ id, state }) => [id, state])).toEqual([
      [8, 'dropped'],
      [7, 'delivered'],
      [6, 'waiting'],
      [5, 'dropped'],
      [4, 'delivered'],
      [3, 'waiting'],
      [2, 'dropped'],
      [1, 'delivered'],
    ]);
    expect(await idsOf('state=delivered')).toEqual([7, 4, 1]);
    expect(await idsOf('webhookId=a')).toEqual([7, 5, 3, 1]);
    expect(await idsOf('webhookId=b%2F%20c&state=dropped')).toEqual([8, 2]);
    expect(await idsOf('requestId=r2')).toEqual([4, 3]);
    expect(await idsOf('requestId=r2&state=waiting')).toEqual([3]);
    expect(await idsOf('requestId=r2&webhookId=b%2F%20c')).toEqual([4]);
    expect(await idsOf('updateId=u4')).toEqual([8, 7]);
    expect(await idsOf(`updateId=${items[0].updateId}&type=REQUEST`)).toEqual([8, 7]);
    expect(await idsOf('type=REQUEST&limit=2')).toEqual([8, 7]);
    expect(await idsOf('type=CRASHLOOP')).toEqual([]);
    expect(await idsOf('type=CRASHLOOP&requestId=r2')).toEqual([]);
    expect(await idsOf('since=2026-01-01')).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await idsOf('webhookId=a&since=2026-01-01')).toEqual([7, 5, 3, 1]);
    expect(await idsOf('webhookId=a&until=2026-01-01')).toEqual([]);
    expect(await idsOf('until=2026-01-01')).toEqual([]);
    expect(await idsOf('webhookId=nobody')).toEqual([]);
  });

  it('is known by the one who asks for one', async () => {
    await fill();
    for (const id of [6, 7, 8])
      expect(await get(`/api/deliveries/${id}`)).toEqual((await list()).find((d) => d.id === id));
    for (const id of ['9', 'x', '-1', '99999999999999999999']) {
      const { status, json } = await hooktide.api('GET', `/api/deliveries/${id}`);
      expect([status, json.code]).toEqual([404, 'delivery_not_found']);
    }
  });

  it('dropped before it was tried says so, and whose outcome it bears', async () => {
    await fill();
    expect((await get('/api/deliveries/8')).why.detail).toMatch(
      /^It was dropped at .*Z, before its first attempt: .* waited behind it$/,
    );
    await hooktide.sql(`UPDATE hooktide.dead_letter SET outcome = '{"reason": "timeout", "durationMillis": 1}'`);
    expect((await get('/api/deliveries/8')).why.detail).toMatch(
      / waited behind it\. lastOutcome is that of another delivery to the webhook$/,
    );
  });

  it.each(['', 'webhookId=a', 'since=2026-01-01', 'type=REQUEST'])(
    'goes page by page (%s), complete and without repeats while deliveries come in',
    async (filter) => {
      await fill();
      const all = await idsOf(filter);
      for (const limit of [1, 2, 3]) {
        const pages = await pagesOf(hooktide, `/api/deliveries?${filter}&limit=${limit}`, add);
        const seen = pages.flat().map(({ id }) => id);
        expect(seen.slice(-all.length)).toEqual(all);
        expect(new Set(seen).size).toBe(seen.length);
      }
    },
  );

  it('finds the newest of many lanes, however unevenly they are filled', async () => {
    await start();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await hooktide.register(URI, 'REQUEST', id);
    await hooktide.post(Array.from({ length: 40 }, (_, n) => requestUpdate(`r${n}`, n)));
    await hooktide.sql(`DELETE FROM hooktide.delivery WHERE lane_id = 1 AND id > 20 OR lane_id = 2 AND id < 190
                        OR lane_id = 3 AND id % 7 > 0 OR lane_id = 4 AND id <> 100`);
    const rows = await hooktide.sql<{ id: string }>('SELECT id FROM hooktide.delivery ORDER BY id DESC');
    for (const limit of [1, 2, 3, 4, 5, 6, 50]) {
      const pages = await pagesOf(hooktide, `/api/deliveries?limit=${limit}`);
      expect(pages.flat().map(({ id }) => String(id))).toEqual(rows.map(({ id }) => id));
    }
  });

  it('refuses what it cannot read, and says what to write', async () => {
    await start();
    const bad: [string, string, string][] = [
      ['state=lost', 'state', 'waiting, delivered, dropped'],
      ['status=waiting', 'status', 'write state?'],
      ['after=x', 'after', 'give a whole number'],
      ['webhookId=%00', 'webhookId', 'NUL'],
    ];
    expect((await hooktide.api('GET', '/api/deliveries/1?state=waiting')).json).toMatchObject({ field: 'state' });
    for (const [query, field, words] of bad) {
      const { status, json } = await hooktide.api('GET', `/api/deliveries?${query}`);
      expect([query, status, json.code, json.field]).toEqual([query, 400, 'invalid_input', field]);
      expect(json.detail).toContain(words);
    }
  });
});
