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

const backend = async () => (await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]?.pid;
const write = (sql: Sql) => sql.query(`UPDATE hooktide.ingest_limits SET max_fan_out = max_fan_out`);

it.each<[string, () => Promise<unknown>]>([
  ['a statement', () => write(database)],
  ['a transaction', () => database.transaction(write)],
])('connections to a server that refuses %s, as it takes no writes, are left', async (_, work) => {
  const first = await backend();
  await database.query('SET default_transaction_read_only = on');
  await expect(work()).rejects.toMatchObject({ code: '25006' });
  expect(await backend()).not.toBe(first);
  await work();
});

it('a server that takes no writes is told from one that does, and left', async () => {
  expect(await database.isWritable()).toBe(true);
  const first = await backend();
  await database.query('SET default_transaction_read_only = on');
  expect(await database.isWritable()).toBe(false);
  expect(await backend()).not.toBe(first);
  expect(await database.isWritable()).toBe(true);
});

it('those who wait for a connection to a server that takes no writes are answered, each by it', async () => {
  await database.query('SET default_transaction_read_only = on');
  const answers = await Promise.allSettled([write(database), database.query('SELECT 1'), database.query('SELECT 2')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});
