import { afterEach, describe, expect, it } from 'vitest';
import { newSecret } from '../../src/signing/symmetric.js';
import { call } from '../setup/hooktide.js';
import { dump, POSTGRES_BIN, restore, startOwnServer } from '../setup/pair.js';
import { killProcesses, startProcess, type HooktideProcess } from '../setup/process.js';
import { answers, closeReceivers, startReceiver, type Received, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestOf, requestUpdate } from '../setup/updates.js';
import { isVerified } from '../setup/verify.js';

const SETTINGS = { LEASE_MILLIS: '3000', CHECK_WEBHOOKS_EVERY_MILLIS: '500' };
const SECRET = newSecret();

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await killProcesses();
  for (const step of undo.splice(0).toReversed()) await step();
  await closeReceivers();
});

const own = async () => {
  const server = await startOwnServer();
  undo.push(() => server.stop());
  return server;
};

async function post({ url }: HooktideProcess, ...subjects: string[]): Promise<{ deliveries: number }> {
  const updates = subjects.map((subject) => ({ ...requestUpdate(subject, 1, 1_000), id: subject }));
  const answer = await call(url, 'POST', '/api/updates', updates);
  expect(answer.status).toBe(202);
  return answer.json;
}

const arrivalsOf = ({ requests }: Receiver, path: string, subject: string): Received[] =>
  requests.filter((request) => request.path === path && requestOf(request.body) === subject);
const idOf = (request: Received | undefined) => request?.headers['webhook-id'];

describe.skipIf(POSTGRES_BIN === null)(
  'a queue that was dumped while it ran, and restored into another cluster',
  () => {
    it('goes on from where it was: what waited is delivered under its id, and nothing new takes an old id', async () => {
      const server = await own();
      // The cluster that it comes to has given out fewer transactions: nothing stored may compare with their numbers.
      await server.query(`DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`);
      let isDown = true;
      const receiver = await startReceiver((response, request) =>
        answers(request.path === '/later' && isDown ? 503 : 200)(response, request),
      );
      // Limits of the queue have no part in it: updates of these tests are as old as the epoch.
      const settings = { ...SETTINGS, DELETE_UNDELIVERABLE_WEBHOOKS_AFTER_HOURS: '0' };
      const before = await startProcess(server.url, settings);
      for (const path of ['/now', '/later']) {
        const fields = { id: path.slice(1), uri: receiver.url.slice(0, -1) + path, type: 'REQUEST', secret: SECRET };
        expect((await call(before.url, 'POST', '/api/webhooks', fields)).status).toBe(200);
      }
      await post(before, 'a', 'b');
      await until(() => arrivalsOf(receiver, '/now', 'b').length === 1 || undefined);
      await until(() => arrivalsOf(receiver, '/later', 'a').length > 0 || undefined);
      await until(async () => (await server.query('SELECT FROM hooktide.history')).length === 2 || undefined);
      // A lane is held at the moment of the dump by a process that will be dead.
      await server.query(
        `UPDATE hooktide.lane SET leased_by = 'dead', fence = fence + 1, leased_until = now() + interval '3 seconds'
       WHERE webhook_id = 'later'`,
      );
      const file = await dump(server.url);
      undo.push(() => file.remove());

      // After the backup: both arrive, and something is accepted that the backup doesn't know.
      isDown = false;
      await post(before, 'c');
      for (const subject of ['a', 'b', 'c']) {
        await until(() => arrivalsOf(receiver, '/later', subject).length > 1 || subject === 'c' || undefined);
        await until(() => arrivalsOf(receiver, '/later', subject).length > 0 || undefined);
      }
      await before.end('SIGKILL');
      const firstIds = new Map(
        ['a', 'b'].map((subject) => [subject, idOf(arrivalsOf(receiver, '/later', subject)[0])]),
      );
      const seen = receiver.requests.length;

      const other = await own();
      await restore(file.path, other.url);
      const xid = `SELECT pg_current_xact_id()::text::bigint AS xid`;
      const [[old], [young]] = [await server.query<{ xid: string }>(xid), await other.query<{ xid: string }>(xid)];
      expect(Number(young?.xid)).toBeLessThan(Number(old?.xid));

      const after = await startProcess(other.url, settings);
      const since = () => ({ ...receiver, requests: receiver.requests.slice(seen) });
      for (const subject of ['a', 'b']) {
        const [again] = await until(() => {
          const found = arrivalsOf(since(), '/later', subject);
          return found.length > 0 && found;
        });
        // The receiver had it after the backup: by its id, and its signature, it knows it again.
        expect(idOf(again)).toBe(firstIds.get(subject));
        expect(again && isVerified(SECRET, again)).toBe(true);
      }
      // What was delivered before the backup is not sent again; ids of clients that it knows are taken, others are free.
      expect(await post(after, 'a')).toMatchObject({ deliveries: 0 });
      const [highest] = await other.query<{ id: string }>('SELECT last_value AS id FROM hooktide.delivery_id_seq');
      expect(await post(after, 'c', 'd')).toMatchObject({ deliveries: 4 });
      await until(() => arrivalsOf(since(), '/later', 'd').length === 1 || undefined);
      await until(() => arrivalsOf(since(), '/now', 'd').length === 1 || undefined);
      expect(arrivalsOf(since(), '/now', 'a')).toEqual([]);
      const given = `SELECT delivery_id AS id FROM hooktide.history WHERE delivery_id > ${highest?.id}`;
      await until(async () => (await other.query(given)).length === 4 || undefined);
      const owners = new Map<unknown, Set<string>>();
      for (const request of receiver.requests) {
        const its = owners.get(idOf(request)) ?? new Set();
        owners.set(idOf(request), its.add(`${request.path} ${requestOf(request.body)}`));
      }
      expect([...owners.values()].filter((its) => its.size > 1)).toEqual([]);
      // a, b, c and d at both receivers, where c was accepted twice: once before the restore, and once after it.
      expect(owners.size).toBe(10);
    }, 180_000);
  },
);
