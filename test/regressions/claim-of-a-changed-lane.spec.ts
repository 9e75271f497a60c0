import { expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { claimNamed, claimOpenLanes, type ClaimedLane } from '../../src/queue/sql/claim.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, ME, update } from '../setup/queue.js';
import { until } from '../setup/until.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url)));

/** Lanes are claimed one after the other: the first one waits here. */
const WAIT = `
CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1);
  RETURN NEW;
END $$;
CREATE TRIGGER wait BEFORE UPDATE OF leased_by ON hooktide.lane FOR EACH ROW
WHEN (NEW.webhook_id = 'first') EXECUTE FUNCTION public.wait()`;

it.each<[string, string, (lanes: number[]) => Promise<ClaimedLane[]>]>([
  ['a nudge', "uri = 'http://new/'", (lanes) => claimNamed(database, ME, lanes)],
  ['a nudge', 'paused_at = now()', (lanes) => claimNamed(database, ME, lanes)],
  ['a poll', "uri = 'http://new/'", () => claimOpenLanes(database, ME, { poll: new Date(), after: 0, limit: 50 })],
])('a claim by %s does not take a lane as it was before a change (%s)', async (_, change, claim) => {
  const lanes = [await addLane(database, 'first'), await addLane(database, 'second')];
  await enqueue(database, [update('a')], LIMITS);
  await database.query(WAIT);
  const claimed = await database.transaction(async (sql) => {
    await sql.query('SELECT pg_advisory_xact_lock(1)');
    const claiming = claim(lanes);
    await until(async () => (await database.query('SELECT FROM pg_locks WHERE NOT granted')).length > 0);
    await database.query(`
      WITH changed AS (UPDATE hooktide.webhook SET ${change} WHERE id = 'second')
      UPDATE hooktide.lane SET revision = revision + 1 WHERE webhook_id = 'second'`);
    return { claiming };
  });
  expect((await claimed.claiming).map((lane) => lane.webhookId)).toEqual(['first']);
});
