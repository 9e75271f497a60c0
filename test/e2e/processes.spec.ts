import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { call } from '../setup/hooktide.js';
import { judgeArrivals } from '../setup/arrivals.js';
import { killProcesses, startProcess, type HooktideProcess } from '../setup/process.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

let database: TestDatabase;
const FAST = { LEASE_MILLIS: '2000', CHECK_WEBHOOKS_EVERY_MILLIS: '500' };

afterEach(async () => {
  await killProcesses();
  await closeReceivers();
  await database.drop();
});

const ids = (count: number) => Array.from({ length: count }, (_, n) => `request-${n}`);

const attemptsOf = ({ lines }: HooktideProcess) => lines.filter((line) => line.includes('delivery.attempted')).length;

async function register(api: HooktideProcess, receiver: Receiver, count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, n) => `/${n}`);
  for (const path of paths) {
    await call(api.url, 'POST', '/api/webhooks', { uri: receiver.url.slice(0, -1) + path, type: 'REQUEST' });
  }
  return paths;
}

async function post(api: HooktideProcess, requests: string[], count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    const answer = await call(
      api.url,
      'POST',
      '/api/updates',
      requests.map((id) => requestUpdate(id, n)),
    );
    expect(answer.status).toBe(202);
  }
}

describe('two dispatching processes', () => {
  it('lose nothing and reorder nothing when one is killed in the middle of 20 000 deliveries', async () => {
    database = await createTestDatabase();
    const api = await startProcess(database.url, { ...FAST, ROLES: '[api]' });
    const receiver = await startReceiver();
    const paths = await register(api, receiver, 20);
    await post(api, ids(50), 20);
    const dispatch = () => startProcess(database.url, { ...FAST, ROLES: '[dispatch]' });
    const processes = await Promise.all([dispatch(), dispatch()]);
    await receiver.waitFor(7_000);
    const [survivor, doomed] = processes.toSorted((a, b) => attemptsOf(a) - attemptsOf(b));
    await doomed?.end('SIGKILL');
    const verdict = await until(() => {
      const found = receiver.requests.length >= 20_000 && judgeArrivals(receiver.requests, paths, ids(50), 20);
      return found && found.lost.length === 0 ? found : false;
    }, 60_000);
    expect(verdict.outOfOrder).toEqual([]);
    // A duplicate is a delivery that was on its way, or not written down, when the process died.
    expect(verdict.duplicates).toBeLessThan(2_000);
    expect(survivor && attemptsOf(survivor)).toBeGreaterThan(0);
  }, 120_000);
});

describe('a process', () => {
  it('comes up beside another that starts at the same moment on an empty database', async () => {
    database = await createTestDatabase();
    const both = await Promise.all([startProcess(database.url), startProcess(database.url)]);
    for (const { url } of both) expect((await call(url, 'GET', '/readyz')).status).toBe(200);
  });

  it('finishes or hands back what is in flight at SIGTERM, and another goes on at once', async () => {
    database = await createTestDatabase();
    const leaving = await startProcess(database.url, { CHECK_WEBHOOKS_EVERY_MILLIS: '500' });
    const receiver = await startReceiver((response) => void setTimeout(() => response.end(), 20));
    const paths = await register(leaving, receiver, 4);
    await post(leaving, ids(10), 20);
    await receiver.waitFor(100);
    expect(await leaving.end('SIGTERM')).toBe(0);
    const before = receiver.requests.length;
    expect(before).toBeLessThan(800);
    await startProcess(database.url, { CHECK_WEBHOOKS_EVERY_MILLIS: '500' });
    await receiver.waitFor(800);
    const { lost, outOfOrder, duplicates } = judgeArrivals(receiver.requests, paths, ids(10), 20);
    expect({ lost, outOfOrder, duplicates }).toEqual({ lost: [], outOfOrder: [], duplicates: 0 });
  });

  it('ends at SIGTERM though callers keep their connections and go on asking', async () => {
    database = await createTestDatabase();
    const stopping = await startProcess(database.url, { SHUTDOWN_TIMEOUT_MILLIS: '120000' });
    const over = new AbortController();
    const caller = async (): Promise<void> => {
      while (!over.signal.aborted) await call(stopping.url, 'GET', '/api/webhooks').catch(() => undefined);
    };
    const callers = [caller(), caller(), caller()];
    await call(stopping.url, 'GET', '/api/webhooks');
    expect(await stopping.end('SIGTERM')).toBe(0);
    over.abort();
    await Promise.all(callers);
  });

  it('says what is wrong with its config, and exits with 2', async () => {
    database = await createTestDatabase();
    await expect(startProcess(database.url, { SERVER_HOST: '0.0.0.0' })).rejects.toThrow(/ended with 2 .*auth/s);
  });
});
