import { expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';
import { connect, eachOnItsOwnDatabase } from '../setup/queue.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url, 1)));

const NAMED = { name: 'all' };
const readAll = (sql: Sql) => sql.query<{ a: number; b?: string }>('SELECT * FROM t', [], NAMED);
const kept = () => database.query<{ name: string }>('SELECT name FROM pg_prepared_statements');

it('a statement with a name is parsed once a connection, and one without isn’t kept', async () => {
  await database.query('CREATE TABLE t AS SELECT 1 AS a');
  for (let call = 0; call < 3; call += 1) expect(await readAll(database)).toEqual([{ a: 1 }]);
  expect(await database.query('SELECT * FROM t')).toEqual([{ a: 1 }]);
  expect(await kept()).toEqual([{ name: 'all' }]);
});

it('a statement with a name answers in the new columns when a migration has changed them, and is kept again', async () => {
  await database.query('CREATE TABLE t AS SELECT 1 AS a');
  await readAll(database);
  await database.query(`ALTER TABLE t ADD COLUMN b text DEFAULT 'new'`);
  expect(await readAll(database)).toEqual([{ a: 1, b: 'new' }]);
  expect(await readAll(database)).toEqual([{ a: 1, b: 'new' }]);
  expect(await kept()).toEqual([{ name: 'all' }]);
});

it('a transaction with such a statement is begun again, and what it did before is done once', async () => {
  await database.query('CREATE TABLE t AS SELECT 1 AS a');
  await readAll(database);
  await database.query(`ALTER TABLE t ALTER COLUMN a TYPE bigint`);
  const rows = await database.transaction(async (sql) => {
    await sql.query('INSERT INTO t VALUES (2)');
    return readAll(sql);
  });
  expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
  expect(await readAll(database)).toEqual(rows);
});

it('a statement with a name that fails otherwise is not run again', async () => {
  await database.query('CREATE SEQUENCE runs');
  const fail = database.query(`SELECT 1 / (nextval('runs') - $1::bigint) AS a`, [1], { name: 'fail' });
  await expect(fail).rejects.toMatchObject({ code: '22012' });
  expect(await database.query(`SELECT nextval('runs') AS run`)).toEqual([{ run: 2 }]);
});
