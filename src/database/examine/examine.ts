import type { Sql } from '../database.js';
import { readSchemaState, type SchemaState } from '../pending.js';
import { connectTo, type Unreachable } from './connect.js';
import { readRights, type Rights } from './rights.js';
import { readServerFacts, type ServerFacts } from './server.js';
import { trySession, type SessionFacts } from './session.js';

/** All that can be found out about a database without changing anything in it. */
export interface Examined {
  ok: true;
  place: string;
  isEncrypted: boolean;
  server: ServerFacts;
  rights: Rights;
  /** Null: the role may not read it. */
  schema: SchemaState | null;
  session: SessionFacts;
}

/** @throws what breaks the connection in the middle of it */
export async function examine(url: string): Promise<Examined | Unreachable> {
  const connected = await connectTo(url);
  if (!connected.ok) return connected;
  const { client, place, isEncrypted } = connected;
  const sql: Sql = {
    query: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await client.query<Row>(statement, [...parameters])).rows,
  };
  try {
    const server = await readServerFacts(sql);
    const rights = await readRights(sql);
    const isReadable = !rights.hasSchema || (rights.mayUseSchema && !rights.lacking.includes('migration'));
    const schema = isReadable ? await readSchemaState(sql) : null;
    return { ok: true, place, isEncrypted, server, rights, schema, session: await trySession(url) };
  } finally {
    await client.end();
  }
}
