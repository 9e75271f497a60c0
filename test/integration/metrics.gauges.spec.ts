import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { DatabaseGauges } from '../../src/queue/gauges.js';
import { countDeadLetters } from '../../src/queue/sql/gauges.js';
import { readWaiting } from '../../src/queue/sql/gauges-waiting.js';
import { DatabaseFailures } from '../../src/telemetry/database-failures.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide } from '../setup/hooktide.js';
import { readSamples, scrape, type Scraped } from '../setup/metrics.js';
import { startProxy } from '../setup/proxy.js';
import { addLane, connect } from '../setup/queue.js';
import { until } from '../setup/until.js';

let own: TestDatabase;
let database: Database;
beforeEach(async () => {
  own = await createTestDatabase();
  database = connect(own.url, 2);
});
afterEach(async () => {
  await database.close();
  await own.drop();
});

const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Gauges over `sql`, and how to scrape them. */
function gaugesOf(sql: Pick<Database, 'query'>, maxWebhooks = 0): () => Promise<Scraped[]> {
  const metrics = new Metrics();
  new DatabaseGauges(metrics, maxWebhooks, new DatabaseFailures(log, metrics)).follow(sql);
  return async () => readSamples((await metrics.expose()).text);
}

/** What they say as soon as they are known: a first read may take longer than a scrape waits. */
const known = (ask: () => Promise<Scraped[]>): Promise<Scraped[]> =>
  until(async () => {
    const samples = await ask();
    return find(samples, 'hooktide_database_up') === 1 && samples;
  });

const find = (samples: Scraped[], name: string, labels: Record<string, string> = {}): number | undefined =>
  samples.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    ?.value;

/** So many deliveries in a lane, of one update that was accepted so long ago. */
async function fill(laneId: number, count: number, agoSeconds = 0, subject = 's'): Promise<void> {
  await database.query(
    `WITH u AS (
       INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, accepted_at, payload)
       VALUES ('TASK', 'r', 's', 's', now(), now() - make_interval(secs => $3), '{}') RETURNING id)
     INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
     SELECT $1, id, $4, now() - make_interval(secs => $3) FROM u, generate_series(1, $2::int)`,
    [laneId, count, agoSeconds, subject],
  );
}

describe('what waits', () => {
  it('is counted by type, and its oldest found without the paused and the disabled webhooks', async () => {
    const [a, b, paused, disabled] = [
      await addLane(database, 'a', 'TASK'),
      await addLane(database, 'b', 'TASK'),
      await addLane(database, 'paused', 'DEPLOY'),
      await addLane(database, 'disabled', 'REQUEST'),
    ];
    await database.query(`UPDATE hooktide.webhook SET paused_at = now() WHERE id = 'paused'`);
    await database.query(`UPDATE hooktide.webhook SET disabled_at = now() WHERE id = 'disabled'`);
    await fill(paused, 4, 900);
    await fill(disabled, 1, 800);
    await fill(b, 2, 700);
    await fill(a, 3, 600);
    // A replay: it waits since then, however old its update is.
    await database.query(
      `UPDATE hooktide.delivery SET age_from = now() - interval '100 seconds', is_replay = true WHERE lane_id = $1`,
      [b],
    );
    const samples = await known(gaugesOf(database, 1));
    const waiting = ['TASK', 'DEPLOY', 'REQUEST', 'CRASHLOOP'].map((type) =>
      find(samples, 'hooktide_waiting_deliveries', { type }),
    );
    expect(waiting).toEqual([5, 4, 1, 0]);
    const oldest = ['TASK', 'DEPLOY', 'REQUEST'].map((type) =>
      find(samples, 'hooktide_oldest_waiting_seconds', { type }),
    );
    expect(oldest).toEqual([expect.closeTo(100, -1.5), 0, 0]);
    const listed = samples.filter(({ name }) => name.startsWith('hooktide_webhook_'));
    expect(listed.map(({ name, labels, value }) => [name, labels['webhook'], Math.round(value / 50)])).toEqual([
      ['hooktide_webhook_waiting_deliveries', 'b', 0],
      ['hooktide_webhook_oldest_waiting_seconds', 'b', 2],
      ['hooktide_webhook_failing_seconds', 'b', 0],
    ]);
  });

  it('is exact as long as the table is small, also where one webhook has more than its share', async () => {
    const [long, short] = [await addLane(database, 'long', 'TASK'), await addLane(database, 'short', 'DEPLOY')];
    await fill(long, 24_321);
    await fill(short, 7);
    const types = await readWaiting(database);
    expect(new Map(types.map(({ type, waiting }) => [type, waiting]))).toEqual(
      new Map([
        ['DEPLOY', 7],
        ['TASK', 24_321],
      ]),
    );
  });

  it('is estimated where there is much, to some ten percent; what is short is exact beside it', async () => {
    const lanes = [await addLane(database, 'x', 'TASK'), await addLane(database, 'y', 'TASK')];
    const short = await addLane(database, 'z', 'REQUEST');
    // Few of these go into a block: the table is beyond what is read as a whole.
    for (const lane of lanes) await fill(lane, 12_000, 0, 's'.repeat(1_500));
    await fill(short, 5);
    const types = new Map((await readWaiting(database)).map(({ type, waiting }) => [type, waiting]));
    expect(types.get('REQUEST')).toBe(5);
    expect(types.get('TASK')).toBeGreaterThan(24_000 * 0.8);
    expect(types.get('TASK')).toBeLessThan(24_000 * 1.2);
    // The same blocks each time: it doesn't jump.
    expect((await readWaiting(database)).find(({ type }) => type === 'TASK')?.waiting).toBe(types.get('TASK'));
  });

  it('is webhooks by what they do: of several, the first', async () => {
    const change = (id: string, lane: string, webhook = 'uri = uri') =>
      database.transaction(async (sql) => {
        await sql.query(`UPDATE hooktide.lane SET ${lane} WHERE webhook_id = $1`, [id]);
        await sql.query(`UPDATE hooktide.webhook SET ${webhook} WHERE id = $1`, [id]);
      });
    for (const id of ['open', 'failing', 'one-failed', 'resting', 'rested', 'paused', 'disabled']) {
      const lane = await addLane(database, id, 'TASK');
      if (id === 'one-failed') for (const subject of ['s1', 's2']) await fill(lane, 1, 0, subject);
    }
    await change('failing', `failing_since = now(), failed_subjects = '{s1,s2}'`);
    // Another subject waits: it is judged anew.
    await change('one-failed', `failing_since = now(), failed_subjects = '{s1}'`);
    await change(
      'resting',
      `resting_until = now() + interval '1 hour', failing_since = now(), failed_subjects = '{a,b}'`,
    );
    await change('rested', `resting_until = now() - interval '1 hour'`);
    await change('paused', 'floor_id = floor_id', 'paused_at = now(), disabled_at = now()');
    await change('disabled', `failing_since = now()`, 'disabled_at = now()');
    const samples = await known(gaugesOf(database));
    const states = ['open', 'failing', 'resting', 'paused', 'disabled'];
    const counts = states.map((state) => find(samples, 'hooktide_webhooks', { type: 'TASK', state }));
    expect(counts).toEqual([2, 1, 2, 1, 1]);
  });
});

describe('what is kept', () => {
  it('is dead letters by why, jobs that are not over, processes that live, and the size of tables', async () => {
    await database.query(`
      INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
      SELECT n, 1, 'w', gen_random_uuid(), 's', CASE WHEN n <= 3 THEN 'over_age' ELSE 'over_cap' END, 1
      FROM generate_series(1, 5) AS n`);
    await database.query(`
      INSERT INTO hooktide.process (id, host, pid, version, roles, seen_at)
      VALUES ('a', 'h', 1, '1', '{api,dispatch}', now()), ('b', 'h', 1, '1', '{dispatch}', now() - interval '20 seconds'),
             ('c', 'h', 1, '1', '{dispatch}', now() - interval '31 seconds')`);
    const samples = await known(gaugesOf(database));
    const reasons = ['over_age', 'over_cap', 'too_large'];
    expect(reasons.map((reason) => find(samples, 'hooktide_dead_letters', { reason }))).toEqual([3, 2, 0]);
    expect(['api', 'dispatch'].map((role) => find(samples, 'hooktide_processes', { role }))).toEqual([1, 2]);
    expect(samples.filter(({ name }) => name === 'hooktide_jobs')).toHaveLength(9);
    expect(find(samples, 'hooktide_table_bytes', { table: 'dead_letter' })).toBeGreaterThanOrEqual(8_192);
    await database.query('ANALYZE hooktide.dead_letter');
    expect(await countDeadLetters(database)).toHaveLength(2);
  });
});

describe('reading', () => {
  /** A database that counts statements, and that fails or holds back those that it is told to. */
  class Watched extends Database {
    statements: string[] = [];
    gate: Promise<void> = Promise.resolve();
    broken: RegExp | null = null;

    override async query<Row extends object>(statement: string, parameters?: readonly unknown[]): Promise<Row[]> {
      this.statements.push(statement);
      await this.gate;
      return super.query(
        this.broken?.test(statement) ? 'SELECT pg_sleep(60)' : statement,
        this.broken ? [] : parameters,
      );
    }
  }
  let watched: Watched;
  beforeEach(() => {
    watched = new Watched(own.url, 1, nothing, 500);
    return () => watched.close();
  });

  it('is done once for all who ask at once, and not again for those who ask soon after', async () => {
    const ask = gaugesOf(watched);
    await Promise.all([ask(), ask()]);
    await known(ask);
    const { length } = watched.statements;
    expect(length).toBeGreaterThan(5);
    expect(new Set(watched.statements).size).toBe(length);
    await ask();
    expect(watched.statements).toHaveLength(length);
  });

  it('keeps nobody waiting who asks while it takes long', async () => {
    let open = nothing;
    watched.gate = new Promise((resolve) => (open = resolve));
    const ask = gaugesOf(watched);
    const samples = await ask();
    expect(find(samples, 'hooktide_database_up')).toBe(0);
    expect(find(samples, 'hooktide_waiting_deliveries', { type: 'TASK' })).toBeUndefined();
    open();
    await until(async () => find(await ask(), 'hooktide_database_up') === 1);
    expect(find(await ask(), 'hooktide_waiting_deliveries', { type: 'TASK' })).toBe(0);
  });

  it('leaves out what takes longer than half a second, and counts that', async () => {
    watched.broken = /dead_letter/;
    const ask = gaugesOf(watched);
    const found = await until(async () => {
      const samples = await ask();
      return find(samples, 'hooktide_database_failures_total', { doing: 'gauges' }) === 1 && samples;
    });
    expect(find(found, 'hooktide_dead_letters', { reason: 'over_age' })).toBeUndefined();
    await until(async () => find(await ask(), 'hooktide_processes', { role: 'api' }) === 0);
    expect(find(await ask(), 'hooktide_database_up')).toBe(1);
  });

  it('says at once that the database is away, with all else that is counted, and finds it again', async () => {
    const proxy = await startProxy(own.url);
    const hooktide = await startHooktide({ database: { ...own, url: proxy.url } });
    await proxy.cut();
    const startedAt = performance.now();
    const away = await scrape(hooktide);
    expect(away.of('hooktide_database_up')).toBe(0);
    expect(away.samples.filter(({ name }) => name === 'hooktide_waiting_deliveries')).toEqual([]);
    expect(away.samples.filter(({ name }) => name === 'hooktide_attempts_total').length).toBeGreaterThan(100);
    expect(away.of('hooktide_database_failures_total', { doing: 'gauges' })).toBe(1);
    await scrape(hooktide);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await proxy.mend();
    const back = await until(async () => {
      const now = await scrape(hooktide);
      return now.of('hooktide_processes', { role: 'dispatch' }) === 1 && now;
    });
    expect(back.of('hooktide_database_up')).toBe(1);
    expect(back.of('hooktide_database_connections', { pool: 'queue' })).toBeGreaterThanOrEqual(1);
    await hooktide.stop();
    await proxy.cut();
  });
});
