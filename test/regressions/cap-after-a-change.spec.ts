import { expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { claimNamed } from '../../src/queue/sql/claim.js';
import { dropBeyondCap, dropOverAge } from '../../src/queue/sql/drop.js';
import { enqueue } from '../../src/queue/sql/enqueue.js';
import { addLane, connect, eachOnItsOwnDatabase, LIMITS, ME, update } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url)));

it('what an attempt before a change or a pause said of cap and age drops nothing after it', async () => {
  const lane = await addLane(database);
  await enqueue(
    database,
    ['a', 'b', 'c'].map((subject) => update(subject)),
    LIMITS,
  );
  const [claimed] = await claimNamed(database, ME, [lane]);
  await database.query('UPDATE hooktide.lane SET revision = revision + 1');
  const outcome = { reason: 'server_error', detail: '', durationMillis: 1 } as const;
  const from = { laneId: lane, fence: claimed?.fence ?? 0, revision: 0, inFlight: [], outcome };
  expect(await dropBeyondCap(database, [{ ...from, most: 1 }])).toEqual([]);
  expect(await dropOverAge(database, [{ ...from, most: -60_000 }])).toEqual([]);
  expect(await dropBeyondCap(database, [{ ...from, revision: 1, most: 1 }])).toHaveLength(2);
});
