import { Controller, Get, type INestApplication, MethodNotAllowedException, Module, Param } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ErrorFilter } from '../../src/api/error.filter.js';
import { ApiMetrics } from '../../src/api/metrics.js';
import { type ProblemCode, type ProblemKind, PROBLEMS } from '../../src/api/problems.js';
import { ConflictError, NotFoundError } from '../../src/errors/errors.js';
import { Log } from '../../src/telemetry/log.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { ActionDisabledError } from '../../src/webhooks/disabled-actions.service.js';
import { createTestDatabase } from '../setup/database.js';
import { type Answer, call, type Hooktide, startHooktide } from '../setup/hooktide.js';
import { send, type RawRequest } from '../setup/http.js';
import { startProxy, type Proxy } from '../setup/proxy.js';
import { requestUpdate } from '../setup/updates.js';

/** Numbers and ids are what differs between the examples in docs/errors.md and what comes. */
const patternOf = (detail: string) => detail.replace(/\(ID [0-9a-f]{16}\)/, '(ID …)').replace(/\d+/g, '0');

/** What a client sees of a problem, and what docs/errors.md shows of it. */
const seenIn = ({ status, headers, json }: Answer) => ({
  status,
  contentType: headers.get('content-type'),
  body: { ...json, detail: patternOf(json.detail) },
});
function documented(code: ProblemCode, otherDetail?: string): ReturnType<typeof seenIn> {
  const { status, example }: ProblemKind = PROBLEMS[code];
  const { detail, ...members } = example;
  const title = STATUS_CODES[status];
  const body = { type: 'about:blank', title, status, code, detail: patternOf(otherDetail ?? detail), ...members };
  return { status, contentType: 'application/problem+json', body };
}

interface Provoked {
  code: ProblemCode;
  /** In place of the documents' example. */
  detail?: string;
  env?: Record<string, string>;
  provoke: (hooktide: Hooktide, wayToPostgres: Proxy) => Promise<Answer>;
}

const UPDATES = '/api/updates';
const bearing = (token: string) => ({ Authorization: `Bearer ${token}` });
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const ISSUER = { issuer: 'https://issuer.example', audience: 'hooktide', jwksUrl: 'http://127.0.0.1:9/keys' };
const RULE = { claim: 'sub', value: '*', scopes: ['read'] };
const folder = await mkdtemp(join(tmpdir(), 'hooktide-errors-'));
await writeFile(join(folder, 'token'), 't0ken', { mode: 0o600 });
afterAll(() => rm(folder, { recursive: true }));

const OPS = 'https://ops.example.com';
/** With headers that fetch keeps to itself. */
async function sendRaw(url: string, request: RawRequest): Promise<Answer> {
  const { status, headers, text } = await send(url, request);
  return { status, headers: new Headers(headers as Record<string, string>), text, json: JSON.parse(text) };
}

const provoked: Provoked[] = [
  {
    code: 'invalid_input',
    provoke: (hooktide) => {
      const update = requestUpdate('r');
      return hooktide.api('POST', UPDATES, [update, update, update, { type: 'REQUEST' }]);
    },
  },
  { code: 'bad_request', provoke: (hooktide) => hooktide.api('GET', '/api/webhooks/%zz') },
  {
    code: 'forbidden',
    env: { AUTH_TOKEN_FILE: join(folder, 'token') },
    provoke: async ({ url }) => {
      const made = await call(url, 'POST', '/api/tokens', { name: 'ci', scopes: ['ingest'] }, bearing('t0ken'));
      return call(url, 'PATCH', '/api/webhooks/x', {}, bearing(made.json.token));
    },
  },
  {
    code: 'foreign_page',
    provoke: ({ url }) => sendRaw(url, { method: 'POST', path: '/api/nowhere', headers: { Origin: OPS } }),
  },
  {
    code: 'foreign_host',
    provoke: ({ url }) => sendRaw(url, { method: 'GET', path: UPDATES, headers: { Host: 'evil.example' } }),
  },
  { code: 'token_not_found', provoke: (hooktide) => hooktide.api('DELETE', '/api/tokens/42') },
  {
    code: 'name_taken',
    provoke: async (hooktide) => {
      await hooktide.api('POST', '/api/tokens', { name: 'ci', scopes: ['ingest'] });
      return hooktide.api('POST', '/api/tokens', { name: 'ci', scopes: ['read'] });
    },
  },
  {
    code: 'too_many_failures',
    env: { AUTH_TOKEN_FILE: join(folder, 'token') },
    provoke: async ({ url }) => {
      for (const n of Array(10).keys()) await call(url, 'GET', UPDATES, undefined, bearing(`guess-${n}`));
      return call(url, 'GET', UPDATES, undefined, bearing('guess-10'));
    },
  },
  {
    code: 'issuer_unavailable',
    env: { AUTH_JWT: JSON.stringify([{ ...ISSUER, scopes: [RULE] }]) },
    provoke: ({ url }) => {
      const jwt = `${base64({ alg: 'RS256', kid: 'k' })}.${base64({ iss: ISSUER.issuer, exp: 4e9 })}.c2ln`;
      return call(url, 'GET', UPDATES, undefined, bearing(jwt));
    },
  },
  {
    code: 'unauthenticated',
    env: { AUTH_TOKEN_FILE: join(folder, 'token') },
    provoke: (hooktide) => hooktide.api('POST', UPDATES, requestUpdate('r')),
  },
  { code: 'not_found', provoke: (hooktide) => hooktide.api('GET', '/api/update') },
  { code: 'job_not_found', provoke: (hooktide) => hooktide.api('GET', '/api/jobs/42') },
  { code: 'webhook_not_found', provoke: (hooktide) => hooktide.api('GET', '/api/webhooks/nope') },
  {
    code: 'id_conflict',
    provoke: async (hooktide) => {
      await hooktide.post({ ...requestUpdate('r', 1), id: 'deploy-42' });
      return hooktide.api('POST', UPDATES, { ...requestUpdate('r', 2), id: 'deploy-42' });
    },
  },
  {
    code: 'too_large',
    env: { INGEST_MAX_PAYLOAD_BYTES: '20' },
    provoke: (hooktide) => hooktide.api('POST', UPDATES, requestUpdate('r')),
  },
  {
    code: 'too_large',
    detail: 'body holds 2 updates: send at most 1 in one request',
    env: { INGEST_MAX_UPDATES_PER_REQUEST: '1' },
    provoke: (hooktide) => hooktide.api('POST', UPDATES, [requestUpdate('r'), requestUpdate('r')]),
  },
  {
    code: 'too_large',
    detail: 'The request is larger than ingest.maxRequestBytes: send less at once',
    env: { INGEST_MAX_REQUEST_BYTES: '20' },
    provoke: (hooktide) => hooktide.api('POST', UPDATES, requestUpdate('r')),
  },
  {
    code: 'fan_out_too_large',
    env: { MAX_FAN_OUT: '1' },
    provoke: async (hooktide) => {
      await hooktide.register('http://127.0.0.1:9/');
      return hooktide.api('POST', UPDATES, [requestUpdate('r'), requestUpdate('r')]);
    },
  },
  {
    code: 'unsupported_media_type',
    provoke: async (hooktide) => {
      const response = await fetch(hooktide.url + UPDATES, { method: 'POST', body: 'type=REQUEST' });
      const { status, headers } = response;
      const text = await response.text();
      return { status, headers, text, json: JSON.parse(text) };
    },
  },
  {
    code: 'internal',
    provoke: async (hooktide) => {
      await hooktide.sql('ALTER TABLE hooktide.update RENAME TO gone');
      return hooktide.api('POST', UPDATES, requestUpdate('r'));
    },
  },
  {
    code: 'too_many_waiting',
    env: { MAX_WAITING_DELIVERIES: '1', WAKE_ON_ENQUEUE: 'false', CHECK_WEBHOOKS_EVERY_MILLIS: '3600000' },
    provoke: async (hooktide) => {
      await hooktide.register('http://127.0.0.1:9/');
      await hooktide.post(requestUpdate('r'));
      return hooktide.api('POST', UPDATES, requestUpdate('r'));
    },
  },
  {
    code: 'database_unavailable',
    provoke: async (hooktide, wayToPostgres) => {
      await wayToPostgres.cut();
      const answer = await hooktide.api('POST', UPDATES, requestUpdate('r'));
      await wayToPostgres.mend();
      return answer;
    },
  },
];

/** What no route of our own answers with as yet. */
const thrown = {
  update_not_found: (detail) => new NotFoundError('update', detail),
  delivery_not_found: (detail) => new NotFoundError('delivery', detail),
  message_not_found: (detail) => new NotFoundError('message', detail),
  webhook_deleted: (detail) => new ConflictError('webhook_deleted', detail),
  still_waiting: (detail) => new ConflictError('still_waiting', detail),
  job_is_over: (detail) => new ConflictError('job_is_over', detail),
  action_disabled: () =>
    new ActionDisabledError({ type: 'ADD_WEBHOOK', message: 'Action is currently disabled', user: null }),
  method_not_allowed: () => new MethodNotAllowedException(),
} satisfies Partial<Record<ProblemCode, (detail: string) => Error>>;
const thrownCodes = Object.keys(thrown) as (keyof typeof thrown)[];

describe('is answered as docs/errors.md shows it, when it is provoked', () => {
  const undo: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });

  it.each(provoked)('$code', async ({ code, detail, env, provoke }) => {
    const database = await createTestDatabase();
    undo.push(() => database.drop());
    const wayToPostgres = await startProxy(database.url);
    undo.push(() => wayToPostgres.cut());
    const hooktide = await startHooktide({ env, database: { ...database, url: wayToPostgres.url } });
    undo.push(() => hooktide.stop());

    const answer = await provoke(hooktide, wayToPostgres);
    expect(seenIn(answer)).toEqual(documented(code, detail));
    expect(answer.headers.has('retry-after')).toBe([429, 503].includes(answer.status));
    expect(answer.headers.get('www-authenticate')).toBe(answer.status === 401 ? 'Bearer' : null);
  });
});

describe('is answered as docs/errors.md shows it, when a route throws it', () => {
  @Controller()
  class Thrower {
    @Get(':code')
    throw(@Param('code') code: keyof typeof thrown): never {
      throw thrown[code](PROBLEMS[code].example.detail);
    }
  }
  const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  @Module({
    controllers: [Thrower],
    providers: [
      { provide: Log, useValue: silent },
      { provide: ApiMetrics, useValue: new ApiMetrics(new Metrics()) },
      { provide: APP_FILTER, useClass: ErrorFilter },
    ],
  })
  class House {}

  let app: INestApplication;
  beforeAll(async () => {
    app = await NestFactory.create(House, { logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it.each(thrownCodes)('%s', async (code) => {
    const answer = await call(await app.getUrl(), 'GET', `/${code}`);
    expect(seenIn(answer)).toEqual(documented(code));
  });
});

it('no code is left out', () => {
  const shown = new Set<string>([...provoked.map(({ code }) => code), ...thrownCodes]);
  expect(Object.keys(PROBLEMS).filter((code) => !shown.has(code))).toEqual([]);
});
