import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
const start = async (options: HooktideOptions = {}) => (hooktide = await startHooktide(options));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const updates = (count: number) => Array.from({ length: count }, (_, n) => requestUpdate('r', n));
const list = async (query = '') => (await hooktide.api('GET', `/api/dead-letters${query}`)).json;
const waiting = async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length;
/** Makes `count` dead letters of a webhook: registers it, lets updates wait, deletes it. */
async function bury(id: string, count: number): Promise<void> {
  const receiver = await startReceiver(answers(500));
  await hooktide.register(receiver.url, 'REQUEST', id);
  await hooktide.post(updates(count));
  await receiver.waitFor(1);
  await hooktide.api('DELETE', `/api/webhooks/${encodeURIComponent(id)}`);
  await until(async () => (await waiting()) === 0);
}

describe('the list of dead letters', () => {
  it('is empty at first', async () => {
    await start();
    const answer = await hooktide.api('GET', '/api/dead-letters');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.text).toBe('{"items":[],"next":null}');
  });

  it('says of each what it was, why it was dropped and how its last attempt ended', async () => {
    await start();
    await bury('mine', 1);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await list()).toEqual({
      items: [
        {
          id: expect.any(Number),
          webhookId: 'mine',
          updateId: expect.any(String),
          type: 'REQUEST',
          requestId: 'r',
          deployId: null,
          taskId: null,
          state: 'UPDATED',
          reason: 'webhook_deleted',
          attempts: expect.any(Number),
          firstTriedAt: time,
          triedAt: time,
          droppedAt: time,
          outcome: expect.objectContaining({ reason: 'server_error', status: 500 }),
        },
      ],
      next: null,
    });
  });

  it('goes page by page, of one webhook or of all', async () => {
    await start();
    await bury('a/b c', 5);
    await bury('other', 2);
    const all = (await list('?limit=1000')).items as { id: number; webhookId: string }[];
    expect(all.map(({ webhookId }) => webhookId)).toEqual([...Array<string>(5).fill('a/b c'), 'other', 'other']);
    const pages: unknown[][] = [];
    for (let after: string | null = '0'; after !== null;) {
      const page = await list(`?limit=2&after=${after}&webhookId=a%2Fb%20c`);
      pages.push(page.items);
      after = page.next;
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(all.slice(0, 5));
    // The last page of just as many as fit is known to be the last.
    expect(await list('?limit=7')).toEqual({ items: all, next: null });
    expect(await list('?webhookId=nobody')).toEqual({ items: [], next: null });
  });

  it('refuses what it cannot read, and names the parameter', async () => {
    await start();
    const bad = {
      after: ['after=x', 'after=-1', 'after=1.5', 'after=9007199254740993', 'after=', 'after=1&after=2'],
      limit: ['limit=0', 'limit=1001', 'limit=ten', 'limit=1&limit=2'],
      webhookId: ['webhookId=a&webhookId=b', 'webhookId=%00'],
    };
    for (const [field, queries] of Object.entries(bad)) {
      for (const query of queries) {
        const { status, headers, json } = await hooktide.api('GET', `/api/dead-letters?${query}`);
        expect([query, status, headers.get('content-type')]).toEqual([query, 400, 'application/problem+json']);
        expect(json).toMatchObject({ code: 'invalid_input', field, status });
      }
    }
  });
});

describe('a webhook that is deleted', () => {
  it('leaves what waits to the dead letters, and starts afresh when its id is registered again', async () => {
    await start();
    let status = 500;
    const receiver = await startReceiver((response) => response.writeHead(status).end());
    await hooktide.register(receiver.url, 'REQUEST', 'again');
    await hooktide.post(updates(20));
    await receiver.waitFor(2);
    expect((await hooktide.api('DELETE', '/api/webhooks/again')).json).toBe('DELETED');
    await hooktide.post(requestUpdate('r', 100));
    await hooktide.register(receiver.url, 'REQUEST', 'again');
    await until(async () => (await waiting()) === 0);
    expect((await hooktide.api('GET', '/api/webhooks/summary')).json).toMatchObject([{ queueSize: 0 }]);
    const { items } = await list('?webhookId=again');
    expect(items).toHaveLength(20);
    expect(new Set(items.map(({ reason }: { reason: string }) => reason))).toEqual(new Set(['webhook_deleted']));

    const before = receiver.requests.length;
    status = 204;
    expect(await hooktide.post(requestUpdate('r', 101))).toMatchObject({ deliveries: 1 });
    const [first] = (await receiver.waitFor(before + 1)).slice(before);
    expect(numberOf(first?.body ?? '')).toBe(101);
    await hooktide.post(requestUpdate('r', 102));
    const rest = (await receiver.waitFor(before + 2)).slice(before);
    expect(rest.map(({ body }) => numberOf(body))).toEqual([101, 102]);
  });

  it('is sent nothing more, however much waits', async () => {
    await start({ env: { MAX_CONCURRENT_PER_WEBHOOK: '2' } });
    const receiver = await startReceiver();
    await hooktide.register(receiver.url, 'REQUEST', 'a');
    await hooktide.post(updates(1_000));
    await receiver.waitFor(1);
    await hooktide.api('DELETE', '/api/webhooks/a');
    await until(async () => (await waiting()) === 0);
    const sent = receiver.requests.length;
    const [row] = await hooktide.sql<{ delivered: string; buried: string }>(
      `SELECT (SELECT count(*) FROM hooktide.history) AS delivered, (SELECT count(*) FROM hooktide.dead_letter) AS buried`,
    );
    expect(Number(row?.delivered) + Number(row?.buried)).toBe(1_000);
    expect(sent).toBeLessThan(1_000);
  });
});

describe('a webhook that is registered', () => {
  it('gets the updates that are accepted from then on, and none from before', async () => {
    await start();
    const [early, late] = [await startReceiver(), await startReceiver()];
    await hooktide.register(early.url);
    await hooktide.post(updates(3));
    await hooktide.register(late.url);
    await hooktide.post(requestUpdate('r', 3));
    await early.waitFor(4);
    const [first] = await late.waitFor(1);
    expect(numberOf(first?.body ?? '')).toBe(3);
  });
});
