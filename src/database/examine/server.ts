import type { Sql } from '../database.js';

/** What a server says of itself. */
export interface ServerFacts {
  /** As `server_version_num`: 150004. */
  version: number;
  versionText: string;
  /** It follows another one, and takes no writes. */
  isReplica: boolean;
  user: string;
  database: string;
  mayCreate: boolean;
  /** This machine's clock stands so much behind Postgres'; below zero: ahead of it. */
  clockAheadMillis: number;
  /** What there is of settings that matter, in the units of `pg_settings`: memory and times without one. */
  settings: Record<string, string>;
  /** Of this database, as far as the role may see. */
  oldestTransaction: Transaction | null;
  /** Of clients, to all databases. */
  connections: number;
}

/** One that keeps old rows from being cleaned away. */
export interface Transaction {
  /** A session, a prepared transaction, or a replication slot. */
  what: string;
  /** Null: of a slot, that isn't known. */
  ageSeconds: number | null;
  /** Transactions begun since. */
  ageXids: number;
}

const SETTINGS = [
  'max_connections',
  'superuser_reserved_connections',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'statement_timeout',
  'lock_timeout',
  'synchronous_commit',
  'fsync',
  'autovacuum',
  'default_transaction_isolation',
  'default_transaction_read_only',
];

const FACTS = `
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS "versionText",
  pg_is_in_recovery() AS "isReplica", current_user::text AS user, current_database()::text AS database,
  has_database_privilege(current_database(), 'CREATE') AS "mayCreate",
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMillis",
  (SELECT jsonb_object_agg(name, setting) FROM pg_settings WHERE name = ANY ($1::text[])) AS settings,
  (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections`;

/** The horizon of this database is held by its sessions, by prepared transactions and by slots. */
const OLDEST = `
SELECT * FROM (
  SELECT format('process %s of %s (%s)', pid, usename, coalesce(nullif(application_name, ''), 'no name')) AS what,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS "ageSeconds",
    greatest(age(backend_xmin), age(backend_xid)) AS "ageXids"
  FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    AND backend_type = 'client backend'
  UNION ALL
  SELECT format('the prepared transaction %s of %s', gid, owner),
    extract(epoch FROM clock_timestamp() - prepared)::float8, age(transaction)
  FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL
  SELECT format('the replication slot %s', slot_name), NULL, age(xmin) FROM pg_replication_slots WHERE xmin IS NOT NULL
) AS held ORDER BY "ageXids" DESC, "ageSeconds" DESC NULLS LAST LIMIT 1`;

export async function readServerFacts(sql: Sql): Promise<ServerFacts> {
  const asked = Date.now();
  const [row] = await sql.query<Omit<ServerFacts, 'clockAheadMillis'> & { nowMillis: number }>(FACTS, [SETTINGS]);
  const { nowMillis, ...facts } = row!;
  // Half of the way there and back: what the statement took counts as the way.
  const clockAheadMillis = Math.round(nowMillis - (asked + Date.now()) / 2);
  const [oldest] = await sql.query<Transaction>(OLDEST);
  return { ...facts, clockAheadMillis, oldestTransaction: oldest ?? null };
}
