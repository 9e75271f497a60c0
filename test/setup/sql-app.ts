import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.js';
import { startHooktide, type Hooktide } from './hooktide.js';
import { closeReceivers } from './receivers.js';
import { requestUpdate } from './updates.js';

/** An hour: what arrives was woken. */
export const NO_POLL = { CHECK_WEBHOOKS_EVERY_MILLIS: '3600000' };
export const ROLE = `shop_${randomUUID().slice(0, 8)}`;
/** All that an application's role needs, as docs/sql-enqueue.md says. */
const GRANTS = `GRANT USAGE ON SCHEMA hooktide TO ${ROLE};
  GRANT EXECUTE ON FUNCTION hooktide.enqueue(text, text, text, text) TO ${ROLE}`;

/** An application with a table `orders` and a role of its own, on Hooktide's database; both new for each test. */
export interface SqlApp {
  database: TestDatabase;
  /** After `start`. */
  hooktide: Hooktide;
  /** A session of the application. */
  client: pg.Client;
  start(env?: Record<string, string>): Promise<void>;
  /** Another session: of the application, or of a superuser. */
  connect(role?: string): Promise<pg.Client>;
  /** Calls hooktide.enqueue with a REQUEST; answers with its id. */
  enqueue(payload: string, by?: { id?: string; application?: string; client?: pg.Client }): Promise<string | undefined>;
  count(table: string): Promise<number>;
}

export function eachWithAnApplication(): SqlApp {
  const app = {} as SqlApp;
  const clients: pg.Client[] = [];
  beforeEach(async () => {
    app.database = await createTestDatabase();
    const admin = await app.connect();
    await admin.query(`CREATE ROLE ${ROLE}; ${GRANTS}; CREATE TABLE public.orders (id int)`);
    await admin.query(`GRANT ALL ON public.orders TO ${ROLE}`);
    app.client = await app.connect(ROLE);
  });
  afterEach(async () => {
    await app.hooktide.stop();
    await closeReceivers();
    const [admin, ...others] = clients.splice(0);
    await Promise.all(others.map((client) => client.end()));
    await admin?.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
    await admin?.end();
    await app.database.drop();
  });
  return Object.assign(app, {
    start: async (env: Record<string, string> = {}) => {
      app.hooktide = await startHooktide({ database: app.database, env });
    },
    connect: async (role?: string) => {
      const client = new pg.Client({ connectionString: app.database.url });
      clients.push(client);
      await client.connect();
      if (role) await client.query(`SET SESSION AUTHORIZATION ${role}`);
      return client;
    },
    enqueue: async (payload, { id, application, client = app.client } = {}) => {
      const { rows } = await client.query<{ id: string }>(
        `SELECT hooktide.enqueue('REQUEST', payload => $1, id => $2, application => $3) AS id`,
        [payload, id, application],
      );
      return rows[0]?.id;
    },
    count: async (table: string) => {
      const [row] = await app.hooktide.sql<{ n: string }>(`SELECT count(*) AS n FROM hooktide.${table}`);
      return Number(row?.n);
    },
  } satisfies Partial<SqlApp>);
}

/** The payload of a REQUEST of 2019; `n` makes it recognisable. */
export const payload = (n = 0, id = 'r') => JSON.stringify(requestUpdate(id, n, 1_546_300_861_234).payload);

/** What Postgres says of a query that it refuses; null: it doesn't. */
export const refusalOf = (query: Promise<unknown>) =>
  query.then(
    () => null,
    ({ code, message, column, hint }: pg.DatabaseError) => ({ code, message, column, hint }),
  );
