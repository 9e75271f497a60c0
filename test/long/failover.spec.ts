import { afterEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/database/migrate.js';
import { call } from '../setup/hooktide.js';
import { startLoad, untilAllArrived, type Load } from '../setup/load.js';
import { POSTGRES_BIN, startPair, type Pair } from '../setup/pair.js';
import { killProcesses, startProcess, type HooktideProcess } from '../setup/process.js';
import { startProxy, type Proxy } from '../setup/proxy.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestOf, requestUpdate } from '../setup/updates.js';

const SETTINGS = { LEASE_MILLIS: '5000', CHECK_WEBHOOKS_EVERY_MILLIS: '1000' };
const SUBJECTS = Array.from({ length: 8 }, (_, n) => `request-${n}`);
const PATHS = ['/0', '/1', '/2', '/3', '/4'];
const STANDBY_SAYS = 'The database takes no writes: it is a standby, or was made read-only.';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await killProcesses();
  await closeReceivers();
});

interface World {
  pair: Pair;
  proxy: Proxy;
  processes: [HooktideProcess, HooktideProcess];
  receiver: Receiver;
}

/** Two processes, of which both do everything, on a primary with a standby behind a proxy. */
async function startWorld(): Promise<World> {
  const pair = await startPair();
  undo.push(() => pair.stop());
  await migrate(pair.primary.url);
  const proxy = await startProxy(pair.primary.url);
  undo.push(() => proxy.cut());
  const start = () => startProcess(proxy.url, SETTINGS);
  const processes = await Promise.all([start(), start()]);
  const receiver = await startReceiver();
  for (const path of PATHS) {
    const uri = receiver.url.slice(0, -1) + path;
    await call(processes[0].url, 'POST', '/api/webhooks', { uri, type: 'REQUEST' });
  }
  return { pair, proxy, processes, receiver };
}

/** Half of the requests to each of the two. */
function load({ processes }: World): Load {
  let turn = 0;
  const started = startLoad(SUBJECTS, () => processes[(turn += 1) % 2]!.url);
  undo.push(() => started.abandon());
  return started;
}

const readiness = async ({ url }: HooktideProcess) => (await call(url, 'GET', '/readyz')).json;
const isReady = async (process: HooktideProcess) => (await readiness(process)).status === 'ok' || undefined;
const isReadOnly = async (process: HooktideProcess) => (await readiness(process)).why === STANDBY_SAYS || undefined;
const accepted = ({ accepted: counts }: Load) => [...counts.values()].reduce((sum, count) => sum + count, 0);
const untilMore = (running: Load, more: number) => {
  const before = accepted(running);
  return until(() => accepted(running) >= before + more || undefined, 60_000);
};
/** What an outage brings into the log. */
const isOutageLine = (line: string) => /"event":"(database\.|request\.failed)/.test(line);

describe.skipIf(POSTGRES_BIN === null)('when the primary dies', () => {
  it('two processes go on with the standby, also if they meet it before it is promoted: nothing is lost or reordered', async () => {
    const world = await startWorld();
    const { pair, proxy, processes, receiver } = world;
    const running = load(world);
    await untilMore(running, 200);

    const diedAt = performance.now();
    await pair.primary.kill();
    proxy.turnTo(pair.standby.url);
    for (const process of processes) await until(() => isReadOnly(process));
    const refused = await call(processes[0].url, 'POST', '/api/updates', requestUpdate('refused'));
    expect(refused).toMatchObject({ status: 503, json: { code: 'database_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');

    await pair.standby.promote();
    await pair.standby.query(`ALTER SYSTEM SET synchronous_standby_names = ''`);
    await pair.standby.query('SELECT pg_reload_conf()');
    for (const process of processes) await until(() => isReady(process));
    await untilMore(running, 200);
    const awaySeconds = (performance.now() - diedAt) / 1_000;
    await running.stop();
    const verdict = await untilAllArrived(running, receiver.requests, PATHS, 30_000);
    expect(verdict.outOfOrder).toEqual([]);
    // A duplicate is what was on its way, or not written down, when the primary died.
    expect(verdict.duplicates).toBeLessThan(200);
    for (const { lines } of processes) {
      expect(lines.filter(isOutageLine).length).toBeLessThan(20 + 10 * awaySeconds);
    }

    // Nudges come through again: nobody waits for a poll.
    await until(() => nudges(pair));
  }, 180_000);

  it('loses what an asynchronous standby had not got, and nothing that is accepted from then on', async () => {
    const world = await startWorld();
    const { pair, proxy, processes, receiver } = world;
    const [first] = processes;
    await pair.beSynchronous(false);
    const post = async (...subjects: string[]): Promise<void> => {
      const answer = await call(
        first.url,
        'POST',
        '/api/updates',
        subjects.map((subject) => requestUpdate(subject)),
      );
      expect(answer.status).toBe(202);
    };
    const untilArrived = (subject: string) =>
      until(() => {
        const count = receiver.requests.filter(({ body }) => requestOf(body) === subject).length;
        return count >= PATHS.length || undefined;
      });
    await post('kept');
    await untilArrived('kept');
    await until(async () => {
      const [row] = await pair.standby.query<{ waiting: string }>('SELECT count(*) AS waiting FROM hooktide.delivery');
      return Number(row?.waiting) === 0 || undefined;
    });

    // Ids and transactions that the standby never hears of, up to which the processes know that all is in.
    await pair.standby.kill();
    for (let round = 0; round < 5; round += 1) {
      await post(...Array.from({ length: 100 }, (_, n) => `lost-${round}-${n}`));
      await untilArrived(`lost-${round}-99`);
    }
    await pair.primary.kill();
    await pair.standby.start();
    proxy.turnTo(pair.standby.url);
    await pair.standby.promote();
    await until(() => isReady(first));

    for (let round = 0; round < 5; round += 1) {
      await post(`new-${round}`);
      await untilArrived(`new-${round}`);
    }
    await until(async () => (await pair.standby.query('SELECT FROM hooktide.delivery')).length === 0 || undefined);
  }, 180_000);
});

describe.skipIf(POSTGRES_BIN === null)('when the primary is demoted, and goes on answering', () => {
  it('two processes leave it for the new one: nothing is lost or reordered', async () => {
    const world = await startWorld();
    const { pair, proxy, processes, receiver } = world;
    const running = load(world);
    await untilMore(running, 200);

    // Old connections stay open, and new ones lead to the standby.
    await pair.primary.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await pair.primary.query('SELECT pg_reload_conf()');
    proxy.turnTo(pair.standby.url);
    for (const process of processes) await until(() => isReadOnly(process));
    await pair.standby.promote();
    await pair.standby.query(`ALTER SYSTEM SET synchronous_standby_names = ''`);
    await pair.standby.query('SELECT pg_reload_conf()');

    for (const process of processes) await until(() => isReady(process));
    await untilMore(running, 200);
    await running.stop();
    const verdict = await untilAllArrived(running, receiver.requests, PATHS, 30_000);
    expect(verdict.outOfOrder).toEqual([]);
    expect(verdict.duplicates).toBeLessThan(200);
    const mine = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'hooktide%' AND datname = 'queue'`;
    await until(async () => (await pair.primary.query(mine)).length === 0 || undefined, 90_000);
    await until(() => nudges(pair));
  }, 240_000);
});

/** Whether two processes listen on the new primary. */
async function nudges({ standby }: Pair): Promise<true | undefined> {
  const rows = await standby.query(`SELECT FROM pg_stat_activity WHERE application_name = 'hooktide channel'`);
  return rows.length === 2 || undefined;
}
