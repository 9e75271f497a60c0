import { describe, expect, it } from 'vitest';
import type { Examined } from '../../database/examine/examine.js';
import { judgeDatabase, notReached } from './database.js';

const SOUND: Examined = {
  ok: true,
  place: 'db:5432',
  isEncrypted: true,
  server: {
    version: 150_004,
    versionText: '15.4',
    isReplica: false,
    user: 'me',
    database: 'hooks',
    mayCreate: true,
    clockAheadMillis: 12,
    settings: { synchronous_commit: 'on', statement_timeout: '0', default_transaction_isolation: 'read committed' },
    oldestTransaction: null,
    connections: 7,
  },
  rights: { hasSchema: true, mayUseSchema: true, lacking: [], notOwned: [] },
  schema: { missing: [], newer: [] },
  session: { missing: [], isPooledByTransaction: false },
};
type Changed = { [K in keyof Examined]?: Examined[K] extends object | null ? Partial<Examined[K]> : Examined[K] };

function changed(change: Changed): Examined {
  const parts = Object.entries(change).map(([name, part]) => {
    const before = SOUND[name as keyof Examined];
    return [name, typeof part === 'object' && part !== null ? { ...(before as object), ...part } : part];
  });
  return { ...SOUND, ...Object.fromEntries(parts) };
}

/** What isn't ok: `check state`, and what it says. */
function found(change: Changed, migratesAtStart = true): string[] {
  return judgeDatabase(changed(change), migratesAtStart)
    .filter(({ state }) => state !== 'ok')
    .map(({ check, state, says }) => `${check} ${state}: ${says}`);
}

describe('a database', () => {
  it('that is sound gets no word but ok', () => {
    expect(found({})).toEqual([]);
    expect(found({}, false)).toEqual([]);
  });

  it.each([
    [149_999, ['version fail: Postgres 14.9 is too old']],
    [150_000, []],
  ])('has to be new enough: %i', (version, expected) => {
    expect(found({ server: { version, versionText: '14.9' } })).toEqual(expected);
  });

  it.each([
    [2_000, []],
    [2_001, ["clock warn: This machine's clock is 2001 ms behind Postgres'"]],
    [-2_001, ["clock warn: This machine's clock is 2001 ms ahead of Postgres'"]],
  ])('has a clock of its own: %i ms', (clockAheadMillis, expected) => {
    expect(found({ server: { clockAheadMillis } })).toEqual(expected);
  });

  it('has to take writes', () => {
    expect(found({ server: { isReplica: true } })).toEqual(['writes fail: This is a replica, which takes no writes']);
    expect(found({ server: { settings: { default_transaction_read_only: 'on' } } })).toEqual([
      'writes fail: Transactions are read-only by default',
    ]);
  });

  it('must not be behind a pooler that pools by transaction', () => {
    const session = { isPooledByTransaction: true, missing: ['SET', 'LISTEN and NOTIFY'] as const };
    expect(found({ session: { ...session, missing: [...session.missing] } })).toEqual([
      "sessions fail: A pooler lends connections for one transaction each: what doesn't work is SET, LISTEN and NOTIFY",
    ]);
  });

  it.each([
    [300, 5, []],
    [301, 5, ['transactions warn: The oldest, process 7, holds its snapshot for 5 min']],
    [null, 1_000_000, []],
    [null, 1_000_001, ['transactions warn: The oldest, process 7, holds its snapshot for 1000001 transactions']],
  ])('should hold no old snapshot: %s s, %i transactions', (ageSeconds, ageXids, expected) => {
    expect(found({ server: { oldestTransaction: { what: 'process 7', ageSeconds, ageXids } } })).toEqual(expected);
  });

  it.each([
    ['synchronous_commit', 'off', 'synchronous_commit is off'],
    ['autovacuum', 'off', 'autovacuum is off'],
    ['fsync', 'off', 'fsync is off'],
    ['default_transaction_isolation', 'serializable', 'default_transaction_isolation is not read committed'],
    ['statement_timeout', '59999', 'statement_timeout is 59999 ms, which is short'],
    ['idle_in_transaction_session_timeout', '9999', 'idle_in_transaction_session_timeout is 9999 ms'],
    ['lock_timeout', '1', 'lock_timeout is 1 ms'],
  ])('may have a setting that hurts: %s = %s', (name, value, says) => {
    expect(found({ server: { settings: { [name]: value } } })).toEqual([
      expect.stringContaining(`settings warn: ${says}`),
    ]);
  });

  it.each([
    ['statement_timeout', '60000'],
    ['statement_timeout', '0'],
    ['synchronous_commit', 'remote_write'],
    ['idle_in_transaction_session_timeout', '10000'],
  ])('may have a setting that does not: %s = %s', (name, value) => {
    expect(found({ server: { settings: { [name]: value } } })).toEqual([]);
  });
});

describe('rights', () => {
  const none = { hasSchema: false, mayUseSchema: false };
  it('to make the schema are needed while it is not there', () => {
    const missing = ['Core1763769600000'];
    const schema = 'schema warn: Nothing is there yet';
    expect(found({ rights: none, schema: { missing } })).toEqual([schema]);
    expect(found({ rights: none, schema: { missing }, server: { mayCreate: false } })).toEqual([
      'rights fail: me may not make the schema hooktide',
      schema,
    ]);
  });

  it('to use what is there are always needed', () => {
    const says = 'rights fail: me may not use';
    expect(found({ rights: { mayUseSchema: false } })).toEqual([`${says} the schema hooktide`]);
    const lacking = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(found({ rights: { lacking } })).toEqual([`${says} a, b, c, d, e and 1 more`]);
  });

  it('to change tables are needed by who applies migrations', () => {
    const rights = { notOwned: ['lane'] };
    const says = 'me may use all tables, but owns not all: lane';
    expect(found({ rights })).toEqual([`rights warn: ${says}`]);
    expect(found({ rights }, false)).toEqual([]);
    expect(found({ rights, schema: { missing: ['A1'] } })[0]).toBe(`rights fail: ${says}`);
  });
});

describe('a schema', () => {
  it('that lacks something is brought up by the next start, or by nobody', () => {
    const schema = { missing: ['A1', 'B2'] };
    expect(found({ schema })).toEqual(['schema warn: 2 migrations are missing: A1, B2']);
    expect(found({ schema }, false)).toEqual([
      'schema fail: 2 migrations are missing: A1, B2, and database.migrateAtStart is false',
    ]);
  });

  it('may be of a newer build', () => {
    expect(found({ schema: { newer: ['C3'] } }, false)).toEqual(['schema warn: A newer build has been at it: C3']);
  });
});

it('what is not reached says which step failed', () => {
  const at = { ok: false, place: 'db:5432', detail: 'why' } as const;
  const said = (['name', 'connection', 'tls', 'sign-in', 'database', 'answer'] as const).map((step) =>
    notReached({ ...at, step }),
  );
  expect(new Set(said.map(({ todo }) => todo)).size).toBe(6);
  expect(said[0]).toMatchObject({ check: 'database', state: 'fail', says: 'db:5432: its name is not found (why)' });
});
