import { ok, warn, type Finding } from './finding.js';

/** Less ends what Hooktide does in the background, or the connections that it keeps. */
const LEAST_MILLIS: Record<string, number> = {
  statement_timeout: 60_000,
  idle_in_transaction_session_timeout: 10_000,
  idle_session_timeout: 60_000,
  lock_timeout: 5_000,
};

/** Values that hurt, and how. */
const HURTS: [name: string, value: RegExp, how: string][] = [
  [
    'synchronous_commit',
    /^off$/,
    'synchronous_commit is off: a crash of Postgres loses updates that were answered with 202',
  ],
  ['fsync', /^off$/, 'fsync is off: a crash of its machine may destroy the database'],
  ['autovacuum', /^off$/, 'autovacuum is off: the queue bloats'],
  [
    'default_transaction_isolation',
    /^(?!read committed$)/,
    'default_transaction_isolation is not read committed: statements that meet fail',
  ],
];

/** @param settings by their names, times in milliseconds, as this role has them in this database */
export function judgeSettings(settings: Readonly<Record<string, string>>): Finding {
  const bad = HURTS.filter(([name, value]) => settings[name] !== undefined && value.test(settings[name]));
  const short = Object.entries(LEAST_MILLIS).flatMap(([name, least]) => {
    const millis = Number(settings[name] ?? 0);
    return millis > 0 && millis < least ? [`${name} is ${millis} ms, which is short: write ${least} ms or 0`] : [];
  });
  const problems = [...bad.map(([, , how]) => how), ...short];
  if (problems.length === 0) return ok('settings', 'None of this database that matters hurts');
  return warn(
    'settings',
    problems.join('; '),
    'Change them for this role or database: ALTER ROLE … SET, ALTER DATABASE … SET.',
  );
}
