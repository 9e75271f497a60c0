import { beforeEach, describe, expect, it } from 'vitest';
import { startReceiver } from '../setup/receivers.js';
import { eachWithAnApplication, NO_POLL, payload, refusalOf, ROLE } from '../setup/sql-app.js';
import { until } from '../setup/until.js';
import { fixture, numberOf } from '../setup/updates.js';

const app = eachWithAnApplication();
const special = 'a"\\\b\t\n\f\r\u0001\u001f\u007f/é日😀\u2028';
const rest = (text: string, id: string, application?: string) =>
  app.hooktide.api(
    'POST',
    '/api/updates',
    `{"type":"REQUEST","payload":${text},"id":${JSON.stringify(id)}${application ? `,"application":${JSON.stringify(application)}` : ''}}`,
  );

describe("an update in the application's own transaction", () => {
  it('comes with its commit, byte for byte and at once', async () => {
    await app.start(NO_POLL);
    const receiver = await startReceiver();
    await app.hooktide.register(receiver.url, 'TASK');
    const text = fixture('task-webhook.running.json');
    await app.client.query('BEGIN');
    await app.client.query('INSERT INTO public.orders VALUES (1)');
    const { rows } = await app.client.query(`SELECT hooktide.enqueue('task', $1) AS id`, [` ${text}\n`]);
    expect([await app.count('update'), await app.count('delivery')]).toEqual([0, 0]);
    await app.client.query('COMMIT');
    expect((await receiver.waitFor(1))[0]?.body).toBe(text);
    expect(await app.hooktide.sql('SELECT id::text FROM hooktide.update')).toEqual(rows);
  });

  it('goes with its rollback, also to a savepoint, and leaves the id free', async () => {
    await app.start(NO_POLL);
    const receiver = await startReceiver();
    await app.hooktide.register(receiver.url);
    await app.client.query('BEGIN');
    await app.enqueue(payload(1), { id: 'i' });
    await app.client.query('ROLLBACK');
    await app.client.query('BEGIN');
    await app.client.query('SAVEPOINT s');
    await app.enqueue(payload(2), { id: 'i' });
    await app.client.query('ROLLBACK TO s');
    expect(await app.enqueue(payload(3), { id: 'i' })).toBe('i');
    await app.client.query('COMMIT');
    expect((await receiver.waitFor(1)).map(({ body }) => numberOf(body))).toEqual([3]);
    expect([await app.count('update'), await app.count('idempotency_id')]).toEqual([1, 1]);
  });

  it('keeps its place among those of its subject', async () => {
    await app.start(NO_POLL);
    const receiver = await startReceiver();
    await app.hooktide.register(receiver.url);
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    for (const from of [0, 50]) {
      await app.client.query('BEGIN');
      for (const n of numbers.slice(from, from + 50)) await app.enqueue(payload(n));
      await app.client.query('COMMIT');
    }
    expect((await receiver.waitFor(100)).map(({ body }) => numberOf(body))).toEqual(numbers);
  });

  it('is not passed over when it is slow to commit', async () => {
    await app.start();
    const receiver = await startReceiver();
    await app.hooktide.register(receiver.url);
    await app.client.query('BEGIN');
    await app.enqueue(payload(0, 'slow'));
    const fast = await app.connect(ROLE);
    // Each is read for itself, and each read moves the horizon as far as it may.
    for (const n of [1, 2, 3, 4, 5]) {
      await app.enqueue(payload(n, 'fast'), { client: fast });
      await receiver.waitFor(n);
    }
    await app.client.query('COMMIT');
    expect((await receiver.waitFor(6)).map(({ body }) => numberOf(body))).toEqual([1, 2, 3, 4, 5, 0]);
  });
});

describe('an id by SQL and by REST', () => {
  beforeEach(async () => {
    await app.start({ ROLES: 'api' });
    await app.hooktide.register('http://127.0.0.1:9/');
  });

  it.each([undefined, 'shop', special])(
    'makes the same update count once, of the application %j',
    async (application) => {
      const text = '{ "createdAt":1e3,"eventType":"CREATED","request":{"id":"é\\u0000"},"request":{"id":"r"} }';
      expect(await app.enqueue(text, { id: 'sql first', application })).toBe('sql first');
      expect((await rest(text, 'sql first', application)).json).toEqual({
        accepted: 1,
        deliveries: 0,
        ids: ['sql first'],
      });
      expect((await rest(text, special, application)).json).toMatchObject({ deliveries: 1 });
      expect(await app.enqueue(`\t${text}`, { id: special, application })).toBe(special);
      expect([await app.count('update'), await app.count('delivery')]).toEqual([2, 2]);
    },
  );

  it('is refused for another one', async () => {
    await app.enqueue(payload(1), { id: 'sql' });
    await rest(payload(1), 'rest');
    const refusal = {
      code: 'HT004',
      column: 'id',
      message: 'id "rest" was used for another update',
      hint: 'Send the same update again, or choose a new id.',
    };
    expect(await refusalOf(app.enqueue(payload(2), { id: 'rest' }))).toEqual(refusal);
    expect(await refusalOf(app.enqueue(payload(1), { id: 'rest', application: 'shop' }))).toEqual(refusal);
    expect((await rest(payload(2), 'sql')).status).toBe(409);
    expect((await rest(payload(1), 'sql', 'shop')).status).toBe(409);
    expect(await app.count('update')).toBe(2);
  });

  it('counts again once it has lapsed', async () => {
    await app.enqueue(payload(1), { id: 'i' });
    await app.hooktide.sql(`UPDATE hooktide.idempotency_id SET accepted_at = now() - interval '167 hours'`);
    await app.enqueue(payload(1), { id: 'i' });
    expect(await app.count('update')).toBe(1);
    await app.hooktide.sql(`UPDATE hooktide.idempotency_id SET accepted_at = now() - interval '169 hours'`);
    await app.enqueue(payload(2), { id: 'i' });
    await app.enqueue(payload(2), { id: 'i' });
    expect(await app.count('update')).toBe(2);
  });

  it.each([
    ['COMMIT', 1],
    ['ROLLBACK', 2],
  ])('waits for the transaction that took it first: after its %s there is only update %i', async (end, n) => {
    await app.client.query('BEGIN');
    await app.enqueue(payload(n), { id: 'i' });
    const other = await app.connect(ROLE);
    const second = app.enqueue(end === 'COMMIT' ? payload(n) : payload(2), { id: 'i', client: other });
    await until(async () => (await app.hooktide.sql(`SELECT FROM pg_locks WHERE NOT granted`)).length > 0);
    await app.client.query(end);
    expect(await second).toBe('i');
    expect([await app.count('update'), await app.count('delivery')]).toEqual([1, 1]);
  });
});
