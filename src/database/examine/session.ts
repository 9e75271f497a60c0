import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type pg from 'pg';
import { clientFor } from './connect.js';

/** What Hooktide needs of a session beside single statements. */
export const SESSION_FEATURES = [
  'settings at the connect',
  'SET',
  'prepared statements',
  'advisory locks',
  'LISTEN and NOTIFY',
] as const;
export type SessionFeature = (typeof SESSION_FEATURES)[number];

/** What came of trying them. */
export interface SessionFacts {
  missing: SessionFeature[];
  /** One connection's statements ran on several server processes: a pooler lends them out for a transaction each. */
  isPooledByTransaction: boolean;
}

const CHANNEL = 'hooktide_doctor';
const SETTING = 'hooktide.doctor';
const HEARD_WITHIN_MILLIS = 2_000;
const STATEMENT = { name: 'hooktide_doctor', text: 'SELECT 1 AS one' };

/**
 * Tries them by two connections. While the other one is in a transaction, a pooler has to give the first another server
 * process: what that one doesn't know of is missing. Leaves nothing behind, also on processes that a pooler keeps.
 */
export async function trySession(url: string): Promise<SessionFacts> {
  const missing = new Set<SessionFeature>();
  const other = clientFor(url);
  // Hooktide limits its look-ups by such a parameter, which not every pooler takes.
  let one = clientFor(url, { statement_timeout: 60_000 });
  await other.connect();
  try {
    await one.connect();
  } catch {
    missing.add('settings at the connect');
    one = clientFor(url);
    await one.connect();
  }
  try {
    const isPooledByTransaction = await isLent(one, other, missing);
    return { missing: [...missing], isPooledByTransaction };
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
}

/** @param missing gets what doesn't work */
async function isLent(one: pg.Client, other: pg.Client, missing: Set<SessionFeature>): Promise<boolean> {
  const key = randomInt(2 ** 47);
  const mark = String(key);
  const heard = once(one, 'notification', { signal: AbortSignal.timeout(HEARD_WITHIN_MILLIS + 10_000) });
  heard.catch(() => undefined);
  const before = await processOf(one);
  await one.query('SELECT set_config($1, $2, false)', [SETTING, mark]);
  await one.query(STATEMENT);
  await one.query(`LISTEN ${CHANNEL}`);
  await one.query('SELECT pg_try_advisory_lock($1)', [key]);
  await other.query('BEGIN');
  const others = await processOf(other);
  // One that is never answered waits for the only process there is.
  const after = await processOf(one).catch(() => -1);
  if (after !== -1) {
    const { rows } = await one.query<{ value: string | null }>('SELECT current_setting($1, true) AS value', [SETTING]);
    if (rows[0]?.value !== mark) missing.add('SET');
    await one.query(STATEMENT).catch(() => missing.add('prepared statements'));
  }
  const { rows } = await other.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [key]);
  if (rows[0]?.taken !== false) missing.add('advisory locks');
  await clear(other, key);
  await other.query('COMMIT');
  await other.query('SELECT pg_notify($1, $2)', [CHANNEL, mark]);
  if (!(await within(HEARD_WITHIN_MILLIS, heard))) missing.add('LISTEN and NOTIFY');
  if (after !== -1) await clear(one, key);
  for (const client of after === -1 ? [other] : [other, one]) {
    await client.query(`DEALLOCATE ${STATEMENT.name}`).catch(() => undefined);
  }
  return before !== after || before === others;
}

/** It may be one that the other connection has used: what that one took is given back as often as it was taken. */
async function clear(client: pg.Client, key: number): Promise<void> {
  await client.query('SET client_min_messages = error');
  await client.query('SELECT pg_advisory_unlock($1), pg_advisory_unlock($1)', [key]);
  await client.query(`UNLISTEN ${CHANNEL}`);
  await client.query(`RESET client_min_messages; SET ${SETTING} = ''`);
}

async function processOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

async function within(millis: number, wanted: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), millis);
  });
  const came = await Promise.race([wanted.then(() => true), late]).catch(() => false);
  clearTimeout(timer);
  return came;
}
