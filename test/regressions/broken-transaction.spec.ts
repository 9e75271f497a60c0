import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';

let own: TestDatabase;
let database: Database;

afterEach(async () => {
  await database.close();
  await own.drop();
});

it('a connection that is cut in the middle of a transaction fails the transaction, and nothing else', async () => {
  own = await createTestDatabase();
  database = new Database(own.url, 2, () => undefined);
  const mark = randomUUID();
  const cut = database.transaction(async (sql) => {
    await sql.query(`SELECT pg_backend_pid() AS pid, '${mark}' AS mark`);
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE $1 AND pid <> pg_backend_pid()',
      [`%${mark}%`],
    );
    await sql.query('SELECT 1');
  });
  // Which of the two depends on what comes first: the cut, or the next query.
  await expect(cut).rejects.toThrow(/terminat|connection error/i);
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
