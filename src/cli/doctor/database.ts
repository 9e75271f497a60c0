import type { Step, Unreachable } from '../../database/examine/connect.js';
import type { Examined } from '../../database/examine/examine.js';
import type { SessionFacts } from '../../database/examine/session.js';
import { OLDEST_SERVER } from '../../database/migrate.js';
import { fail, lasting, ok, warn, type Finding } from './finding.js';
import { judgeSettings } from './settings.js';

const MOST_CLOCK_MILLIS = 2_000;
/** Autovacuum clears away nothing that is younger than the oldest snapshot: queries of the queue slow down. */
const OLD_TRANSACTION_SECONDS = 300;
const OLD_TRANSACTION_XIDS = 1_000_000;
const MOST_NAMED = 5;

const NOT_REACHED: Record<Step, { what: string; todo: string }> = {
  name: {
    what: 'its name is not found',
    todo: 'Write the right host into database.url (DATABASE_URL), or mend what looks names up here.',
  },
  connection: {
    what: 'no connection is made',
    todo: 'Does Postgres run there, on that port and address (listen_addresses)? Does a firewall stand between?',
  },
  tls: {
    what: 'the TLS handshake fails',
    todo: 'Check sslmode and sslrootcert in database.url against what the server offers.',
  },
  'sign-in': {
    what: 'it lets this user not in',
    todo: "Check user and password in database.url, and the server's pg_hba.conf.",
  },
  database: {
    what: 'it does not open this database',
    todo: 'Create the database (CREATE DATABASE …), or GRANT CONNECT on it to the user.',
  },
  answer: {
    what: 'it does not answer as a Postgres that is ready',
    todo: 'Look at the log of the server, or of what stands between: it may be starting, or full.',
  },
};

/** @param check which of the databases it is */
export function notReached({ step, place, detail }: Unreachable, check = 'database'): Finding {
  const { what, todo } = NOT_REACHED[step];
  return fail(check, `${place}: ${what} (${detail})`, todo);
}

/** @param migratesAtStart whether a start may apply migrations */
export function judgeDatabase(found: Examined, migratesAtStart: boolean): Finding[] {
  return [
    reached(found),
    version(found),
    writable(found),
    session(found.session),
    rights(found, migratesAtStart),
    schema(found, migratesAtStart),
    clock(found.server.clockAheadMillis),
    judgeSettings(found.server.settings),
    transactions(found),
  ];
}

function reached({ place, isEncrypted, server }: Examined): Finding {
  const says = `${place}, database ${server.database} as ${server.user}, ${isEncrypted ? 'by TLS' : 'without TLS'}`;
  return ok('database', says);
}

function version({ server }: Examined): Finding {
  if (server.version >= OLDEST_SERVER) return ok('version', `Postgres ${server.versionText}`);
  return fail('version', `Postgres ${server.versionText} is too old`, 'Hooktide needs Postgres 15 or newer.');
}

function writable({ server: { isReplica, settings } }: Examined): Finding {
  const todo = 'Name the primary in database.url: with several hosts behind one name, the one that takes writes.';
  if (isReplica) return fail('writes', 'This is a replica, which takes no writes', todo);
  if (settings['default_transaction_read_only'] !== 'on') return ok('writes', 'This is a primary');
  return fail('writes', 'Transactions are read-only by default', 'Set default_transaction_read_only to off.');
}

function session({ missing, isPooledByTransaction }: SessionFacts): Finding {
  const todo =
    'Connect to Postgres itself, or to a port of the pooler that pools by session (PgBouncer: pool_mode = session).';
  if (isPooledByTransaction || missing.length > 0) {
    const pooled = isPooledByTransaction
      ? 'A pooler lends connections for one transaction each'
      : 'Something is between';
    return fail('sessions', `${pooled}: what doesn't work is ${missing.join(', ') || 'not known yet'}`, todo);
  }
  return ok('sessions', 'SET, prepared statements, advisory locks, LISTEN and NOTIFY work');
}

function rights(
  { rights: { hasSchema, mayUseSchema, lacking, notOwned }, server, schema }: Examined,
  migrates: boolean,
) {
  const { user, database, mayCreate } = server;
  if (!hasSchema) {
    if (mayCreate) return ok('rights', `${user} may make the schema hooktide`);
    const todo = `GRANT CREATE ON DATABASE "${database}" TO "${user}", or run "hooktide migrate" as somebody who may.`;
    return fail('rights', `${user} may not make the schema hooktide`, todo);
  }
  if (!mayUseSchema) {
    return fail('rights', `${user} may not use the schema hooktide`, `GRANT USAGE ON SCHEMA hooktide TO "${user}".`);
  }
  if (lacking.length > 0) {
    const todo = `As the owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hooktide TO "${user}", USAGE ON ALL SEQUENCES, EXECUTE ON ALL FUNCTIONS`;
    return fail('rights', `${user} may not use ${someOf(lacking)}`, todo);
  }
  if (notOwned.length === 0) return ok('rights', `${user} may use and change all tables`);
  if (!migrates) return ok('rights', `${user} may use all tables; somebody else changes them (migrateAtStart: false)`);
  const says = `${user} may use all tables, but owns not all: ${someOf(notOwned)}`;
  const todo =
    'Set database.migrateAtStart to false and run "hooktide migrate" as their owner, or make it a member of that.';
  return (schema?.missing.length ?? 0) > 0 ? fail('rights', says, todo) : warn('rights', says, todo);
}

function schema({ schema: state, rights: { hasSchema } }: Examined, migrates: boolean): Finding {
  if (state === null) return fail('schema', 'It can not be read', 'Mend the rights first.');
  const { missing, newer } = state;
  if (missing.length > 0) {
    const says = hasSchema ? `${missing.length} migrations are missing: ${someOf(missing)}` : 'Nothing is there yet';
    return migrates
      ? warn('schema', says, 'The next start applies them, or "hooktide migrate" now.')
      : fail('schema', `${says}, and database.migrateAtStart is false`, 'Run "hooktide migrate" with this build.');
  }
  if (newer.length === 0) return ok('schema', 'It is the one of this build');
  return warn(
    'schema',
    `A newer build has been at it: ${someOf(newer)}`,
    'Run that build, unless you are rolling back.',
  );
}

function clock(aheadMillis: number): Finding {
  const says = `This machine's clock is ${Math.abs(aheadMillis)} ms ${aheadMillis > 0 ? 'behind' : 'ahead of'} Postgres'`;
  if (Math.abs(aheadMillis) <= MOST_CLOCK_MILLIS) return ok('clock', says);
  return warn('clock', says, 'Synchronize both (NTP): ages of updates count by Postgres, signatures by this machine.');
}

function transactions({ server: { oldestTransaction: oldest } }: Examined): Finding {
  if (oldest === null) return ok('transactions', 'None that this user may see keeps old rows from being cleared away');
  const { what, ageSeconds, ageXids } = oldest;
  const since = ageSeconds === null ? `${ageXids} transactions` : lasting(ageSeconds);
  const isOld = ageXids > OLD_TRANSACTION_XIDS || (ageSeconds ?? 0) > OLD_TRANSACTION_SECONDS;
  const says = `The oldest, ${what}, holds its snapshot for ${since}`;
  if (!isOld) return ok('transactions', says);
  return warn(
    'transactions',
    says,
    'End it (pg_terminate_backend, ROLLBACK PREPARED, pg_drop_replication_slot): the queue bloats.',
  );
}

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
