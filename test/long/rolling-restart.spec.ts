import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { call } from '../setup/hooktide.js';
import { startBalancer, startLoad, untilAllArrived } from '../setup/load.js';
import { killProcesses, startProcess, type HooktideProcess } from '../setup/process.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';

const EVERYTHING = { CHECK_WEBHOOKS_EVERY_MILLIS: '1000', SERVER_DRAIN_MILLIS: '3000' };
const KINDS = [EVERYTHING, EVERYTHING, { ...EVERYTHING, ROLES: '[dispatch]' }];
const SUBJECTS = Array.from({ length: 5 }, (_, n) => `request-${n}`);
const PATHS = Array.from({ length: 5 }, (_, n) => `/${n}`);

let database: TestDatabase;
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await killProcesses();
  await closeReceivers();
  await database.drop();
});

it('three processes, each restarted twice under load, lose nothing, reorder nothing and refuse nothing', async () => {
  database = await createTestDatabase();
  const start = (kind: Record<string, string>): Promise<HooktideProcess> => startProcess(database.url, kind);
  const processes = await Promise.all(KINDS.map(start));
  const receiver = await startReceiver();
  for (const path of PATHS) {
    const uri = receiver.url.slice(0, -1) + path;
    await call(processes[0]!.url, 'POST', '/api/webhooks', { uri, type: 'REQUEST' });
  }
  const balancer = startBalancer(() => processes.slice(0, 2).map(({ url }) => url));
  undo.push(() => balancer.stop());
  const load = startLoad(SUBJECTS, () => balancer.next());
  undo.push(() => load.abandon());
  const untilMoreArrive = (more: number) => {
    const before = receiver.requests.length;
    return until(() => receiver.requests.length >= before + more || undefined, 60_000);
  };
  await untilMoreArrive(100);

  for (let round = 0; round < 2; round += 1) {
    for (const [place, kind] of KINDS.entries()) {
      const leaving = processes[place]!;
      // As Kubernetes does it: the new one is there before the old one is told to go.
      const next = await start(kind);
      await until(async () => (await call(next.url, 'GET', '/readyz')).status === 200 || undefined);
      processes[place] = next;
      expect(await leaving.end('SIGTERM')).toBe(0);
      await untilMoreArrive(100);
    }
  }
  await load.stop();
  const { outOfOrder, duplicates } = await untilAllArrived(load, receiver.requests, PATHS, 60_000);
  // What a load balancer has not heard of yet is tried again, and nothing else is.
  expect({ outOfOrder, failures: load.failures }).toEqual({ outOfOrder: [], failures: [] });
  // Each of the six finished what it had in flight, and handed the rest over.
  expect(duplicates).toBe(0);
}, 600_000);

it('a process that drains says that it is not ready, serves on, and ends connections that are kept', async () => {
  database = await createTestDatabase();
  const leaving = await startProcess(database.url, { SERVER_DRAIN_MILLIS: '3000' });
  const ended = leaving.end('SIGTERM');
  const answer = await until(async () => {
    const found = await call(leaving.url, 'GET', '/readyz');
    return found.status === 503 && found;
  });
  expect(answer.json).toEqual({ status: 'unready', why: 'The process is about to stop.' });
  const served = await call(leaving.url, 'GET', '/api/webhooks');
  expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
  expect(await ended).toBe(0);
  await expect(call(leaving.url, 'GET', '/readyz')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});
