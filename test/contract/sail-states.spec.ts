import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerIdOf, containerState } from '../../src/updates/container.js';
import { readFacts, statesOf } from '../../src/updates/payload.js';
import graph from '../fixtures/sail/state-graph.json' with { type: 'json' };
import { addHook, task, taskIdOf } from '../setup/containers.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';

/** One rule, two languages: what src/updates says of containers, SQL does. */

let hooktide: Hooktide;
beforeAll(async () => {
  // Nobody sends: what is owed goes on waiting.
  hooktide = await startHooktide({ env: { ROLES: 'api' } });
});
afterAll(() => hooktide.stop());

const TASK_STATES = statesOf('TASK');
const only = async <T>(statement: string, parameters: unknown[]): Promise<T | undefined> =>
  (await hooktide.sql<{ value: T }>(`SELECT ${statement} AS value`, parameters))[0]?.value;

describe('the state of a container', () => {
  it('is the same in SQL, for each state of a task and for others', async () => {
    for (const state of [...TASK_STATES, 'TASK_NEW', 'PAUSED', 'TASK_', '', 'X_TASK_RUNNING'])
      expect([state, await only('hooktide.container_state($1)', [state])]).toEqual([state, containerState(state)]);
  });

  it("is one of Sail's, where Sail has one for it", () => {
    const known = Object.keys(graph.states);
    const own = TASK_STATES.map(containerState).filter((state) => !known.includes(state));
    expect(own).toEqual(['UNREACHABLE', 'UNKNOWN']);
  });
});

/** What SQL and TypeScript make of them. */
const both = async (taskId: string, startedAt: string) => ({
  sql: await only('hooktide.container_id($1, $2::json)', [taskId, startedAt]),
  here: containerIdOf(taskId, JSON.parse(startedAt)),
});

describe('the container of a task', () => {
  const ID = 'web-d-1546300861234-1-host-rack';
  it('is what its ids have in common', async () => {
    const { sql, here } = await both(ID, '1546300861234');
    expect([sql, here]).toEqual(['web-d-1-host-rack', 'web-d-1-host-rack']);
  });

  it.each([
    '1546300861234.0',
    '1.546300861234e12',
    '1546300861234.5',
    '"1546300861234"',
    '9007199254740991',
    '9007199254740992',
    '9007199254740991.4',
    '1e15',
    '1e999',
    '-1e999',
    '-1546300861234',
    '0',
    '-0',
    'null',
    'true',
    '[]',
    '{}',
  ])('is the same in SQL for a start at %s', async (startedAt) => {
    for (const id of [ID, `a-${startedAt}-b-${startedAt}-${startedAt}-c`, 'a-9007199254740991-1000000000000000-0-b']) {
      const { sql, here } = await both(id, startedAt);
      expect([id, sql]).toEqual([id, here]);
    }
  });

  it('is the same in SQL for any', async () => {
    const starts = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const parts = fc.array(fc.oneof(fc.constant('@'), fc.constantFrom('web', '-', '1', '%', '\\', "'")));
    await fc.assert(
      fc.asyncProperty(starts, parts, async (start, names) => {
        const id = names.join('-').replaceAll('@', String(start));
        const { sql, here } = await both(id, JSON.stringify(start));
        expect([id, start, sql]).toEqual([id, start, here]);
      }),
      { numRuns: 200 },
    );
  });

  it('is its id, where nothing says when it started', async () => {
    expect(await only('hooktide.container_id($1, NULL)', [ID])).toBe(ID);
    expect(containerIdOf(ID, undefined)).toBe(ID);
  });
});

describe('the group of a request', () => {
  it.each([
    'team',
    '',
    ' ',
    'x'.repeat(255),
    'x'.repeat(256),
    '😀'.repeat(255),
    '😀'.repeat(256),
    'é\u0000',
    '\ud800',
    '\udc00x',
    'a"\\\b/\u2028',
    7,
    null,
    ['team'],
    { name: 'team' },
  ])('is the same in SQL: %j', async (group) => {
    const { payload } = task('RUNNING', { group });
    const { group: expected = null } = readFacts('TASK', payload, 'payload');
    const sql = await only('hooktide.group_of(hooktide.read_payload($1, 1000000))', [JSON.stringify(payload)]);
    expect(sql).toBe(expected);
  });

  it.each(['{"task":[]}', '{"task":null}', '{"task":"x"}', '{"task":{"taskRequest":[{"request":{"group":"x"}}]}}'])(
    'is none in SQL and here: %s',
    async (text) => {
      const payload = { ...task('RUNNING').payload, ...(JSON.parse(text) as object) };
      expect(readFacts('TASK', payload, 'payload').group).toBeUndefined();
      expect(await only('hooktide.group_of($1::json)', [JSON.stringify(payload)])).toBeNull();
    },
  );
});

/** What was stored of each, in their order. */
const changes = async () => {
  const rows = await hooktide.sql<{ container: object | null }>('SELECT container FROM hooktide.update ORDER BY id');
  await hooktide.sql('TRUNCATE hooktide.update, hooktide.delivery, hooktide.task_state, hooktide.container');
  return rows.map(({ container }) => container);
};

describe('a change of a container', () => {
  it('is the same by REST, one by one and in an array, and by SQL', async () => {
    await addHook(hooktide, 'web', 'http://127.0.0.1:9/');
    const fields = [
      {},
      { group: 'team' },
      { group: 'é\u0000' },
      { application: 'app', group: 'team' },
      { container: `x-1546300861234-y`, startedAt: 1_546_300_861_234 },
    ];
    const states = TASK_STATES.map((state) => state.replace('TASK_', ''));
    const updates = fields.flatMap((field) => [...states, ...states.toReversed()].map((state) => task(state, field)));
    await hooktide.post(updates);
    const inOne = await changes();
    for (const update of updates) await hooktide.post(update);
    const oneByOne = await changes();
    for (const { payload, application } of updates)
      await only(`hooktide.enqueue('TASK', $1, application => $2)`, [JSON.stringify(payload), application ?? null]);
    const bySql = await changes();
    expect(inOne.filter((change) => change !== null).length).toBeGreaterThan(50);
    expect(oneByOne).toEqual(inOne);
    expect(bySql).toEqual(inOne);
    const ids = new Set(fields.map(taskIdOf));
    expect(ids.size).toBe(2);
  });
});
