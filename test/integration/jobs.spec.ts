import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { addDelivered, addDropped, addWebhook, count, makeJob, repeated, showJob, untilJob } from '../setup/jobs.js';
import { startReceiver, closeReceivers } from '../setup/receivers.js';
import { startLocked, type LockedHooktide } from '../setup/tokens.js';
import { until } from '../setup/until.js';
import { numberOf } from '../setup/updates.js';

const QUIET = { CHECK_WEBHOOKS_EVERY_MILLIS: '10000' };
const DROPPED = { kind: 'replay', of: 'dead_letters' };
const DELIVERED = { kind: 'replay', of: 'deliveries' };
const DISCARD = { kind: 'discard', of: 'dead_letters' };

afterEach(closeReceivers);

describe('a job', () => {
  let hooktide: Hooktide;
  let lane: number;
  beforeEach(async () => {
    hooktide = await startHooktide({ env: QUIET });
    lane = await addWebhook(hooktide, 'w');
  });
  afterEach(() => hooktide.stop());

  it('replays each dead letter once, however many there are, and says how far it is', async () => {
    await addDropped(hooktide, lane, 2_500);
    const made = await makeJob(hooktide, { ...DROPPED, filter: {} });
    expect(made).toMatchObject({ state: 'running', total: 2_500, isTotalExact: true, done: 0 });
    const done = await untilJob(hooktide, made.id, 'done');
    expect(done).toMatchObject({ done: 2_500, skipped: 0, why: null, error: null, estimatedEndAt: null });
    expect(Date.parse(done.finishedAt!)).toBeGreaterThanOrEqual(Date.parse(done.startedAt!));
    expect([await count(hooktide, 'dead_letter'), await count(hooktide, 'delivery', 'is_replay')]).toEqual([0, 2_500]);
    expect(await repeated(hooktide)).toBe(0);
    const told = hooktide.logged.filter(({ event }) => event.startsWith('job.')).map(({ event }) => event);
    expect(told[0]).toBe('job.created');
    expect(told).toContain('job.started');
    expect(told.at(-1)).toBe('job.finished');
  });

  it('replays what was delivered, lane by lane, each once', async () => {
    const other = await addWebhook(hooktide, 'v');
    await addDelivered(hooktide, lane, 1_300);
    await addDelivered(hooktide, other, 1_200);
    const { id, total } = await makeJob(hooktide, { ...DELIVERED, filter: { type: 'REQUEST' } });
    expect(total).toBe(2_500);
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ done: 2_500 });
    expect(await count(hooktide, 'delivery', `lane_id = ${other}`)).toBe(1_200);
    expect(await repeated(hooktide)).toBe(0);
  });

  it('of which a receiver gets every one', async () => {
    const receiver = await startReceiver();
    await hooktide.api('PATCH', '/api/webhooks/w', { uri: receiver.url });
    await hooktide.api('POST', '/api/webhooks/w/resume');
    await addDropped(hooktide, lane, 1_500);
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: { webhookId: 'w' } });
    const requests = await receiver.waitFor(1_500);
    expect(new Set(requests.map(({ body }) => numberOf(body))).size).toBe(1_500);
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ done: 1_500 });
  });

  it('discards dead letters that its filter names, and no other', async () => {
    await addDropped(hooktide, lane, 1_200, { reason: 'over_cap' });
    await addDropped(hooktide, lane, 30, { reason: 'over_age' });
    const { id } = await makeJob(hooktide, { ...DISCARD, filter: { reason: 'over_cap' } });
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ total: 1_200, done: 1_200 });
    expect(await count(hooktide, 'dead_letter', `reason = 'over_age'`)).toBe(30);
    expect(await count(hooktide, 'dead_letter')).toBe(30);
  });

  it('leaves what came after it, and counts what it leaves of deleted webhooks', async () => {
    const gone = await addWebhook(hooktide, 'gone');
    await addDropped(hooktide, gone, 7);
    await addDropped(hooktide, lane, 5);
    await hooktide.api('DELETE', '/api/webhooks?webhookId=gone');
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: {}, paused: true });
    await addDropped(hooktide, lane, 3);
    await hooktide.api('POST', `/api/jobs/${id}/resume`);
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ total: 12, done: 5, skipped: 7 });
    expect(await count(hooktide, 'dead_letter')).toBe(10);
  });

  it.each([
    [DROPPED, {}],
    [DROPPED, { webhookId: 'w' }],
    [DROPPED, { reason: 'over_cap', requestId: 's' }],
    [DROPPED, { since: '2020-01-01T00:00:00Z', type: 'REQUEST' }],
    [DROPPED, { until: '2020-01-01T00:00:00Z' }],
    [DISCARD, { webhookId: 'v' }],
    [DELIVERED, { webhookId: 'v' }],
    [DELIVERED, { requestId: 's' }],
    [DELIVERED, { since: '2020-01-01T00:00:00Z' }],
  ])('does what its dry run said, and the dry run does nothing: %o %o', async (what, filter) => {
    const other = await addWebhook(hooktide, 'v');
    await addDropped(hooktide, lane, 5, { reason: 'over_cap', requestId: 's' });
    await addDropped(hooktide, other, 7);
    await addDelivered(hooktide, lane, 9);
    await addDelivered(hooktide, other, 11, 's');
    const { status, json } = await hooktide.api('POST', '/api/jobs', { ...what, filter, dryRun: true });
    expect([status, json.isExact]).toEqual([200, true]);
    const now = [await count(hooktide, 'dead_letter'), await count(hooktide, 'delivery'), await count(hooktide, 'job')];
    expect(now).toEqual([12, 0, 0]);
    const { id } = await makeJob(hooktide, { ...what, filter });
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ total: json.matching, done: json.matching });
    const replayed = what.kind === 'replay' ? json.matching : 0;
    expect(await count(hooktide, 'delivery')).toBe(replayed);
  });

  it.each([
    [DROPPED, { type: 'TASK' }],
    [DELIVERED, { type: 'TASK' }],
    [DELIVERED, { type: 'TASK', webhookId: 'w' }],
    [DISCARD, { type: 'TASK' }],
  ])('finds the few that its filter names among more than it looks at at once: %o %o', async (what, filter) => {
    const isDropped = what.of === 'dead_letters';
    await (isDropped ? addDropped : addDelivered)(hooktide, lane, 41_000);
    const [table, id] = isDropped ? ['dead_letter', 'id'] : ['history', 'delivery_id'];
    await hooktide.sql(
      `UPDATE hooktide.update SET type = 'TASK'
       WHERE id IN (SELECT update_id FROM hooktide.${table} WHERE ${id} % 4000 IN (0, 1))`,
    );
    const job = await makeJob(hooktide, { ...what, filter });
    expect(await untilJob(hooktide, job.id, 'done')).toMatchObject({ total: 21, done: 21 });
    expect(await count(hooktide, table)).toBe(isDropped ? 40_979 : 41_000);
    expect(await count(hooktide, 'delivery')).toBe(what.kind === 'replay' ? 21 : 0);
  });

  it('queues no more a second than its rate, and says when it will be done', async () => {
    await addDropped(hooktide, lane, 90);
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: {}, ratePerSecond: 40 });
    const running = await until(async () => {
      const job = await showJob(hooktide, id);
      return job.perSecond !== null && job;
    });
    expect(Date.parse(running.estimatedEndAt!)).toBeGreaterThan(Date.parse(running.startedAt!));
    await untilJob(hooktide, id, 'done');
    // Postgres' own times: how many were queued in the second that begins with each.
    const [most] = await hooktide.sql<{ count: string; seconds: number }>(
      `SELECT max(n.count) AS count, extract(epoch FROM max(n.age_from) - min(n.age_from))::float8 AS seconds FROM (
         SELECT a.age_from, (SELECT count(*) FROM hooktide.delivery AS b
                             WHERE b.age_from >= a.age_from AND b.age_from < a.age_from + interval '1 second')
         FROM hooktide.delivery AS a) AS n`,
    );
    expect(Number(most!.count)).toBeLessThanOrEqual(40);
    expect(most!.seconds).toBeGreaterThan(1.9);
    expect(await count(hooktide, 'delivery')).toBe(90);
  });

  it('does nothing after the answer to a pause, and all the rest after it is resumed', async () => {
    await addDropped(hooktide, lane, 400);
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: {}, ratePerSecond: 400 });
    await until(async () => (await showJob(hooktide, id)).done > 0);
    const paused = await hooktide.api('POST', `/api/jobs/${id}/pause`);
    expect(paused.json).toMatchObject({ state: 'paused', why: { code: 'paused' }, perSecond: null });
    const queued = await count(hooktide, 'delivery');
    expect(paused.json.done).toBe(queued);
    expect(queued).toBeLessThan(400);
    // A job that is made later is done before: the paused one has had its time.
    await addDropped(hooktide, lane, 1, { reason: 'too_large' });
    const later = await makeJob(hooktide, { ...DISCARD, filter: { reason: 'too_large' } });
    await untilJob(hooktide, later.id, 'done');
    expect(await count(hooktide, 'delivery')).toBe(queued);
    await hooktide.api('POST', `/api/jobs/${id}/resume`);
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ done: 400 });
    expect(await repeated(hooktide)).toBe(0);
  });

  it('ends for good when it is canceled, and what was done stays done', async () => {
    await addDropped(hooktide, lane, 400);
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: {}, ratePerSecond: 400 });
    await until(async () => (await showJob(hooktide, id)).done > 0);
    const { json } = await hooktide.api('POST', `/api/jobs/${id}/cancel`);
    expect(json).toMatchObject({ state: 'canceled', why: null });
    expect(await count(hooktide, 'delivery')).toBe(json.done);
    expect(await count(hooktide, 'dead_letter')).toBe(400 - json.done);
    for (const turn of ['pause', 'resume', 'cancel']) {
      const { status, json: problem } = await hooktide.api('POST', `/api/jobs/${id}/${turn}`);
      expect([turn, status, problem.code]).toEqual([turn, 409, 'job_is_over']);
    }
  });

  it('comes to one end, however pauses, resumes and cancels race', async () => {
    await addDropped(hooktide, lane, 2_000);
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: {}, ratePerSecond: 2_000 });
    const turns = ['pause', 'resume', 'pause', 'cancel', 'resume', 'pause', 'resume', 'cancel'];
    const answers = await Promise.all(turns.map((turn) => hooktide.api('POST', `/api/jobs/${id}/${turn}`)));
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { state, done } = await showJob(hooktide, id);
    expect(['canceled', 'done']).toContain(state);
    expect(await count(hooktide, 'delivery')).toBe(done);
    expect(await count(hooktide, 'dead_letter')).toBe(2_000 - done);
    const actions = (await hooktide.api('GET', '/api/audit')).json.items.map(
      ({ action }: { action: string }) => action,
    );
    expect(actions.filter((action: string) => action === 'job.canceled').length).toBeLessThanOrEqual(1);
  });

  it('is remembered with who made it, and with all that it has done', async () => {
    await addDropped(hooktide, lane, 2_300);
    const filter = { webhookId: 'w' };
    const { id } = await makeJob(hooktide, { ...DROPPED, filter, paused: true });
    await hooktide.api('POST', `/api/jobs/${id}/resume`);
    await untilJob(hooktide, id, 'done');
    const { items } = (await hooktide.api('GET', '/api/audit')).json;
    const rows = items.toReversed().filter(({ action }: { action: string }) => !action.startsWith('webhook.'));
    expect(rows.slice(0, 2)).toMatchObject([
      { action: 'job.created', target: String(id), details: { kind: 'replay', of: 'dead_letters', filter } },
      { action: 'job.resumed', target: String(id), details: { done: 0 } },
    ]);
    const replays = rows.slice(2);
    expect(new Set(replays.map(({ action }: { action: string }) => action))).toEqual(new Set(['dead_letter.replayed']));
    expect(replays[0]).toMatchObject({ actor: 'anybody', target: 'w', details: { job: id, filter } });
    const told = replays.reduce(
      (sum: number, { details }: { details: { replayed: number } }) => sum + details.replayed,
      0,
    );
    expect(told).toBe(2_300);
  });

  it('gives up when its batches come to nothing, says why, and goes on when it is resumed', async () => {
    await addDropped(hooktide, lane, 3);
    await hooktide.sql(
      'ALTER TABLE hooktide.delivery ADD CONSTRAINT nothing_is_replayed CHECK (NOT is_replay) NOT VALID',
    );
    const { id } = await makeJob(hooktide, { ...DROPPED, filter: {} });
    const waiting = await until(async () => {
      const job = await showJob(hooktide, id);
      return job.why?.code === 'failed_before' && job;
    });
    expect(waiting.error).toMatch(/nothing_is_replayed/);
    await hooktide.sql('UPDATE hooktide.job SET failures = 4, next_at = now()');
    const failed = await untilJob(hooktide, id, 'failed');
    expect(failed).toMatchObject({
      done: 0,
      why: { code: 'failed' },
      error: expect.stringMatching(/nothing_is_replayed/),
    });
    expect(await count(hooktide, 'dead_letter')).toBe(3);
    await hooktide.sql('ALTER TABLE hooktide.delivery DROP CONSTRAINT nothing_is_replayed');
    await hooktide.api('POST', `/api/jobs/${id}/resume`);
    expect(await untilJob(hooktide, id, 'done')).toMatchObject({ done: 3, error: null });
  });
});

it('a replay waits while too much waits, and goes on when there is room', async () => {
  const hooktide = await startHooktide({ env: { ...QUIET, MAX_WAITING_DELIVERIES: '1000' } });
  const lane = await addWebhook(hooktide, 'w');
  await addDropped(hooktide, lane, 2_500);
  const { id } = await makeJob(hooktide, { ...DROPPED, filter: {} });
  const full = await until(async () => {
    const job = await showJob(hooktide, id);
    return job.why?.code === 'too_many_waiting' && job;
  });
  expect(full.done).toBeGreaterThanOrEqual(1_000);
  expect(full.done).toBeLessThan(2_500);
  expect(await count(hooktide, 'delivery')).toBe(full.done);
  await hooktide.sql('DELETE FROM hooktide.delivery');
  await until(async () => (await showJob(hooktide, id)).done > full.done);
  await hooktide.sql('DELETE FROM hooktide.delivery');
  expect(await untilJob(hooktide, id, 'done')).toMatchObject({ done: 2_500 });
  await hooktide.stop();
});

describe('two processes', () => {
  let database: TestDatabase;
  let both: Hooktide[];
  beforeEach(async () => {
    database = await createTestDatabase();
    both = await Promise.all([startHooktide({ env: QUIET, database }), startHooktide({ env: QUIET, database })]);
  });
  afterEach(async () => {
    await Promise.all(both.map((hooktide) => hooktide.stop()));
    await database.drop();
  });

  it('share jobs, and do each thing once', async () => {
    const [one, two] = both as [Hooktide, Hooktide];
    const lane = await addWebhook(one, 'w');
    await addDropped(one, lane, 3_000);
    await addDelivered(one, lane, 3_000);
    const jobs = await Promise.all([
      makeJob(one, { ...DROPPED, filter: {} }),
      makeJob(two, { ...DROPPED, filter: { webhookId: 'w' } }),
      makeJob(two, { ...DELIVERED, filter: { webhookId: 'w' } }),
    ]);
    const [a, b, c] = await Promise.all(jobs.map(({ id }) => untilJob(one, id, 'done')));
    expect(a!.done + b!.done).toBe(3_000);
    expect(c!.done).toBe(3_000);
    expect(await count(one, 'delivery')).toBe(6_000);
    expect(await repeated(one)).toBe(0);
  });

  it('go on with what the other one has left when it stops', async () => {
    const [one, two] = both as [Hooktide, Hooktide];
    const lane = await addWebhook(one, 'w');
    await addDropped(one, lane, 900);
    const { id } = await makeJob(one, { ...DROPPED, filter: {}, ratePerSecond: 400 });
    await until(async () => (await showJob(one, id)).done > 0);
    both = [two];
    await one.stop();
    expect((await showJob(two, id)).state).toBe('running');
    expect(await untilJob(two, id, 'done')).toMatchObject({ done: 900 });
    expect(await count(two, 'delivery')).toBe(900);
    expect(await repeated(two)).toBe(0);
  });
});

describe('the API', () => {
  let hooktide: LockedHooktide;
  let admin: string;
  let webhooks: string;
  let reader: string;
  beforeAll(async () => {
    hooktide = await startLocked({ env: QUIET });
    ({ token: admin } = await hooktide.make({ name: 'ops', scopes: ['admin'] }));
    ({ token: webhooks } = await hooktide.make({ name: 'web', scopes: ['webhooks'] }));
    ({ token: reader } = await hooktide.make({ name: 'reader', scopes: ['read'] }));
  });
  afterAll(() => hooktide.stop());

  it.each([
    [{}, 'kind'],
    [{ kind: 'send' }, 'kind'],
    [{ kind: 'replay' }, 'of'],
    [{ kind: 'discard', of: 'deliveries', filter: {} }, 'of'],
    [{ kind: 'erase', of: 'dead_letters', filter: {} }, 'of'],
    [{ ...DROPPED }, 'filter'],
    [{ ...DROPPED, filter: [] }, 'filter'],
    [{ ...DROPPED, filter: { state: 'dropped' } }, 'filter.state'],
    [{ ...DROPPED, filter: { reason: 'none' } }, 'filter.reason'],
    [{ ...DROPPED, filter: { since: 'yesterday' } }, 'filter.since'],
    [{ ...DELIVERED, filter: { reason: 'over_age' } }, 'filter.reason'],
    [{ ...DELIVERED, filter: {} }, 'filter'],
    [{ ...DROPPED, filter: {}, rate: 1 }, 'rate'],
    [{ ...DROPPED, filter: {}, ratePerSecond: 0 }, 'ratePerSecond'],
    [{ ...DROPPED, filter: {}, ratePerSecond: 1.5 }, 'ratePerSecond'],
    [{ ...DROPPED, filter: {}, ratePerSecond: 100_001 }, 'ratePerSecond'],
    [{ ...DROPPED, filter: {}, dryRun: 'yes' }, 'dryRun'],
    [{ ...DROPPED, filter: {}, paused: 1 }, 'paused'],
    [{ kind: 'erase', of: 'request', filter: {} }, 'filter.requestId'],
    [{ kind: 'erase', of: 'request', filter: { requestId: 'r', until: 1 } }, 'filter.until'],
    [{ kind: 'erase', of: 'request', filter: { requestId: 'r', before: 'x' } }, 'filter.before'],
    [{ kind: 'erase', of: 'request', filter: { requestId: 'r' }, ratePerSecond: 1 }, 'ratePerSecond'],
  ])('refuses %o, and names the field', async (job, field) => {
    const { status, json } = await hooktide.by(admin, 'POST', '/api/jobs', job);
    expect([status, json.code, json.field]).toEqual([400, 'invalid_input', field]);
  });

  it.each(['0', '999999', 'x', '99999999999999999999'])('knows no job %s', async (id) => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/cancel'],
    ] as const) {
      const { status, json } = await hooktide.by(admin, method, `/api/jobs/${id}${path}`);
      expect([status, json.code]).toEqual([404, 'job_not_found']);
    }
  });

  it('takes all scopes to erase, and to turn what erases', async () => {
    const erase = { kind: 'erase', of: 'request', filter: { requestId: 'nobody' }, paused: true };
    expect((await hooktide.by(webhooks, 'POST', '/api/jobs', erase)).status).toBe(403);
    expect((await hooktide.by(webhooks, 'POST', '/api/jobs', { ...erase, dryRun: true })).status).toBe(403);
    expect((await hooktide.by(reader, 'POST', '/api/jobs', { ...DROPPED, filter: {} })).status).toBe(403);
    const { json } = await hooktide.by(admin, 'POST', '/api/jobs', erase);
    for (const turn of ['pause', 'resume', 'cancel']) {
      expect((await hooktide.by(webhooks, 'POST', `/api/jobs/${json.id}/${turn}`)).status).toBe(403);
    }
    expect((await hooktide.by(reader, 'GET', `/api/jobs/${json.id}`)).json.state).toBe('paused');
    const discard = await hooktide.by(webhooks, 'POST', '/api/jobs', { ...DISCARD, filter: {}, paused: true });
    expect((await hooktide.by(webhooks, 'POST', `/api/jobs/${discard.json.id}/cancel`)).json.state).toBe('canceled');
  });

  it('lists the newest first, page by page', async () => {
    const made: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { json } = await hooktide.by(webhooks, 'POST', '/api/jobs', { ...DISCARD, filter: {}, paused: true });
      made.unshift(json.id);
    }
    const first = (await hooktide.by(reader, 'GET', '/api/jobs?limit=3')).json;
    const second = (await hooktide.by(reader, 'GET', `/api/jobs?limit=2&after=${first.next}`)).json;
    expect([...first.items, ...second.items].map(({ id }: { id: number }) => id)).toEqual(made);
    expect((await hooktide.by(reader, 'GET', '/api/jobs?kind=erase')).json).toMatchObject({ field: 'kind' });
  });

  it('says how much is kept, and for how long', async () => {
    await hooktide.by(admin, 'POST', '/api/updates', {
      type: 'REQUEST',
      payload: { createdAt: 1, eventType: 'UPDATED', request: { id: 'r' } },
    });
    await hooktide.sql('ANALYZE hooktide.update');
    const { status, json } = await hooktide.by(reader, 'GET', '/api/storage');
    expect(status).toBe(200);
    const tables = new Map(json.tables.map((table: { table: string }) => [table.table, table]));
    expect(tables.get('update')).toMatchObject({ rows: 1, keptHours: 72 });
    expect(tables.get('dead_letter')).toMatchObject({ oldestAt: null, keptHours: 336 });
    expect(tables.get('job')).toMatchObject({ keptHours: 2_160 });
    expect(tables.get('webhook')).toMatchObject({ keptHours: null });
    const update = tables.get('update') as { oldestAt: string; bytes: number };
    expect(Math.abs(Date.parse(update.oldestAt) - Date.now())).toBeLessThan(60_000);
    expect(update.bytes).toBeGreaterThan(0);
  });
});

it('one request does 10 000, and no more: that is for a job', async () => {
  const hooktide = await startHooktide({ env: { ...QUIET, ROLES: 'api' } });
  const lane = await addWebhook(hooktide, 'w');
  await addDropped(hooktide, lane, 10_001);
  await addDelivered(hooktide, lane, 10_001);
  for (const path of ['dead-letters/replay', 'dead-letters/discard', 'deliveries/replay']) {
    const { status, json } = await hooktide.api('POST', `/api/${path}`, { webhookId: 'w' });
    expect([path, status, json.code, json.field]).toEqual([path, 400, 'invalid_input', 'body']);
    expect(json.detail).toContain('POST /api/jobs');
  }
  expect(await count(hooktide, 'delivery')).toBe(0);
  await hooktide.sql('DELETE FROM hooktide.dead_letter WHERE id = (SELECT min(id) FROM hooktide.dead_letter)');
  const { status, json } = await hooktide.api('POST', '/api/dead-letters/replay', { webhookId: 'w' });
  expect([status, json]).toEqual([202, { replayed: 10_000, skipped: 0 }]);
  await hooktide.stop();
});
