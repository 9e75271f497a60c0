import * as fc from 'fast-check';
import { readdirSync } from 'node:fs';
import type { DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asJson, send } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { fixture } from '../setup/updates.js';
import {
  ESCAPES,
  IDS,
  NAMES,
  OBJECTS,
  PAYLOADS,
  request,
  TIMES,
  TYPE_NAMES,
  TYPES,
  WORDS,
  withValue,
} from './ingest-rules.vectors.js';

/** One rule, two languages: what REST takes or refuses, hooktide.enqueue does, in the same words, and stores the same. */

let hooktide: Hooktide;
beforeAll(async () => {
  hooktide = await startHooktide({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '3600000' } });
});
afterAll(() => hooktide.stop());

interface Input {
  type?: string;
  /** As it is written. */
  payload?: string;
  id?: string;
  application?: string;
}

/** The stored row, or the refusal. */
type Outcome = { stored: Record<string, unknown> } | { field: unknown; message: unknown };

/** Takes away what is stored: the same id is new to who comes next. */
const TAKE = `WITH ids AS (DELETE FROM hooktide.idempotency_id)
  DELETE FROM hooktide.update RETURNING type, client_id, application, request_id, deploy_id, task_id, user_id, scope,
    state, subject, occurred_at::text, payload, octet_length(payload) AS bytes`;

async function stored(refused: Outcome | null): Promise<Outcome> {
  const rows = await hooktide.sql(TAKE);
  expect(rows).toHaveLength(refused ? 0 : 1);
  return refused ?? { stored: rows[0] ?? {} };
}

async function byRest({ payload, ...rest }: Input): Promise<Outcome> {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const fields = given.map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  if (payload !== undefined) fields.push(`"payload":${payload}`);
  const body = `{${fields.join(',')}}`;
  const { status, text } = await send(hooktide.url, { method: 'POST', path: '/api/updates', headers: asJson, body });
  if (status === 202) return stored(null);
  const { field, detail } = JSON.parse(text) as { field?: string; detail: string };
  return stored({ field: field ?? detail.split(' ')[0], message: detail });
}

async function bySql({ type, payload, id, application }: Input): Promise<Outcome> {
  const parameters = [type, payload, id, application].map((value) => value ?? null);
  const refused = await hooktide.sql('SELECT hooktide.enqueue($1, $2, $3, $4)', parameters).then(
    () => null,
    ({ column, message }: DatabaseError) => ({ field: column, message }),
  );
  return stored(refused);
}

/** Where REST blames the whole body, SQL can say that it is the payload. */
const inOneVoice = (outcome: Outcome): Outcome =>
  'message' in outcome && /^(body|payload) is no JSON/.test(String(outcome.message))
    ? { field: 'payload', message: 'payload is no JSON' }
    : outcome;

async function both(input: Input): Promise<{ rest: Outcome; sql: Outcome }> {
  return { rest: inOneVoice(await byRest(input)), sql: inOneVoice(await bySql(input)) };
}

const TYPE_OF: Record<string, string> = {
  'request-history': 'REQUEST',
  'deploy-update': 'DEPLOY',
  'task-webhook': 'TASK',
  'crash-loop': 'CRASHLOOP',
  'elevated-access': 'ELEVATED_ACCESS',
};
const fixtures = readdirSync(new URL('../fixtures/singularity/', import.meta.url))
  .map((name) => ({ name, type: TYPE_OF[name.split('.')[0] ?? ''] }))
  .filter(({ type }) => type !== undefined);
const fields = TYPES.flatMap(({ type, good, objects, ids, words, times }) => [
  ...objects.map((path) => ({ type, good, path, values: OBJECTS })),
  ...ids.map((path) => ({ type, good, path, values: IDS })),
  ...words.map((path) => ({ type, good, path, values: WORDS })),
  ...times.map((path) => ({ type, good, path, values: TIMES })),
]);

describe('by REST and by SQL alike', () => {
  it.each(fixtures)('$name is taken as $type', async ({ name, type }) => {
    const payload = fixture(name);
    const { rest, sql } = await both({ type, payload });
    expect(rest).toMatchObject({ stored: { type, payload } });
    expect(sql).toEqual(rest);
  });

  it.each(fields)('$type is taken or refused by its $path', async ({ type, good, path, values }) => {
    const { rest, sql } = await both({ type, payload: JSON.stringify(good) });
    expect(rest).toHaveProperty('stored');
    expect(sql).toEqual(rest);
    const blamed = new Set<unknown>();
    for (const value of values) {
      const { rest, sql } = await both({ type, payload: withValue(good, path, value) });
      expect([value, sql]).toEqual([value, rest]);
      if ('field' in rest) blamed.add(rest.field);
    }
    expect(blamed).toEqual(new Set([`payload.${path}`]));
  });

  it.each(PAYLOADS)('a payload is taken or refused as it is written: %s', async (payload) => {
    const { rest, sql } = await both({ type: 'REQUEST', payload });
    expect(sql).toEqual(rest);
  });

  it('a payload may be missing, and is refused', async () => {
    const { rest, sql } = await both({ type: 'TASK' });
    expect(rest).toMatchObject({ field: 'payload' });
    expect(sql).toEqual(rest);
  });

  it('a payload is counted in bytes of UTF-8, without the blanks around it', async () => {
    const room = 1024 ** 2 - Buffer.byteLength(request(',"a":"é"'));
    const largest = request(`,"a":"é${'x'.repeat(room)}"`);
    const taken = await both({ type: 'REQUEST', payload: ` ${largest}\n` });
    expect(taken.rest).toHaveProperty('stored.bytes', 1024 ** 2);
    expect(taken.sql).toEqual(taken.rest);
    const refused = await both({ type: 'REQUEST', payload: largest.replace('é', 'éx') });
    expect(refused.rest).toMatchObject({ message: 'payload is 1048577 bytes long: send at most 1048576' });
    expect(refused.sql).toEqual(refused.rest);
  });

  it.each(TYPE_NAMES)('a type is taken or refused as it is written: %j', async (type) => {
    const { rest, sql } = await both({ type, payload: request() });
    expect(sql).toEqual(rest);
  });

  it.each(NAMES)('an id and an application are taken or refused as they are: %s', async (text) => {
    for (const names of [{ id: text }, { application: text }, { id: text, application: text }]) {
      const { rest, sql } = await both({ type: 'REQUEST', payload: request(), ...names });
      expect(sql).toEqual(rest);
    }
  });

  it('anything is taken or refused', async () => {
    const text = fc.array(fc.constantFrom(...ESCAPES), { maxLength: 8 }).map((parts) => `"${parts.join('')}"`);
    const value = fc.oneof(text, fc.constantFrom(...IDS, ...WORDS, ...TIMES));
    const change = fc.record({ at: fc.nat(), value, beside: fc.oneof(text, fc.json()) });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...TYPES), change, async ({ type, good, ...paths }, { at, value, beside }) => {
        const all = [...paths.objects, ...paths.ids, ...paths.words, ...paths.times];
        const payload = withValue(good, all[at % all.length] ?? '', value);
        const { rest, sql } = await both({ type, payload: payload.replace('{', () => `{"beside":${beside},`) });
        expect(sql).toEqual(rest);
        seen.add('stored' in rest ? 'stored' : 'refused');
      }),
      { numRuns: 300 },
    );
    expect(seen).toEqual(new Set(['stored', 'refused']));
  });
});

/** REST takes them, Postgres can't. */
describe('by SQL alone is refused', () => {
  it.each([
    ['nesting deeper than its stack', 'payload', request(`,"a":${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
    ['a time too small for a double, which is 0 by REST', 'payload.createdAt', request().replace(':1', ':1e-400')],
    ['the noncharacters that mark a NUL', 'payload.request.id', request('', '"\ufdd0\ufdd1"')],
  ])('%s', async (_what, field, payload) => {
    const { rest, sql } = await both({ type: 'REQUEST', payload });
    expect(rest).toHaveProperty('stored');
    expect(sql).toMatchObject({ field });
  });
});
