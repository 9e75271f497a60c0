import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addHook, task } from '../setup/containers.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { addDropped, addWebhook, count, makeJob, showJob, unheardOf, untilJob } from '../setup/jobs.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
let name: string;
beforeEach(async () => {
  hooktide = await startHooktide({ env: { DELETE_UNDELIVERABLE_WEBHOOKS_AFTER_HOURS: '1' } });
  name = unheardOf();
});
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const erase = (requestId: string, more: object = {}) =>
  makeJob(hooktide, { kind: 'erase', of: 'request', filter: { requestId, ...more } });

/** The tables in which a name stands anywhere, each with how many rows. */
async function namedIn(text: string): Promise<Record<string, number>> {
  const tables = await hooktide.sql<{ table: string }>(
    `SELECT relname AS "table" FROM pg_class WHERE relnamespace = 'hooktide'::regnamespace AND relkind = 'r'`,
  );
  const found: Record<string, number> = {};
  for (const { table } of tables) {
    const statement = `SELECT count(*)::int AS rows FROM hooktide.${table} AS t WHERE t::text LIKE '%' || $1 || '%'`;
    const [row] = await hooktide.sql<{ rows: number }>(statement, [text]);
    if (row && row.rows > 0) found[table] = row.rows;
  }
  return found;
}

/** One request in every table that can name one: it waits, failed, was dropped, arrived, and has tasks. */
async function makeItself(request: string): Promise<void> {
  const old = Date.now() - 7_200_000;
  const updates = [1, 2, 3].map((n) => ({ ...requestUpdate(request, n), id: `${request}/${n}` }));
  await hooktide.post([...updates, requestUpdate(request, 4, old)]);
  await hooktide.post([
    task('RUNNING', { container: request, request, application: 'app', startedAt: 1_700_000_000_000 }),
    task('KILLED', { container: request, request, application: 'app', startedAt: 1_700_000_000_000 }),
  ]);
}

describe('the erasure of a request', () => {
  beforeEach(async () => {
    const [arrives, refuses] = [await startReceiver(), await startReceiver(answers(500))];
    await hooktide.register(arrives.url, 'REQUEST', 'arrives');
    await hooktide.register(refuses.url, 'REQUEST', 'refuses');
    await addWebhook(hooktide, 'waits');
    await addHook(hooktide, 'app', arrives.url);
    for (const request of [name, 'other']) await makeItself(request);
    await until(async () => {
      const [delivered, dropped] = [await count(hooktide, 'history'), await count(hooktide, 'dead_letter')];
      return delivered === 8 + 4 && dropped >= 2;
    });
    await until(async () => (await count(hooktide, 'lane', 'cardinality(failed_subjects) > 0')) > 0);
  });

  it('leaves no row that names it, but for those that say that it was done', async () => {
    const before = await namedIn(name);
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining([
        'update',
        'dead_letter',
        'delivery',
        'task_state',
        'container',
        'idempotency_id',
        'lane',
      ]),
    );
    const ofOther = await namedIn('other');
    const { id, total } = await erase(name);
    expect(total).toBe(6);
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ done: 6 });
    expect(Object.keys(await namedIn(name)).toSorted()).toEqual(['audit', 'job']);
    // Nothing of anybody else is gone. What it failed with is judged anew.
    const { lane: before_, ...rest } = ofOther;
    const { lane: after_, ...left } = await namedIn('other');
    expect([left, (before_ ?? 0) >= (after_ ?? 0)]).toEqual([rest, true]);
    expect(await count(hooktide, 'history', 'update_id NOT IN (SELECT id FROM hooktide.update)')).toBe(0);
  });

  it('is remembered, with its request and no payload', async () => {
    const { id } = await erase(name);
    await untilJob(hooktide, id, 'done');
    const { items } = (await hooktide.api('GET', '/api/audit?action=request.erased')).json;
    expect(items).toMatchObject([{ target: name, details: { job: id, filter: { requestId: name }, erased: 6 } }]);
  });

  it('says how many updates there are, and does nothing, where it is tried first', async () => {
    const before = await namedIn(name);
    const body = { kind: 'erase', of: 'request', filter: { requestId: name }, dryRun: true };
    const { status, json } = await hooktide.api('POST', '/api/jobs', body);
    expect([status, json]).toEqual([200, { matching: 6, isExact: true }]);
    expect(await namedIn(name)).toEqual(before);
  });
});

it('what is accepted later, or after the time that is given, stays', async () => {
  await addWebhook(hooktide, 'w');
  await hooktide.post([requestUpdate(name, 1), requestUpdate(name, 2)]);
  const clock = async (): Promise<number> => {
    const [now] = await hooktide.sql<{ millis: string }>(
      'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS millis',
    );
    return Math.ceil(Number(now!.millis));
  };
  const before = await clock();
  await until(async () => (await clock()) > before + 1);
  await hooktide.post([requestUpdate(name, 3)]);
  const { id } = await makeJob(hooktide, {
    kind: 'erase',
    of: 'request',
    filter: { requestId: name, before },
    paused: true,
  });
  await hooktide.post([requestUpdate(name, 4)]);
  await hooktide.api('POST', `/api/jobs/${id}/resume`);
  expect(await untilJob(hooktide, id, 'done')).toMatchObject({ total: 2, done: 2 });
  const left = await hooktide.sql<{ payload: string }>('SELECT payload FROM hooktide.update ORDER BY id');
  expect(left.map(({ payload }) => numberOf(payload))).toEqual([3, 4]);
  expect(await count(hooktide, 'delivery')).toBe(2);

  const all = await erase(name);
  expect(await untilJob(hooktide, all.id, 'done')).toMatchObject({ done: 2 });
  expect(await count(hooktide, 'update')).toBe(0);
});

it('what is in flight settles harmlessly, and the lane goes on with the others in their order', async () => {
  const held: ServerResponse[] = [];
  const receiver = await startReceiver((response, { body }) => {
    if (requestOf(body) === name) held.push(response);
    else response.writeHead(200).end();
  });
  await hooktide.register(receiver.url, 'REQUEST', 'w');
  await hooktide.post([requestUpdate(name, 1), requestUpdate(name, 2), requestUpdate(name, 3)]);
  await receiver.waitFor(1);
  const { id } = await erase(name);
  await untilJob(hooktide, id, 'done');
  for (let n = 1; n <= 20; n += 1) await hooktide.post(['a', 'b'].map((request) => requestUpdate(request, n)));
  for (const response of held) response.writeHead(200).end();
  const others = await until(() => {
    const found = receiver.requests.filter(({ body }) => requestOf(body) !== name);
    return found.length >= 40 && found;
  });
  for (const request of ['a', 'b']) {
    const its = others.filter(({ body }) => requestOf(body) === request).map(({ body }) => numberOf(body));
    expect(its).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  }
  await until(async () => (await count(hooktide, 'delivery')) === 0);
  expect(await count(hooktide, 'history')).toBe(40);
  expect(Object.keys(await namedIn(name)).toSorted()).toEqual(['audit', 'job']);
});

it('a receiver that failed with it alone is sent to again at once', async () => {
  const receiver = await startReceiver((response, { body }) =>
    response.writeHead(requestOf(body) === name ? 500 : 200).end(),
  );
  await hooktide.register(receiver.url, 'REQUEST', 'w');
  await hooktide.post(requestUpdate(name));
  await until(async () => (await count(hooktide, 'lane', 'failing_since IS NOT NULL')) === 1);
  const { id } = await erase(name);
  await untilJob(hooktide, id, 'done');
  expect(await count(hooktide, 'lane', `failing_since IS NOT NULL OR failed_subjects <> '{}'`)).toBe(0);
  await hooktide.post(requestUpdate('other'));
  await until(() => receiver.requests.some(({ body }) => requestOf(body) === 'other'));
});

it('an update that is owed to thousands goes in batches, and so do thousands of updates', async () => {
  const lane = await addWebhook(hooktide, 'w');
  await addDropped(hooktide, lane, 1_100, { requestId: name });
  await hooktide.sql(
    `WITH u AS (SELECT id FROM hooktide.update LIMIT 1)
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
     SELECT $1, u.id, 's', now() FROM u, generate_series(1, 3500)`,
    [lane],
  );
  await addDropped(hooktide, lane, 20, { requestId: 'other' });
  const { id } = await erase(name);
  const { done } = await untilJob(hooktide, id, 'done');
  expect(done).toBe(1_100);
  expect(await count(hooktide, 'delivery')).toBe(0);
  expect([await count(hooktide, 'dead_letter'), await count(hooktide, 'update')]).toEqual([20, 20]);
  expect((await showJob(hooktide, id)).error).toBeNull();
});

it('a replay of what is being erased brings nothing back', async () => {
  const lane = await addWebhook(hooktide, 'w');
  await addDropped(hooktide, lane, 3_000, { requestId: name });
  const replay = { kind: 'replay', of: 'dead_letters', filter: { requestId: name } };
  const [replaying, erasing] = await Promise.all([makeJob(hooktide, replay), erase(name)]);
  await untilJob(hooktide, replaying.id, 'done');
  expect(await untilJob(hooktide, erasing.id, 'done')).toMatchObject({ done: 3_000 });
  expect(Object.keys(await namedIn(name)).toSorted()).toEqual(['audit', 'job']);
  expect(await count(hooktide, 'delivery')).toBe(0);
});
