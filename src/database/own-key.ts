import type { Sql } from './database.js';

const READ = 'SELECT key FROM hooktide.own_key';
const MAKE = 'INSERT INTO hooktide.own_key (key) VALUES ($1) ON CONFLICT DO NOTHING';

/** The key that the database itself keeps, in base64; null: there is none. */
export async function readOwnKey(sql: Sql): Promise<string | null> {
  const [row] = await sql.query<{ key: string }>(READ);
  return row?.key ?? null;
}

/** Makes this its key, unless it has one already. */
export async function makeOwnKey(sql: Sql, key: string): Promise<void> {
  await sql.query(MAKE, [key]);
}
