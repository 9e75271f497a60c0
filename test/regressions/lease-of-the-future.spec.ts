import { expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { claimOpenLanes } from '../../src/queue/sql/claim.js';
import { dropClosed } from '../../src/queue/sql/drop.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, ME, update } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url)));

const lease = (until: string) =>
  database.query(`UPDATE hooktide.lane SET leased_by = 'dead', leased_until = now() + interval '${until}'`);
const claim = () => claimOpenLanes(database, ME, { poll: new Date(), after: 0, limit: 9 });

it('a lease that was given before the clock was set back keeps nobody from the lane', async () => {
  await addLane(database);
  await enqueue(database, [update('a')], LIMITS);
  await lease('59 seconds');
  expect(await claim()).toEqual([]);
  await lease('61 seconds');
  expect(await claim()).toHaveLength(1);
});

it('what waits in a closed lane is dropped, whatever lease the clock left on it', async () => {
  await addLane(database);
  await enqueue(database, [update('a')], LIMITS);
  await database.query('UPDATE hooktide.lane SET closed_at = now()');
  await lease('1 hour');
  expect(await dropClosed(database, ME.leaseMillis)).toHaveLength(1);
});
