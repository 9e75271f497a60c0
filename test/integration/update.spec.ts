import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { pagesOf } from '../setup/pages.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
/** Nobody sends: what waits goes on waiting. */
const API_ONLY = { env: { ROLES: 'api' } };
const start = async (options: HooktideOptions = {}) => (hooktide = await startHooktide(options));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const get = async (path: string) => (await hooktide.api('GET', path)).json;
const post = async (update: object): Promise<string> => (await hooktide.post(update)).ids[0]!;
const URI = 'http://127.0.0.1:9/';
/** What became of an update, by webhook. */
const becameOf = async (id: string, query = '') => {
  const { items } = (await get(`/api/updates/${id}?${query}`)).deliveries;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
  return Object.fromEntries(items.map((item: any) => [item.webhookId, item]));
};
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe('one update', () => {
  it('is found by the id of either side, with its payload byte for byte where that is asked for', async () => {
    await start(API_ONLY);
    const payload = '{"createdAt": 1, "eventType":"UPDATED","request":{"id":"r","x":512.0,"n":9007199254740993}}';
    await hooktide.post(`{"type":"REQUEST","id":"a/b","payload": ${payload} }`);
    const { update } = await get('/api/updates/a%2Fb');
    expect(update).toMatchObject({ clientId: 'a/b', requestId: 'r' });
    expect(update).not.toHaveProperty('payload');
    const { text } = await hooktide.api('GET', `/api/updates/${update.id}?payload=true`);
    expect(text).toContain(`"payload":${payload}},"deliveries":{"items":[],"next":null}}`);
    for (const id of ['nobody', '0198a000-0000-7000-8000-000000000000', '%00']) {
      const { status, json } = await hooktide.api('GET', `/api/updates/${id}`);
      expect([status, json.code]).toEqual([404, 'update_not_found']);
    }
  });

  it('says what became of it for each webhook that was owed it', async () => {
    await start({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '2000000000' } });
    const [good, bad] = [await startReceiver(answers(200, {}, 'thanks')), await startReceiver(answers(500))];
    await hooktide.register(good.url, 'REQUEST', 'good');
    await hooktide.register(bad.url, 'REQUEST', 'bad');
    await hooktide.register(bad.url, 'REQUEST', 'dropped');
    const id = await post(requestUpdate('r'));
    await until(async () => {
      const { good: arrived, bad: waits, dropped } = await becameOf(id);
      return arrived.state === 'delivered' && waits.attempts === 1 && dropped.attempts === 1;
    });
    await hooktide.sql(`
      WITH gone AS (DELETE FROM hooktide.delivery WHERE lane_id = 3 RETURNING *)
      INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts, first_tried_at,
                                        tried_at, outcome)
      SELECT id, lane_id, 'dropped', update_id, subject, 'over_age', attempts, first_tried_at, tried_at, outcome FROM gone`);
    const became = await becameOf(id);
    expect(became['good']).toEqual({
      id: expect.any(Number),
      state: 'delivered',
      webhookId: 'good',
      updateId: id,
      type: 'REQUEST',
      updateState: 'UPDATED',
      requestId: 'r',
      deployId: null,
      taskId: null,
      isReplay: false,
      attempts: 1,
      firstTriedAt: TIME,
      lastTriedAt: TIME,
      deliveredAt: TIME,
      droppedAt: null,
      dropReason: null,
      waitingSince: null,
      nextTryAt: null,
      why: { code: 'delivered', detail: expect.stringMatching(/^It was delivered at .*Z, after 1 attempt$/) },
      lastOutcome: {
        reason: 'delivered',
        status: 200,
        detail: expect.stringMatching(/^The receiver answered 200 OK in \d+ ms$/),
        answer: 'thanks',
        durationMillis: expect.any(Number),
        phases: {
          dnsMillis: null,
          connectMillis: expect.any(Number),
          tlsMillis: null,
          firstByteMillis: expect.any(Number),
          bodyMillis: expect.any(Number),
        },
      },
    });
    expect(became['bad']).toMatchObject({
      state: 'waiting',
      attempts: 1,
      waitingSince: TIME,
      nextTryAt: TIME,
      why: { code: 'failing' },
      lastOutcome: {
        reason: 'server_error',
        status: 500,
        detail: expect.stringContaining('500 Internal Server Error'),
      },
    });
    expect(became['dropped']).toMatchObject({
      state: 'dropped',
      droppedAt: TIME,
      dropReason: 'over_age',
      why: { code: 'over_age', detail: expect.stringContaining('older than deleteUndeliverableWebhooksAfterHours') },
    });
  });

  it('says why a webhook got nothing', async () => {
    await start(API_ONLY);
    const filters: Record<string, object> = {
      application: { applications: ['api-*'] },
      request: { requestIds: ['s*'] },
      state: { states: ['CREATED'] },
      lets: { applications: ['w*'], requestIds: ['r', 's'], states: ['UPDATED'] },
    };
    for (const id of ['forgotten', 'discarded', ...Object.keys(filters)]) await hooktide.register(URI, 'REQUEST', id);
    for (const id of ['tasks', 'tasks filtered']) await hooktide.register(URI, 'TASK', id);
    filters['tasks filtered'] = { requestIds: ['s*'], states: ['TASK_LOST'] };
    filters['all'] = { applications: ['api-*'], requestIds: ['s*'], states: ['CREATED'] };
    await hooktide.register(URI, 'REQUEST', 'all');
    for (const [id, filter] of Object.entries(filters)) {
      await hooktide.sql('UPDATE hooktide.webhook SET filter = $2 WHERE id = $1', [id, filter]);
    }
    const id = await post({ ...requestUpdate('r'), application: 'web' });
    await hooktide.sql(`DELETE FROM hooktide.delivery AS d USING hooktide.lane AS l
                        WHERE l.id = d.lane_id AND l.webhook_id IN ('forgotten', 'discarded')`);
    await hooktide.register(URI, 'REQUEST', 'late');
    const became = await becameOf(id);
    expect(became['lets']).toMatchObject({ state: 'waiting' });
    const reasons = Object.entries(became).map(([webhook, item]) => [webhook, item.state, item.why.code]);
    expect(reasons.filter(([, state]) => state === 'none')).toEqual([
      ['all', 'none', 'filter_application'],
      ['application', 'none', 'filter_application'],
      ['discarded', 'none', 'forgotten'],
      ['forgotten', 'none', 'forgotten'],
      ['late', 'none', 'registered_later'],
      ['request', 'none', 'filter_request_id'],
      ['state', 'none', 'filter_state'],
      ['tasks', 'none', 'type'],
      ['tasks filtered', 'none', 'type'],
    ]);
    expect(became['application'].why.detail).toContain('applications "api-*" pass, and the update has "web"');
    expect(became['all'].why.detail).toMatch(
      /^Its filter lets applications .*\. It lets request ids .*\. It lets event types .*$/,
    );
    expect(became['discarded'].why.detail).toContain('the webhook was there: its dead letter was discarded, or');
    expect(became['application'].id).toBeNull();
    expect(await becameOf(id, 'webhookId=state')).toEqual({ state: became['state'] });
    expect(await becameOf(id, 'webhookId=lets')).toMatchObject({ lets: { state: 'waiting' } });
    const { status, json } = await hooktide.api('GET', `/api/updates/${id}?webhookId=nobody`);
    expect([status, json.code]).toEqual([404, 'webhook_not_found']);
  });

  it('is explained page by page, first what was made of it, then who got nothing', async () => {
    await start(API_ONLY);
    for (const id of ['c', 'b', 'a']) await hooktide.register(URI, 'REQUEST', id);
    const id = await post(requestUpdate('r'));
    for (const late of ['y', 'x', 'ü/ z']) await hooktide.register(URI, 'REQUEST', late);
    for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
      const pages = await pagesOf(hooktide, `/api/updates/${id}?limit=${limit}`);
      expect(pages.flat().map(({ webhookId }) => webhookId)).toEqual(['c', 'b', 'a', 'x', 'y', 'ü/ z']);
      expect(pages).toHaveLength(Math.ceil(6 / limit));
    }
  });
});
