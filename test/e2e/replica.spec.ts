import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide } from '../setup/hooktide.js';
import { POSTGRES_BIN, startPair } from '../setup/pair.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

describe.skipIf(POSTGRES_BIN === null)('look-ups with a replica', () => {
  it('list what the replica knows, find by id what only the primary knows, and go on without the replica', async () => {
    const pair = await startPair();
    undo.push(() => pair.stop());
    const { primary, standby } = pair;
    await pair.beSynchronous(false);
    const database = { url: primary.url, drop: async () => undefined };
    const env = { DATABASE_REPLICA_URL: standby.url };
    const hooktide = await startHooktide({ database, env });
    undo.push(() => hooktide.stop());
    const listed = async (): Promise<string[]> => {
      const { status, json } = await hooktide.api('GET', '/api/updates');
      expect(status).toBe(200);
      return (json.items as { id: string }[]).map(({ id }) => id);
    };
    const isListed = (id: string) => until(async () => (await listed()).includes(id));
    const post = async (subject: string) => (await hooktide.post(requestUpdate(subject))).ids[0]!;

    await isListed(await post('first'));
    await standby.query('SELECT pg_wal_replay_pause()');
    await until(async () => {
      const [row] = await standby.query<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
      return row?.state === 'paused';
    });
    const second = await post('second');
    expect(await listed()).not.toContain(second);
    const found = await hooktide.api('GET', `/api/updates/${second}`);
    expect([found.status, found.json.update.id]).toEqual([200, second]);
    expect((await hooktide.api('GET', '/api/updates/00000000-0000-7000-8000-000000000000')).status).toBe(404);
    await standby.query('SELECT pg_wal_replay_resume()');
    await isListed(second);

    await standby.kill();
    const third = await post('third');
    expect(await listed()).toContain(third);
    expect(hooktide.logged.filter(({ event }) => event === 'replica.away')).toHaveLength(1);
    await standby.start();
    await until(() => hooktide.logged.some(({ event }) => event === 'replica.back'));
    await isListed(await post('fourth'));
  }, 120_000);

  it('are not kept waiting for a replica that was never there', async () => {
    const env = { DATABASE_REPLICA_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const hooktide = await startHooktide({ env });
    undo.push(() => hooktide.stop());
    const { ids } = await hooktide.post(requestUpdate('first'));
    for (let time = 0; time < 3; time += 1) {
      const { status, json } = await hooktide.api('GET', '/api/updates');
      expect([status, json.items[0].id]).toEqual([200, ids[0]]);
    }
    expect(hooktide.logged.filter(({ event }) => event === 'replica.away')).toHaveLength(1);
  });
});
