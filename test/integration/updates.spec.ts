import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { pagesOf } from '../setup/pages.js';
import { fixture, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
/** Nobody sends: what waits goes on waiting. */
const start = async () => (hooktide = await startHooktide({ env: { ROLES: 'api' } }));
afterEach(() => hooktide.stop());

const get = async (path: string) => (await hooktide.api('GET', path)).json;
const post = async (update: object): Promise<string> => (await hooktide.post(update)).ids[0]!;
const idsOf = async (query: string): Promise<string[]> =>
  (await get(`/api/updates?${query}`)).items.map(({ id }: { id: string }) => id);
const task = { type: 'TASK', payload: JSON.parse(fixture('task-webhook.running.json')) as object };
const URI = 'http://127.0.0.1:9/';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe('the list of updates', () => {
  it('says of each what it was, and how many of its deliveries wait, arrived and were dropped', async () => {
    await start();
    for (const id of ['a', 'b', 'c']) await hooktide.register(URI, 'REQUEST', id);
    await hooktide.post({ ...requestUpdate('r', 1), id: 'mine', application: 'web' });
    await hooktide.sql(`
      WITH gone AS (DELETE FROM hooktide.delivery WHERE id = 1 RETURNING *)
      INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
      SELECT update_id, lane_id, id, 1, now(), 200, 1 FROM gone`);
    expect(await get('/api/updates')).toEqual({
      items: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          clientId: 'mine',
          type: 'REQUEST',
          state: 'UPDATED',
          requestId: 'r',
          deployId: null,
          taskId: null,
          userId: null,
          application: 'web',
          subject: 'r',
          occurredAt: TIME,
          acceptedAt: TIME,
          deliveries: { waiting: 2, delivered: 1, dropped: 0 },
        },
      ],
      next: null,
    });
  });

  it('is filtered by type, request, deploy, task, application, id and time', async () => {
    await start();
    const early = await post(requestUpdate('a'));
    const named = await post({ ...requestUpdate('b'), id: 'mine', application: 'web' });
    expect(named).toBe('mine');
    const late = await post(task);
    const [, mine = ''] = await idsOf('');
    const { items } = await get('/api/updates?type=task');
    const { requestId, deployId, taskId } = items[0];
    expect(await idsOf('')).toEqual([late, mine, early]);
    expect(await idsOf('type=TASK')).toEqual([late]);
    expect(await idsOf('requestId=a')).toEqual([early]);
    expect(await idsOf(`requestId=${requestId}`)).toEqual([late]);
    expect(await idsOf(`taskId=${taskId}`)).toEqual([late]);
    expect(await idsOf('application=web')).toEqual([mine]);
    expect(await idsOf('id=mine')).toEqual([mine]);
    expect(await idsOf(`id=${early}`)).toEqual([early]);
    expect(await idsOf('id=nobody')).toEqual([]);
    expect(await idsOf(`requestId=${requestId}&deployId=${deployId}`)).toEqual([late]);
    expect(await idsOf(`requestId=${requestId}&deployId=other`)).toEqual([]);

    await hooktide.sql(`UPDATE hooktide.update SET id = ('0198' || substr(id::text, 5))::uuid WHERE id = $1`, [early]);
    expect(await idsOf('since=2026-01-01T00:00:00Z')).toEqual([late, mine]);
    expect(await idsOf(`until=${Date.UTC(2026, 0, 1)}&since=2025-01-01`)).toEqual([`0198${early.slice(4)}`]);
    expect(await idsOf('since=2025-01-01&until=2025-01-02T00:00:00%2B01:00')).toEqual([]);
  });

  it('goes page by page, complete and without repeats while updates come in', async () => {
    await start();
    await hooktide.post(Array.from({ length: 7 }, (_, n) => requestUpdate('r', n)));
    const all = await idsOf('');
    const pages = await pagesOf(hooktide, '/api/updates?limit=3', () => hooktide.post(requestUpdate('new')));
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat().map(({ id }) => id)).toEqual(all);
  });

  it('refuses what it cannot read, and says what to write', async () => {
    await start();
    const bad: [string, string, string][] = [
      ['?type=NOTHING', 'type', 'REQUEST, DEPLOY'],
      ['?requestID=a', 'requestID', 'write requestId?'],
      ['?requestId=a&requestId=b', 'requestId', 'write a text'],
      ['?requestId=', 'requestId', 'at least one character'],
      ['?deployId=d', 'deployId', 'give requestId, too'],
      ['?since=yesterday', 'since', 'ISO 8601'],
      ['?until=2026-11-22T10:00:00', 'until', 'with its zone'],
      ['?limit=0', 'limit', 'from 1 to 1000'],
      ['?after=7', 'after', 'what next said'],
      ['/x?after=7', 'after', 'what next said'],
      ['/x?payload=yes', 'payload', 'true, false'],
      ['/x?webhook=a', 'webhook', 'write webhookId?'],
    ];
    for (const [query, field, words] of bad) {
      const { status, json } = await hooktide.api('GET', `/api/updates${query}`);
      expect([query, status, json.code, json.field]).toEqual([query, 400, 'invalid_input', field]);
      expect(json.detail).toContain(words);
    }
  });
});
