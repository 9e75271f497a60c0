import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openMetrics } from '../../src/open-metrics.js';
import { createTestDatabase } from '../setup/database.js';
import { TOKEN as HOOK_SLINGER_TOKEN, jobId, sling } from '../setup/hook-slinger.js';
import { asJson, send } from '../setup/http.js';
import { startHooktide, type Hooktide, type HooktideOptions } from '../setup/hooktide.js';
import { scrape, scrapeKnown, type Scraped } from '../setup/metrics.js';
import { answers, closeReceivers, startReceiver, type Handler } from '../setup/receivers.js';
import { closeSns, startSns } from '../setup/sns.js';
import { startInSnsMode } from '../setup/sns-mode.js';
import { bearing, OPERATOR, startLocked } from '../setup/tokens.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await closeReceivers();
  await closeSns();
});
async function start(options: HooktideOptions = {}): Promise<Hooktide> {
  const hooktide = await startHooktide(options);
  undo.push(() => hooktide.stop());
  return hooktide;
}

const TYPES = ['REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS', 'WEBHOOK_HEALTH', 'MESSAGE'];
const DROPPED = ['over_cap', 'over_age', 'attempts_exhausted', 'too_large', 'webhook_deleted'];
/** Those that dashboards and alerts are written against, with some values of each label. */
const SERIES: [name: string, labels?: Record<string, string[]>][] = [
  ['hooktide_waiting_deliveries', { type: TYPES }],
  ['hooktide_oldest_waiting_seconds', { type: TYPES }],
  ['hooktide_webhooks', { type: TYPES, state: ['open', 'failing', 'resting', 'paused', 'disabled'] }],
  ['hooktide_dead_letters', { reason: DROPPED }],
  ['hooktide_processes', { role: ['api', 'dispatch'] }],
  ['hooktide_jobs', { kind: ['replay', 'discard', 'erase'], state: ['running', 'paused', 'failed'] }],
  ['hooktide_table_bytes', { table: ['delivery', 'update', 'history', 'dead_letter'] }],
  ['hooktide_table_rows', { table: ['delivery', 'update', 'history', 'dead_letter'] }],
  ['hooktide_database_up'],
  ['hooktide_build_info'],
  ['hooktide_updates_total', { type: TYPES, source: ['api', 'cloudevents', 'hook_slinger', 'hooktide'] }],
  ['hooktide_updates_refused_total', { code: ['too_many_waiting', 'database_unavailable', 'invalid_input'] }],
  ['hooktide_enqueue_seconds_count'],
  ['hooktide_attempts_total', { type: TYPES, sink: ['http', 'sns'], reason: ['delivered', 'server_error', 'timeout'] }],
  ['hooktide_attempt_seconds_count', { sink: ['http', 'sns'] }],
  ['hooktide_attempt_phase_seconds_count', { phase: ['dns', 'connect', 'tls', 'first_byte', 'body'] }],
  ['hooktide_delivery_seconds_count', { type: TYPES }],
  ['hooktide_delivery_seconds_bucket', { type: TYPES, le: ['0.001', '604800', '+Inf'] }],
  ['hooktide_dropped_deliveries_total', { reason: DROPPED }],
  ['hooktide_settled_deliveries_total', { verdict: ['delivered', 'retry', 'drop'] }],
  ['hooktide_settle_seconds_count'],
  ['hooktide_claimed_lanes_total', { why: ['nudge', 'poll', 'probe'] }],
  ['hooktide_held_lanes'],
  ['hooktide_in_flight_deliveries'],
  ['hooktide_buffered_bytes'],
  ['hooktide_leases_lost_total'],
  ['hooktide_polls_total'],
  ['hooktide_sns_batch_entries_count'],
  ['hooktide_sns_requests_total', { reason: ['delivered', 'throttled'] }],
  ['hooktide_health_notices_total', { event: ['FAILING', 'AGE_50', 'AGE_75', 'AGE_90', 'DISABLED', 'RECOVERED'] }],
  ['hooktide_database_connections', { pool: ['queue', 'lookups', 'tokens'], state: ['busy', 'idle'] }],
  ['hooktide_database_waiters', { pool: ['queue', 'lookups', 'tokens'] }],
  ['hooktide_database_failures_total', { doing: ['settle', 'claim', 'read', 'poll'] }],
  ['hooktide_api_request_seconds_count', { method: ['GET', 'POST'], status: ['2xx', '3xx', '4xx', '5xx'] }],
  ['process_cpu_seconds_total'],
  ['nodejs_eventloop_lag_p99_seconds'],
];
const expanded = SERIES.flatMap(([name, labels = {}]) =>
  Object.entries(labels)
    .reduce<Record<string, string>[]>(
      (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
      [{}],
    )
    .map((its) => [name, its] as const),
);

function missingIn(samples: Scraped[]): unknown[] {
  const keys = new Set(samples.map(({ name, labels }) => JSON.stringify([name, labels])));
  const isThere = (name: string, labels: Record<string, string>) =>
    name === 'hooktide_build_info' ? samples.some((it) => it.name === name) : keys.has(JSON.stringify([name, labels]));
  return expanded.filter(([name, labels]) => !isThere(name, labels));
}

describe('GET /metrics', () => {
  it.each([['api'], ['dispatch'], ['api,dispatch']])(
    'has every series before anything happened, in a process of the roles %s',
    async (roles) => {
      const hooktide = await start({ env: { ROLES: roles } });
      // A statement that took too long is left out, and made again some seconds later.
      await until(async () => missingIn((await scrapeKnown(hooktide)).samples).length === 0).catch(() => undefined);
      const { samples } = await scrapeKnown(hooktide);
      expect(missingIn(samples)).toEqual([]);
      const last = samples.filter(({ name }) => name === 'hooktide_last_poll_timestamp_seconds');
      expect(last).toHaveLength(roles === 'api' ? 0 : 1);
      expect(samples.filter(({ labels }) => 'webhook' in labels)).toEqual([]);
    },
  );

  it('takes a token that may read, and tells those of one application nothing', async () => {
    const hooktide = await startLocked();
    undo.push(() => hooktide.stop());
    const reader = await hooktide.make({ name: 'prometheus', scopes: ['read'] });
    const narrow = await hooktide.make({ name: 'web', scopes: ['read'], application: 'web' });
    const sender = await hooktide.make({ name: 'ci', scopes: ['ingest'] });
    const statusBy = async (token: string) => (await hooktide.by(token, 'GET', '/metrics')).status;
    expect((await hooktide.api('GET', '/metrics')).json).toMatchObject({ code: 'unauthenticated' });
    const tokens = ['wrong', narrow.token, sender.token, reader.token, OPERATOR];
    expect(await Promise.all(tokens.map(statusBy))).toEqual([401, 403, 403, 200, 200]);
  });

  it('takes a token where the process only dispatches, too', async () => {
    const hooktide = await startLocked({ env: { ROLES: 'dispatch' } });
    undo.push(() => hooktide.stop());
    expect((await hooktide.api('GET', '/metrics')).status).toBe(401);
    expect((await scrapeKnown(hooktide, bearing(OPERATOR))).of('hooktide_processes', { role: 'dispatch' })).toBe(1);
  });

  it('is open to everybody where the config says so, and nothing else is', async () => {
    const hooktide = await startLocked({ env: { METRICS_IS_PUBLIC: 'true' } });
    undo.push(() => hooktide.stop());
    expect((await scrapeKnown(hooktide)).of('hooktide_processes', { role: 'api' })).toBe(1);
    expect((await hooktide.api('GET', '/api/webhooks')).status).toBe(401);
  });

  it('says what it is', async () => {
    const { url } = await start();
    const { headers } = await send(url, { method: 'GET', path: '/metrics' });
    expect(headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
      vary: expect.stringContaining('Accept'),
    });
    const accept = 'application/openmetrics-text;version=1.0.0';
    const open = await send(url, { method: 'GET', path: '/metrics', headers: { accept } });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  });
});

/** Answers by its path, `/500`; the first time only, where it is `/500-once`. */
const byPath = (): Handler => {
  const seen = new Set<string>();
  return (response, received) => {
    const { path } = received;
    const isRepeated = path.endsWith('-once') && seen.has(path);
    seen.add(path);
    answers(isRepeated ? 200 : Number(path.slice(1, 4)))(response, received);
  };
};

describe('what is counted', () => {
  it('is what arrived, failed and was dropped, as the log and the receivers have it', async () => {
    const receiver = await startReceiver(byPath());
    const hooktide = await start({ env: { HOOK_SLINGER_API_TOKEN: HOOK_SLINGER_TOKEN, METRICS_MAX_WEBHOOKS: '5' } });
    const paths = ['204', '500-once', '404', '503', '410'];
    for (const path of paths) await hooktide.register(`${receiver.url}${path}`, 'REQUEST', path);
    await hooktide.post([1, 2, 3].map((n) => requestUpdate(`r${n}`, n)));
    await jobId(sling(hooktide, { to_url: `${receiver.url}200`, payload: { n: 1 } }));
    const tried = () => hooktide.logged.filter(({ event }) => event === 'delivery.attempted').map(({ data }) => data);
    await until(() => tried().filter(({ verdict }) => verdict === 'delivered').length === 7);
    await until(async () => (await scrape(hooktide)).of('hooktide_claimed_lanes_total', { why: 'probe' }) >= 1);
    // What is owed to the others becomes dead letters.
    for (const id of ['404', '503', '410']) await hooktide.api('DELETE', `/api/webhooks/${id}`);
    const buried = async () => {
      const [{ count } = { count: 0 }] = await hooktide.sql<{ count: number }>(
        `SELECT count(*)::int FROM hooktide.dead_letter WHERE reason = 'webhook_deleted'`,
      );
      return count;
    };
    await until(async () => (await buried()) === 9);
    const counted = await until(async () => {
      const now = await scrape(hooktide);
      const settled = now.of('hooktide_settled_deliveries_total');
      return settled === tried().length && now.of('hooktide_in_flight_deliveries') === 0 && now;
    });

    const notices = counted.of('hooktide_health_notices_total');
    expect(notices).toBeGreaterThanOrEqual(1);
    expect(counted.of('hooktide_updates_total', { type: 'WEBHOOK_HEALTH', source: 'hooktide' })).toBe(notices);
    expect(counted.of('hooktide_updates_total')).toBe(4 + notices);
    expect(counted.of('hooktide_updates_total', { type: 'REQUEST', source: 'api' })).toBe(3);
    expect(counted.of('hooktide_updates_total', { type: 'MESSAGE', source: 'hook_slinger' })).toBe(1);
    // The first message to an origin takes two: its lane is missing, and opened between them.
    expect(counted.of('hooktide_enqueue_seconds_count')).toBe(3);
    expect(counted.of('hooktide_dropped_deliveries_total')).toBe(9);
    expect(counted.of('hooktide_dropped_deliveries_total', { reason: 'webhook_deleted' })).toBe(9);
    for (const [type, reason] of new Set(tried().map((line) => [line['type'], line['reason']] as [string, string]))) {
      const lines = tried().filter((line) => line['type'] === type && line['reason'] === reason);
      expect([type, reason, counted.of('hooktide_attempts_total', { type, reason, sink: 'http' })]).toEqual([
        type,
        reason,
        lines.length,
      ]);
    }
    expect(counted.of('hooktide_attempts_total')).toBe(tried().length);
    expect(counted.of('hooktide_attempt_seconds_count')).toBe(tried().length);
    expect(receiver.requests.length).toBe(tried().length);
    expect(counted.of('hooktide_attempt_phase_seconds_count', { phase: 'body' })).toBe(tried().length);
    expect(counted.of('hooktide_settled_deliveries_total', { verdict: 'delivered' })).toBe(7);
    expect(counted.of('hooktide_delivery_seconds_count')).toBe(7);
    expect(counted.of('hooktide_delivery_seconds_count', { type: 'MESSAGE' })).toBe(1);
    expect(counted.of('hooktide_delivery_seconds_bucket', { le: '60' })).toBe(7);
    expect(counted.of('hooktide_claimed_lanes_total')).toBeGreaterThanOrEqual(paths.length + 1);
    expect(counted.of('hooktide_claimed_lanes_total', { why: 'probe' })).toBeGreaterThanOrEqual(1);
    expect(counted.of('hooktide_polls_total')).toBeGreaterThanOrEqual(1);
    expect(Math.abs(counted.of('hooktide_last_poll_timestamp_seconds') - Date.now() / 1_000)).toBeLessThan(60);
    expect(counted.of('hooktide_api_request_seconds_count', { method: 'POST', status: '2xx' })).toBe(paths.length + 2);
    expect(counted.of('hooktide_api_request_seconds_count', { method: 'DELETE' })).toBe(3);
  });

  it('is a delivery that waited, with how long it did, by the clock of Postgres; and no replay', async () => {
    let status = 500;
    const receiver = await startReceiver((response) => void response.writeHead(status).end());
    const hooktide = await start();
    await hooktide.register(receiver.url);
    await hooktide.post(requestUpdate('r'));
    await receiver.waitFor(1);
    status = 200;
    await until(async () => (await scrape(hooktide)).of('hooktide_delivery_seconds_count') === 1);
    const [{ took } = { took: 0 }] = await hooktide.sql<{ took: number }>(
      `SELECT extract(epoch FROM h.delivered_at - u.accepted_at)::float8 AS took
       FROM hooktide.history AS h JOIN hooktide.update AS u ON u.id = h.update_id`,
    );
    const counted = await scrape(hooktide);
    // It is written down a moment later.
    expect(counted.of('hooktide_delivery_seconds_sum')).toBeGreaterThan(0);
    expect(counted.of('hooktide_delivery_seconds_sum')).toBeLessThan(took + 0.1);
    const [{ id } = { id: 0 }] = await hooktide.sql<{ id: number }>('SELECT delivery_id AS id FROM hooktide.history');
    expect((await hooktide.api('POST', `/api/deliveries/${id}/replay`)).status).toBe(202);
    const delivered = () => hooktide.logged.filter(({ data }) => data['verdict'] === 'delivered').length;
    await until(() => delivered() === 2);
    expect((await scrape(hooktide)).of('hooktide_delivery_seconds_count')).toBe(1);
  });

  it('are the requests to SNS, and how many messages each had', async () => {
    const sns = await startSns();
    const hooktide = await startInSnsMode(sns);
    undo.push(() => hooktide.stop());
    await hooktide.post([1, 2, 3, 4].map((n) => requestUpdate(`r${n}`, n)));
    const of = { type: 'REQUEST', sink: 'sns', reason: 'delivered' };
    const counted = await until(async () => {
      const now = await scrape(hooktide);
      return now.of('hooktide_attempts_total', of) === 4 && now;
    });
    const entries = sns.batches().map((batch) => batch.entries.length);
    expect(counted.of('hooktide_sns_batch_entries_sum')).toBe(entries.reduce((sum, its) => sum + its, 0));
    expect(counted.of('hooktide_sns_requests_total', { reason: 'delivered' })).toBe(entries.length);
    expect(counted.of('hooktide_sns_requests_total')).toBe(counted.of('hooktide_sns_batch_entries_count'));
  });

  it('are refusals, by code, of what brings updates and of nothing else', async () => {
    const hooktide = await start({
      env: { MAX_WAITING_DELIVERIES: '1', HOOK_SLINGER_API_TOKEN: HOOK_SLINGER_TOKEN, INGEST_MAX_PAYLOAD_BYTES: '500' },
    });
    await hooktide.register('http://127.0.0.1:1/');
    const post = (path: string, body: unknown) => hooktide.api('POST', path, body);
    await post('/api/updates', { type: 'NOPE', payload: {} });
    await post('/singularity/api/updates', '{');
    await post('/API/Updates/', {
      ...requestUpdate('r'),
      payload: { ...requestUpdate('r').payload, x: 'x'.repeat(500) },
    });
    await send(hooktide.url, { method: 'POST', path: '/api/updates', headers: { 'content-type': 'a/b' }, body: '{}' });
    await sling(hooktide, { to_url: 'http://127.0.0.1:1/', payload: {} }, 'wrong');
    await post('/api/webhooks', { uri: 'nonsense', type: 'NOPE' });
    await hooktide.api('GET', '/api/updates?nope=1');
    await until(async () => (await post('/api/updates', requestUpdate('r'))).status === 503);
    const { of } = await scrape(hooktide);
    const codes = ['invalid_input', 'too_large', 'unsupported_media_type', 'message_refused', 'too_many_waiting'];
    const counts = codes.map((code) => of('hooktide_updates_refused_total', { code }));
    expect(counts).toEqual([2, 1, 1, 1, 1]);
    expect(of('hooktide_updates_refused_total')).toBe(6);
  });

  it('is of its own service, where two run in one process on one database', async () => {
    const own = await createTestDatabase();
    undo.push(() => own.drop());
    const receiver = await startReceiver(answers(200));
    const one = await start({ database: own });
    const idle = await start({ database: own, env: { ROLES: 'api' } });
    await one.register(receiver.url);
    await one.post(requestUpdate('r'));
    await until(async () => (await scrape(one)).of('hooktide_settled_deliveries_total') === 1);
    const [busy, other] = [await scrape(one), await scrapeKnown(idle)];
    for (const name of ['updates_total', 'attempts_total', 'settled_deliveries_total', 'delivery_seconds_count'])
      expect([name, busy.of(`hooktide_${name}`), other.of(`hooktide_${name}`)]).toEqual([name, 1, 0]);
    expect(other.of('hooktide_webhooks', { type: 'REQUEST', state: 'open' })).toBe(1);
  });
});

describe('the values of labels', () => {
  const described = new Map(
    openMetrics({} as never, 0)
      .metrics.describe()
      .map((metric) => [metric.name, metric]),
  );

  it('are of closed sets, whatever clients and receivers say', async () => {
    const evil = 'evil"} 1\nhooktide_evil{x="';
    const receiver = await startReceiver((response, { path, body }) => {
      const status = Number(/"message":"(\d+)"/.exec(body)?.[1] ?? 418);
      if (path === '/e') response.socket?.destroy();
      else response.writeHead(status, { 'x-reason': 'evil"}', 'retry-after': 'evil' }).end(evil);
    });
    const own = await createTestDatabase();
    undo.push(() => own.drop());
    const env = { HOOK_SLINGER_API_TOKEN: HOOK_SLINGER_TOKEN, METRICS_MAX_WEBHOOKS: '3' };
    const hooktide = await start({ database: own, env });
    const ids = ['a', evil, '$1\\', 'ü/#?', 'e'];
    for (const id of ids) await hooktide.register(`${receiver.url}${encodeURIComponent(id)}`, 'REQUEST', id);
    for (const status of [299, 302, 429, 499, 503, 599, 999])
      await hooktide.post({ ...requestUpdate(evil + status, status), application: evil });
    await hooktide.api('POST', '/api/updates', { type: evil, payload: { [evil]: 1 } });
    await send(hooktide.url, { method: 'PROPFIND', path: `/${encodeURIComponent(evil)}`, headers: asJson });
    await send(hooktide.url, { method: 'OPTIONS', path: '/metrics' });
    await sling(hooktide, { to_url: `${receiver.url}x`, tag: evil, group: evil, payload: evil });
    await sling(hooktide, `{"to_url": "${receiver.url}`);
    await until(async () => (await scrape(hooktide)).of('hooktide_attempts_total') >= 10);
    // The gauges of the database are kept for some seconds: those of another process are new.
    const other = await start({ database: own, env: { ...env, ROLES: 'api' } });
    const fresh = (await scrapeKnown(other)).samples;
    const samples = [...(await scrape(hooktide)).samples, ...fresh];

    const foreign = samples.filter(({ name, labels }) => {
      const sets = described.get(name) ?? described.get(name.replace(/_(bucket|sum|count)$/, ''));
      const isForeign = ([label, value]: [string, string]) =>
        label !== 'le' &&
        (sets?.labels[label]?.length !== 0 || value.includes('evil')) &&
        !sets?.labels[label]?.includes(value);
      return name.startsWith('hooktide_') && !('webhook' in labels) && Object.entries(labels).some(isForeign);
    });
    expect(foreign).toEqual([]);
    const names = ['waiting_deliveries', 'oldest_waiting_seconds', 'failing_seconds'];
    for (const name of names) {
      const listed = fresh.filter((sample) => sample.name === `hooktide_webhook_${name}`);
      const webhooks = listed.map(({ labels }) => JSON.parse(`"${labels['webhook']}"`) as string);
      expect([name, webhooks.length, ids]).toEqual([name, 3, expect.arrayContaining(webhooks)]);
    }
  });
});

describe('docs/metrics.md', () => {
  it('has each metric that there is, and no other', async () => {
    const text = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| `(hooktide_\w+)`\s*\|/gm)].map(([, name]) => name);
    const { metrics } = openMetrics({} as never, 0);
    expect(documented).toEqual(metrics.describe().map(({ name }) => name));
    expect(documented.length).toBeGreaterThan(35);
  });
});
