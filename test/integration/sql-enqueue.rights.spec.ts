import { beforeEach, describe, expect, it } from 'vitest';
import { eachWithAnApplication, NO_POLL, payload, refusalOf, ROLE } from '../setup/sql-app.js';
import { until } from '../setup/until.js';

const app = eachWithAnApplication();

describe('the rights of an application', () => {
  beforeEach(async () => {
    await app.start(NO_POLL);
  });

  it('are to call the function, and none on any table or helper', async () => {
    await app.enqueue(payload());
    const { rows } = await app.client.query<{ name: string }>(
      `SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'hooktide'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')`,
    );
    expect(rows.length).toBeGreaterThan(10);
    for (const { name } of rows) {
      for (const statement of [`SELECT FROM ${name}`, `DELETE FROM ${name}`, `INSERT INTO ${name} DEFAULT VALUES`]) {
        expect([statement, (await refusalOf(app.client.query(statement)))?.code]).toEqual([
          statement,
          expect.stringMatching('42501|42809|55000'),
        ]);
      }
    }
    for (const helper of [`refuse('a', 'b', 'c')`, `read_payload('{}', 1)`, `readable('{}')`]) {
      expect((await refusalOf(app.client.query(`SELECT hooktide.${helper}`)))?.code).toBe('42501');
    }
  });

  it('are given, not had', async () => {
    await app.hooktide.sql(`REVOKE EXECUTE ON FUNCTION hooktide.enqueue FROM ${ROLE}`);
    expect((await refusalOf(app.enqueue(payload())))?.code).toBe('42501');
  });

  it('do not reach the owner by the settings and temporary objects of the session', async () => {
    await app.client.query(`CREATE TEMP TABLE update (id uuid); CREATE TEMP TABLE pg_class (oid oid, reltuples real);
      CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT 'mine'::bytea $$;
      SET search_path = pg_temp, public; SET standard_conforming_strings = off; SET bytea_output = escape`);
    const text = String.raw`{"createdAt":1,"eventType":"CREATED","request":{"id":"\\"},"x":"\u0000\ud800"}`;
    await app.enqueue(text, { id: 'i', application: "'; DROP TABLE hooktide.update; --" });
    expect(await app.hooktide.sql('SELECT payload, request_id, application FROM hooktide.update')).toEqual([
      { payload: text, request_id: '\\', application: "'; DROP TABLE hooktide.update; --" },
    ]);
    expect(
      (await app.hooktide.sql<{ digest: Buffer }>('SELECT digest FROM hooktide.idempotency_id'))[0]?.digest,
    ).toHaveLength(32);
  });
});

describe('the limits of the config', () => {
  it('hold for SQL from the start of the process on', async () => {
    await app.start({
      INGEST_MAX_PAYLOAD_BYTES: '200',
      MAX_FAN_OUT: '2',
      MAX_WAITING_DELIVERIES: '3',
      IDEMPOTENCY_HOURS: '5',
      WAKE_ON_ENQUEUE: 'false',
    });
    expect(await app.hooktide.sql('SELECT * FROM hooktide.ingest_limits')).toEqual([
      {
        is_only: true,
        max_payload_bytes: '200',
        max_fan_out: '2',
        max_waiting_deliveries: '3',
        idempotency_hours: '5',
        wake_on_enqueue: false,
        origins: ['client', 'sail'],
      },
    ]);
    expect(await refusalOf(app.enqueue(payload(0, 'x'.repeat(300))))).toMatchObject({
      code: 'HT003',
      column: 'payload',
    });
  });

  it('refuse too large a fan-out, and nothing is stored', async () => {
    await app.start({ ...NO_POLL, MAX_FAN_OUT: '2' });
    for (const id of ['a', 'b', 'c']) await app.hooktide.register('http://127.0.0.1:9/', 'REQUEST', id);
    expect(await refusalOf(app.enqueue(payload(), { id: 'i' }))).toMatchObject({
      code: 'HT001',
      message: 'this update would owe 3 deliveries; maxFanOut is 2',
    });
    expect([await app.count('update'), await app.count('idempotency_id')]).toEqual([0, 0]);
  });

  it('refuse updates while too many deliveries wait, as far as Postgres knows', async () => {
    await app.start({ ROLES: 'api', MAX_WAITING_DELIVERIES: '3' });
    await app.hooktide.register('http://127.0.0.1:9/');
    for (const n of [1, 2, 3]) await app.enqueue(payload(n));
    await app.hooktide.sql('ANALYZE hooktide.delivery');
    expect(await refusalOf(app.enqueue(payload(4)))).toMatchObject({
      code: 'HT005',
      hint: 'Send the same again later.',
    });
  });
});

describe('deliveries of an update by SQL', () => {
  it('are owed to the webhooks whose filter it passes', async () => {
    await app.start({ ROLES: 'api' });
    for (const id of ['all', 'shop', 'r1']) await app.hooktide.register('http://127.0.0.1:9/', 'REQUEST', id);
    await app.hooktide.sql(`UPDATE hooktide.webhook SET filter = '{"applications":["sh*"]}' WHERE id = 'shop'`);
    await app.hooktide.sql(
      `UPDATE hooktide.webhook SET filter = '{"requestIds":["r1"],"states":["UPDATED"]}' WHERE id = 'r1'`,
    );
    await app.enqueue(payload(1, 'r1'), { application: 'shop' });
    await app.enqueue(payload(2, 'r1'), { application: 'other' });
    await app.enqueue(payload(3, 'r2'));
    const owed = await app.hooktide.sql(
      `SELECT l.webhook_id AS id, count(*)::int AS n FROM hooktide.delivery AS d JOIN hooktide.lane AS l ON l.id = d.lane_id
       GROUP BY 1 ORDER BY 1`,
    );
    expect(owed).toEqual([
      { id: 'all', n: 3 },
      { id: 'r1', n: 2 },
      { id: 'shop', n: 1 },
    ]);
  });

  it.each([
    ['true', [375]],
    ['false', []],
  ])(
    'wake the dispatchers, of as many lanes as one notification holds, if wakeOnEnqueue is %s',
    async (wake, lanes) => {
      await app.start({ ROLES: 'api', WAKE_ON_ENQUEUE: wake });
      await app.hooktide
        .sql(`WITH l AS (INSERT INTO hooktide.lane (webhook_id) SELECT n FROM generate_series(1, 400) AS n RETURNING id, webhook_id)
      INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp") SELECT webhook_id, id, 'REQUEST', 'http://r/', 0 FROM l`);
      const listener = await app.connect();
      const heard: string[] = [];
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
      await listener.query('LISTEN hooktide');
      await app.client.query('BEGIN');
      await app.enqueue(payload(1));
      await app.enqueue(payload(2));
      await app.client.query('COMMIT');
      await app.client.query(`NOTIFY hooktide, 'last'`);
      await until(() => heard.includes('last'));
      const news = heard.slice(0, -1).map((text) => JSON.parse(text) as { lanes: number[] });
      expect(news.map(({ lanes, ...rest }) => ({ ...rest, lanes: lanes.length }))).toEqual(
        lanes.map((count) => ({ from: 'sql', event: 'nudge', lanes: count })),
      );
      expect(await app.count('delivery')).toBe(800);
    },
  );
});
