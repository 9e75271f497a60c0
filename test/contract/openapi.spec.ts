import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../src/api/openapi/document.js';
import { PROBLEMS, type ProblemCode } from '../../src/api/problems.js';
import { AppModule, type Shared } from '../../src/app.module.js';
import { loadConfig } from '../../src/config/load.js';
import { Database } from '../../src/database/database.js';
import { createTestDatabase } from '../setup/database.js';
import { asJson, send, type RawRequest } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';
import { newKey, vaultWith } from '../setup/vault.js';

type Examples = Record<string, { value: unknown }>;
type Schema = Record<string, unknown>;
type Content = Record<string, { schema: Schema; examples?: Examples }>;
interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
  examples?: Examples;
}
interface Response {
  $ref?: string;
  content?: Content;
}
interface Operation {
  operationId: string;
  tags: [string];
  summary: string;
  description: string;
  security?: [];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, Response>;
}
interface Document {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
}
interface Route {
  method: string;
  path: string;
  operation: Operation;
}

const text = JSON.stringify(openApi('/singularity'));
const document = JSON.parse(text) as Document;
const METHODS = ['get', 'post', 'patch', 'delete'];

/** Every operation in the order of the page: by tag, then as they stand in the document. */
function routesOf({ tags, paths }: Document): Route[] {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])).toSorted(
      (a, b) => Object.keys(item).indexOf(a.method) - Object.keys(item).indexOf(b.method),
    ),
  );
  return tags.flatMap(({ name }) => all.filter(({ operation }) => operation.tags[0] === name));
}
const ROUTES = routesOf(document);
const NAMED = ROUTES.map((route) => [route.operation.operationId, route] as const);

const hasExamples = ({ content = {} }: Response) => Object.values(content).some(({ examples }) => examples);
/** Of several, the one that has examples. */
const successOf = ({ responses }: Operation) => {
  const all = Object.entries(responses).filter(([status]) => status < '300');
  return all.find(([, response]) => hasExamples(response)) ?? all[0]!;
};

/** Where examples of a request stand. */
const placesOf = ({ parameters = [], requestBody }: Operation): { schema: Schema; examples?: Examples }[] => [
  ...parameters,
  ...Object.values(requestBody?.content ?? {}),
];

/** The examples of an operation, by name: those of its answer, or where that has no body those of its request. */
function namesOf(operation: Operation): string[] {
  const [, { content = {} }] = successOf(operation);
  const places = [...Object.values(content), ...placesOf(operation)];
  return Object.keys(places.find(({ examples }) => examples)?.examples ?? {});
}

const curlsOf = ({ description }: Operation) =>
  [...description.matchAll(/```sh\n([^]*?)\n```/g)].map(([, line]) => line!);

function requestOf({ method, path, operation }: Route, name: string): RawRequest {
  const given = (operation.parameters ?? []).filter(({ examples }) => examples?.[name] !== undefined);
  const valuesIn = (place: Parameter['in']): [string, string][] =>
    given.filter((parameter) => parameter.in === place).map((it) => [it.name, String(it.examples?.[name]?.value)]);
  const bodies = Object.entries(operation.requestBody?.content ?? {});
  const [type, body] = bodies.find(([, { examples }]) => examples?.[name]) ?? [];
  const search = new URLSearchParams(valuesIn('query')).toString();
  const filled = valuesIn('path').reduce(
    (url, [key, value]) => url.replace(`{${key}}`, encodeURIComponent(value)),
    path,
  );
  return {
    method: method.toUpperCase(),
    path: search === '' ? filled : `${filled}?${search}`,
    headers: { ...Object.fromEntries(valuesIn('header')), ...(type === undefined ? {} : { 'Content-Type': type }) },
    body: body && JSON.stringify(body.examples?.[name]?.value),
  };
}

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
addFormats.default(ajv);
const compiled = new Map<string, ValidateFunction>();
const inDefs = (schema: unknown) => JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/');
const $defs = JSON.parse(inDefs(document.components.schemas)) as Record<string, AnySchema>;

/** What is wrong with a value by a schema of the document; null: nothing. */
function faults(schema: Schema, value: unknown): unknown {
  const key = inDefs(schema);
  const validate = compiled.get(key) ?? ajv.compile({ ...(JSON.parse(key) as Schema), $defs });
  compiled.set(key, validate);
  return validate(value) ? null : validate.errors;
}

/** Every object in the document, with where it stands. */
function* objectsIn(value: unknown, path = '#'): Generator<[string, Schema]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Schema];
  for (const [key, item] of Object.entries(value)) yield* objectsIn(item, `${path}/${key}`);
}

describe('the document', () => {
  const objects = [...objectsIn(document)];

  it('has every route that the service has, and no other', async () => {
    const database = await createTestDatabase();
    const { config } = loadConfig({ DATABASE_URL: database.url });
    const pool = new Database(database.url, 1, () => undefined);
    // Nothing is asked of the rest: what counts is which routes come to be.
    const rest = {
      wake: {},
      queue: { enqueue: () => undefined, enqueueMessage: () => undefined },
      sink: {},
      auth: {},
      log: {},
      metrics: {},
      vault: vaultWith([newKey()], () => false),
      keyPairs: [],
    } as unknown as Shared;
    const app = await NestFactory.create<NestExpressApplication>(AppModule.with({ ...rest, config, database: pool }), {
      logger: false,
    });
    await app.init();
    const { router } = app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
    const routes = router.stack.flatMap(({ route }) =>
      route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : [],
    );
    await app.close();
    await pool.close();
    await database.drop();
    const documented = ROUTES.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect(documented.toSorted()).toEqual(routes.filter((route) => !ofDocs(route)).toSorted());
    expect(routes.filter(ofDocs)).toContain('get /docs');
  });

  it('is whole: what it refers to is there, and what is there is referred to', () => {
    const refs = new Set(objects.flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : [])));
    const { schemas, responses } = document.components;
    const there = Object.entries({ schemas, responses }).flatMap(([kind, all]) =>
      Object.keys(all).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...refs].toSorted()).toEqual(there.toSorted());
    const ids = ROUTES.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(
      Object.values(document.paths).flatMap((item) => METHODS.filter((method) => item[method])).length,
    );
  });

  it('describes every field, parameter and answer', () => {
    const fields = objects.filter(([path]) => /\/properties\/[^/]+$|\/parameters\/\d+$|\/responses\/[^/]+$/.test(path));
    expect(fields.filter(([, field]) => !isTold(field)).map(([path]) => path)).toEqual([]);
    expect(fields.length).toBeGreaterThan(300);
  });

  it.each(NAMED)('says all that it should of %s', (_, { path, operation }) => {
    expect(operation.summary).toMatch(/^[^\n]{5,100}[^.\n]$/);
    expect(operation.description.length).toBeGreaterThan(50);
    expect(namesOf(operation).length).toBeGreaterThan(0);
    expect(curlsOf(operation)).toHaveLength(namesOf(operation).length);
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    const refused = codesOf(operation).map(({ code }) => code);
    const anywhere = ['unauthenticated', 'forbidden', 'too_many_failures', 'internal', 'database_unavailable'];
    const always = operation.security ? [] : anywhere;
    expect(refused).toEqual(expect.arrayContaining(always));
    expect(refused.length > 0).toBe(!operation.security);
  });

  it.each(NAMED)('has examples that are what it says they are: %s', (_, { operation }) => {
    const answers = Object.values(operation.responses).flatMap((response) =>
      Object.values(resolve(response).content ?? {}),
    );
    for (const { schema, examples = {} } of [...placesOf(operation), ...answers]) {
      for (const [name, { value }] of Object.entries(examples)) {
        const given = placesOf(operation).some((place) => place.examples === examples && 'name' in place);
        const isNumber = given && schema.type === 'integer';
        expect([name, faults(schema, isNumber ? Number(value) : value)]).toEqual([name, null]);
      }
    }
  });

  it('is what docs/openapi.json says', async () => {
    const file = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(file)).toEqual(document);
  });
});

const ofDocs = (route: string) => route.startsWith('get /docs');

const isTold = ({ description, $ref, oneOf }: Schema) => [description, $ref, oneOf].some((it) => it !== undefined);

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

const resolve = (response: Response): Response =>
  response.$ref === undefined ? response : document.components.responses[response.$ref.split('/').at(-1)!]!;

/** The codes with which an operation may refuse, each with its answer. */
function codesOf({ responses }: Operation): { code: ProblemCode; content: Content }[] {
  return Object.values(responses).flatMap((response) => {
    const { content = {} } = resolve(response);
    const names = Object.values(content).flatMap(({ examples }) => Object.keys(examples ?? {}));
    return names.filter((name) => name in PROBLEMS).map((code) => ({ code: code as ProblemCode, content }));
  });
}

/** Times, generated ids and measured times are not known beforehand. */
function masked(value: unknown, key = ''): unknown {
  if (key === 'durationMillis' || key === 'phases') return value === null ? null : '<measured>';
  if (typeof value === 'number') return value > 1e12 ? '<millis>' : value;
  if (typeof value === 'string') {
    return value
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '<time>')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
      .replace(/hkt_[\w-]{43}/g, '<token>')
      .replace(/whsec_[\w+/]{43}=/g, '<secret>')
      .replace(/\d+ ms\b/g, '<n> ms')
      .replace(/\d{13}/g, '<millis>');
  }
  if (Array.isArray(value)) return value.map((item) => masked(item));
  if (typeof value !== 'object' || value === null) return value;
  if ('pid' in value) return Object.keys(value).toSorted();
  // How much there is of each changes with every example.
  if ('tables' in value) return Object.keys(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked(item, name)]));
}

const idsIn = (value: unknown) =>
  JSON.stringify(value ?? null).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
/** What an example names by a generated id is what was answered with before. */
function learn(generated: Map<string, string>, documented: unknown, answered: unknown): void {
  const ids = idsIn(answered);
  for (const [index, id] of idsIn(documented).entries()) generated.set(id, ids[index] ?? id);
}
const withGenerated = (generated: Map<string, string>, step: Step) =>
  JSON.parse([...generated].reduce((all, [id, its]) => all.replaceAll(id, its), JSON.stringify(step))) as Step;

interface Answer {
  status: number;
  body: unknown;
}
const toAnswer = (status: number, body: string): Answer => ({
  status,
  body: body === '' ? undefined : isPage(body) ? body.split('\n', 3).join('\n') : JSON.parse(body),
});
/** Metrics, of which the document has the beginning. */
const isPage = (body: string) => body.startsWith('# HELP');

interface Step {
  route: Route;
  name: string;
  index: number;
}
const stepsOf = (of: Document): Step[] =>
  routesOf(of).flatMap((route) => namesOf(route.operation).map((name, index) => ({ route, name, index })));
const STEPS = stepsOf(document).map(
  ({ route, name }, index) => [`${route.operation.operationId}, ${name}`, index] as const,
);

async function byHttp(url: string, { route, name }: Step): Promise<Answer> {
  const { status, text: body } = await send(url, requestOf(route, name));
  return toAnswer(status, body);
}

/** As somebody would paste it; the status comes on a line of its own. */
async function byCurl(_: string, { route, index }: Step): Promise<Answer> {
  const line = curlsOf(route.operation)[index]!.replace(String.raw`-w '\n'`, String.raw`-w '\n%{http_code}'`);
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  const end = stdout.lastIndexOf('\n');
  return toAnswer(Number(stdout.slice(end)), stdout.slice(0, end));
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('openapi.spec.ts: there is no curl here, so the curl lines were not run.\n');

describe.each([
  { how: 'sent from its parts', run: byHttp, isSkipped: false },
  { how: 'pasted into a shell', run: byCurl, isSkipped: !hasCurl },
])('in the order of the page, each example $how', ({ run, isSkipped }) => {
  let hooktide: Hooktide;
  let steps: Step[];
  const generated = new Map<string, string>();
  beforeAll(async () => {
    // In the rhythm that is the default.
    hooktide = await startHooktide({
      env: { CHECK_WEBHOOKS_EVERY_MILLIS: '10000', HOOK_SLINGER_API_TOKEN: 'correct-horse' },
    });
    const receiver = await startReceiver(answers(204));
    const placed = [[7099, new URL(hooktide.url).host] as const, [8099, new URL(receiver.url).host] as const].reduce(
      (all, [port, host]) =>
        all.replaceAll(`127.0.0.1:${port}`, host).replaceAll(`127.0.0.1%3A${port}`, encodeURIComponent(host)),
      text,
    );
    steps = stepsOf(JSON.parse(placed) as Document);
  });
  afterAll(async () => {
    await hooktide.stop();
    await closeReceivers();
  });

  it.skipIf(isSkipped).each(STEPS)('is answered as it says: %s', async (_, at) => {
    const step = steps[at]!;
    const [status, { content }] = successOf(step.route.operation);
    const { schema = {}, examples } = content?.['application/json'] ?? content?.['text/plain'] ?? {};
    const documented = { status: Number(status), body: masked(examples?.[step.name]?.value) };
    const ask = async () => {
      const { body, ...rest } = await run(hooktide.url, withGenerated(generated, step));
      return { body, seen: { ...rest, body: masked(body) } };
    };
    let answer = await ask();
    const isThere = () => isDeepStrictEqual(answer.seen, documented);
    // What is under way takes its time: whoever reads, asks again.
    const again = async () => isThere() || ((answer = await ask()), isThere());
    if (step.route.method === 'get') await until(again, 10_000).catch(() => undefined);
    expect(answer.seen).toEqual(documented);
    expect(faults(schema, answer.body)).toBeNull();
    learn(generated, examples?.[step.name]?.value, answer.body);
  });
});

const DEPLOY = { deployMarker: { requestId: 'web', deployId: '1', timestamp: 1 }, eventType: 'STARTING' };
const fill = ({ path }: Route, value: unknown) => path.replace(/\{\w+\}/, String(value));
/** A request that may be sent, but for what is provoked. */
const plain = (route: Route) => requestOf(route, namesOf(route.operation)[0]!);
const withBody = (route: Route, body: string | Buffer, headers: Record<string, string> = asJson) => ({
  ...plain(route),
  headers,
  body,
});

const bearing = (route: Route, token: string) => {
  const { headers, ...request } = plain(route);
  return { ...request, headers: { ...headers, authorization: `Bearer ${token}` } };
};

function invalid(route: Route): RawRequest {
  const { path, operation } = route;
  if (operation.requestBody) return withBody(route, '[');
  if (path.includes('{action}')) return { ...plain(route), path: fill(route, 'NOPE') };
  if (/\{(webhookId|application)\}/.test(path)) return { ...plain(route), path: fill(route, '%00') };
  if (path === '/v1/users') return { ...plain(route), headers: {} };
  return {
    ...plain(route),
    path: plain(route).path.replace(/\?.*|$/, path.startsWith('/api/webhooks') ? '' : '?nope=1'),
  };
}

describe('each refusal that it says can come', () => {
  /** Nothing is sent, and little is taken. */
  let strict: Hooktide;
  let locked: Hooktide;
  let slow: Hooktide;
  const tokens = new Map<string, string>();
  let full: Hooktide;
  let folder: string;
  let waiting: number;
  let job: string;
  let orphan: number;
  let over: number;
  beforeAll(async () => {
    const quiet = { ROLES: 'api' };
    const token = { HOOK_SLINGER_API_TOKEN: 'correct-horse' };
    strict = await startHooktide({ env: { ...quiet, ...token, INGEST_MAX_REQUEST_BYTES: '3000', MAX_FAN_OUT: '1' } });
    folder = await mkdtemp(join(tmpdir(), 'hooktide-openapi-'));
    await writeFile(join(folder, 'token'), 'correct-horse\n', { mode: 0o600 });
    locked = await startHooktide({ env: { ...quiet, AUTH_TOKEN_FILE: join(folder, 'token') } });
    const operator = { ...asJson, Authorization: 'Bearer correct-horse' };
    for (const scope of ['read', 'ingest']) {
      const body = JSON.stringify({ name: scope, scopes: [scope] });
      const made = await send(locked.url, { method: 'POST', path: '/api/tokens', headers: operator, body });
      tokens.set(scope, (JSON.parse(made.text) as { token: string }).token);
    }
    slow = await startHooktide({ env: { ...quiet, AUTH_TOKEN_FILE: join(folder, 'token') } });
    for (const n of Array(10).keys())
      await send(slow.url, { method: 'GET', path: '/api/tokens', headers: { Authorization: `Bearer guess-${n}` } });
    await strict.api('POST', '/api/tokens', { name: 'ci of web', scopes: ['read'] });
    full = await startHooktide({ env: { ...quiet, MAX_WAITING_DELIVERIES: '1' } });
    await full.register('http://127.0.0.1:9/');
    await full.post(requestUpdate('r'));

    await strict.register('http://127.0.0.1:9/', 'TASK', 'web-deploys');
    await strict.register('http://127.0.0.1:9/', 'REQUEST', 'gone');
    await strict.post({ ...requestUpdate('r'), id: 'release-42' });
    await strict.sql(
      `WITH gone AS (DELETE FROM hooktide.delivery RETURNING *)
       INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
       SELECT id, lane_id, 'gone', update_id, subject, 'over_age', 1 FROM gone`,
    );
    await strict.api('DELETE', '/api/webhooks?webhookId=gone');
    orphan = (await strict.api('GET', '/api/dead-letters')).json.items[0].id;
    await strict.register('http://127.0.0.1:9/', 'REQUEST', 'there');
    await strict.post(requestUpdate('r'));
    waiting = (await strict.api('GET', '/api/deliveries?state=waiting')).json.items[0].id;
    over = (await strict.api('POST', '/api/jobs', { kind: 'discard', of: 'dead_letters', filter: {}, paused: true }))
      .json.id;
    await strict.api('POST', `/api/jobs/${over}/cancel`);
    const message = { method: 'POST', path: '/hook_slinger/', body: '{"to_url":"http://127.0.0.1:9/","payload":{}}' };
    const headers = { ...asJson, Authorization: 'Token correct-horse' };
    job = (JSON.parse((await send(strict.url, { ...message, headers })).text) as { job_id: string }).job_id;
  });
  afterAll(async () => {
    for (const hooktide of [strict, locked, slow, full]) await hooktide.stop();
    await rm(folder, { recursive: true });
  });

  /** How to provoke each; undefined: not from outside. */
  const PROVOKE: Partial<Record<ProblemCode, (route: Route) => RawRequest | Promise<RawRequest>>> = {
    unauthenticated: plain,
    forbidden: (route) =>
      bearing(route, tokens.get(route.operation.operationId === 'postUpdates' ? 'read' : 'ingest')!),
    too_many_failures: (route) => bearing(route, 'another-guess'),
    token_not_found: (route) => ({ ...plain(route), path: fill(route, 'nope') }),
    name_taken: plain,
    invalid_input: invalid,
    bad_request: (route) =>
      route.path.includes('{')
        ? { ...plain(route), path: fill(route, '%zz') }
        : withBody(route, gzipSync('{}').subarray(0, 5), { ...asJson, 'Content-Encoding': 'gzip' }),
    unsupported_media_type: (route) => withBody(route, 'text', { 'Content-Type': 'text/plain' }),
    too_large: (route) => withBody(route, JSON.stringify({ filter: 'x'.repeat(4_000) })),
    webhook_not_found: (route) => ({
      ...plain(route),
      path: /^\/v1\/|\{webhookId\}/.test(route.path)
        ? `${fill(route, 'nope')}?url=http://nope/`
        : `${fill(route, 'release-42')}?webhookId=nope`,
    }),
    update_not_found: (route) => ({ ...plain(route), path: fill(route, 'nope') }),
    message_not_found: (route) => ({ ...plain(route), path: fill(route, 'nope') }),
    delivery_not_found: (route) => ({ ...plain(route), path: fill(route, 999_999) }),
    job_not_found: (route) => ({ ...plain(route), path: fill(route, 999_999) }),
    job_is_over: (route) => ({ ...plain(route), path: fill(route, over) }),
    webhook_deleted: (route) => ({ ...plain(route), path: fill(route, orphan) }),
    still_waiting: (route) => ({ ...plain(route), path: fill(route, route.path.includes('messages') ? job : waiting) }),
    id_conflict: (route) => withBody(route, JSON.stringify({ type: 'DEPLOY', id: 'release-42', payload: DEPLOY })),
    fan_out_too_large: async (route) => {
      await strict.register('http://127.0.0.1:9/', 'REQUEST', 'there-too');
      return withBody(route, JSON.stringify(requestUpdate('r')));
    },
    too_many_waiting: (route) => withBody(route, JSON.stringify(requestUpdate('r'))),
    action_disabled: async (route) => {
      await strict.api('POST', '/api/disasters/disabled-actions/ADD_WEBHOOK');
      await strict.api('POST', '/api/disasters/disabled-actions/REMOVE_WEBHOOK');
      return plain(route);
    },
  };
  const all = ROUTES.flatMap((route) => codesOf(route.operation).map((one) => ({ ...one, route })));
  const provoked = all.filter(({ code }) => PROVOKE[code]);

  it.each(provoked.map((one) => [one.code, one.route.operation.operationId, one] as const))(
    '%s of %s',
    async (code, _, { route, content }) => {
      const servers: Partial<Record<ProblemCode, Hooktide>> = {
        unauthenticated: locked,
        forbidden: locked,
        too_many_failures: slow,
        too_many_waiting: full,
      };
      const { url } = servers[code] ?? strict;
      const answer = await send(url, await PROVOKE[code]!(route));
      if (code === 'action_disabled') await strict.sql('TRUNCATE hooktide.disabled_action');
      expect(answer.status).toBe(PROBLEMS[code].status);
      const mediaType = String(answer.headers['content-type']);
      expect(Object.keys(content)).toContain(mediaType);
      const body: unknown = mediaType.startsWith('text/') ? answer.text : JSON.parse(answer.text);
      expect(faults(content[mediaType]!.schema, body)).toBeNull();
      const isProblem = mediaType === 'application/problem+json';
      expect(isProblem ? (body as { code: string }).code : code).toBe(code);
      expect(answer.headers['retry-after'] !== undefined).toBe([429, 503].includes(answer.status));
    },
  );

  it('is provoked here, but for what takes a bug or a broken database', () => {
    const rest = new Set(all.filter(({ code }) => !PROVOKE[code]).map(({ code }) => code));
    expect([...rest].toSorted()).toEqual(['database_unavailable', 'internal']);
  });

  it('is plain text for a uri that Java cannot read', async () => {
    const request = { method: 'POST', path: '/api/webhooks', headers: asJson, body: '{"type":"TASK","uri":"{}"}' };
    const { status, headers, text: body } = await send(strict.url, request);
    const { examples } = document.paths['/api/webhooks']!.post!.responses[400]!.content!['text/plain']!;
    expect([status, headers['content-type'], body]).toEqual([400, 'text/plain', examples?.text?.value]);
  });
});

interface Limits {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  maxLength?: number;
  maxItems?: number;
  minItems?: number;
  maxProperties?: number;
}

const schemaOf = (name: string) => document.components.schemas[name]!;
const fields = (schema: Schema) => Object.entries(schema.properties as Record<string, Schema>);
const nested = (name: string, wrap: (value: unknown) => unknown, schema: Schema) =>
  fields(schema).map(
    ([field, its]) => [`${name}.${field}`, its, (value: unknown) => wrap({ [field]: value })] as const,
  );
const variants = (schemaOf('Retry').oneOf as Schema[]).flatMap((variant) => {
  const { policy, delayMillis, delaysMillis } = variant.properties as Record<string, Schema>;
  const base = {
    policy: policy?.const,
    ...(delayMillis && { delayMillis: 1_000 }),
    ...(delaysMillis && { delaysMillis: [1] }),
  };
  return nested(`retry (${String(policy?.const)})`, (value) => ({ retry: { ...base, ...(value as object) } }), variant);
});
const options = [
  ...fields(schemaOf('WebhookChange')).map(
    ([field, its]) => [field, its, (value: unknown) => ({ [field]: value })] as const,
  ),
  ...nested('filter', (filter) => ({ filter }), schemaOf('Filter')),
  ...variants,
];
const many = (count: number) => Array.from({ length: count }, () => 1_000);

const headers = (count: number) => Object.fromEntries(many(count).map((_, index) => [`x-${index}`, 'v']));

/** Values on both sides of each limit. */
function edgesOf(schema: Schema, field: string): { good: unknown[]; bad: unknown[] } {
  const { minimum, maximum, exclusiveMinimum, maxLength, maxItems, minItems, maxProperties } = schema as Limits;
  const step = [schema.type].flat().includes('integer') ? 1 : 0.001;
  const entry = field === 'onlyTo' ? '127.0.0.0/8' : 'TASK_RUNNING';
  const items = (count: number) => (/^filter|^onlyTo/.test(field) ? many(count).map(() => entry) : many(count));
  const edges: [limit: number | undefined, good: (limit: number) => unknown, bad: (limit: number) => unknown][] = [
    [minimum, (limit) => limit, (limit) => limit - step],
    [maximum, (limit) => limit, (limit) => limit + step],
    [exclusiveMinimum, (limit) => limit + step, (limit) => limit],
    [maxLength, (limit) => 'x'.repeat(limit), (limit) => 'x'.repeat(limit + 1)],
    [maxItems, items, (limit) => items(limit + 1)],
    [minItems, items, (limit) => items(limit - 1)],
    [maxProperties, headers, (limit) => headers(limit + 1)],
  ];
  const known = edges.flatMap(([limit, good, bad]) => (limit === undefined ? [] : [[good(limit), bad(limit)]]));
  return { good: known.map(([good]) => good), bad: known.map(([, bad]) => bad) };
}

describe('each limit that it names', () => {
  let hooktide: Hooktide;
  beforeAll(async () => {
    hooktide = await startHooktide({ env: { ROLES: 'api' } });
    await hooktide.register('http://127.0.0.1:9/', 'TASK', 'w');
  });
  afterAll(() => hooktide.stop());

  it.each(options.filter(([field, its]) => field !== 'filter.eventTypes' && edgesOf(its, field).bad.length > 0))(
    'is that of the option %s',
    async (field, schema, toBody) => {
      const { good, bad } = edgesOf(schema, field);
      for (const value of good) {
        const { status } = await hooktide.api('PATCH', '/api/webhooks/w', toBody(value));
        expect([value, status]).toEqual([value, 200]);
      }
      for (const value of bad) {
        const { status, json } = await hooktide.api('PATCH', '/api/webhooks/w', toBody(value));
        expect([value, status, json.code]).toEqual([value, 400, 'invalid_input']);
      }
    },
  );

  it('knows every option, and none beside', async () => {
    for (const [field, , toBody] of options.filter(([name]) => !/[.]/.test(name) && name !== 'uri'))
      expect([field, (await hooktide.api('PATCH', '/api/webhooks/w', toBody(null))).status]).toEqual([field, 200]);
    const { json } = await hooktide.api('PATCH', '/api/webhooks/w', { nope: 1 });
    expect(json).toMatchObject({ code: 'invalid_input', field: 'nope' });
  });

  const limited = NAMED.filter(([, { operation }]) => operation.parameters?.some(({ name }) => name === 'limit'));
  it.each(limited)('is that of the pages of %s', async (_, route) => {
    const { minimum, maximum } = route.operation.parameters!.find(({ name }) => name === 'limit')!
      .schema as Required<Limits>;
    const { ids } = await hooktide.post(requestUpdate('r'));
    const statusAt = async (limit: number) =>
      (await hooktide.api('GET', `${route.path.replace('{id}', ids[0]!)}?limit=${limit}`)).status;
    expect([await statusAt(minimum), await statusAt(maximum)]).toEqual([200, 200]);
    expect([await statusAt(minimum - 1), await statusAt(maximum + 1)]).toEqual([400, 400]);
  });

  const filtered = NAMED.filter(
    ([, { method, operation }]) =>
      method === 'get' && !operation.tags[0].startsWith('Q') && operation.parameters?.some((it) => it.in === 'query'),
  );
  it.each(filtered)('parameters of %s are all that are known', async (_, { path, operation }) => {
    const { ids } = await hooktide.post(requestUpdate('r'));
    const names = operation.parameters!.filter((it) => it.in === 'query').map(({ name }) => name);
    const { json } = await hooktide.api('GET', `${path.replace('{id}', ids[0]!)}?nope=1`);
    expect(json.detail.split('Known are ')[1].split(', ').toSorted()).toEqual(names.toSorted());
  });
});

describe('GET /docs', () => {
  let hooktide: Hooktide;
  beforeAll(async () => {
    hooktide = await startHooktide();
  });
  afterAll(() => hooktide.stop());
  const get = (path: string, headers: Record<string, string> = {}) =>
    send(hooktide.url, { method: 'GET', path, headers });

  it.each(['/docs', '/docs/'])('is a page at %s whose parts are there, and nothing in it but those', async (path) => {
    const { status, headers, text: page } = await get(path);
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(page).not.toMatch(/<script>|<style|\son\w+=|https?:/);
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, part]) => new URL(part!, hooktide.url + path).pathname,
    );
    expect(parts).toHaveLength(5);
    for (const part of parts) expect([part, (await get(part)).status]).toEqual([part, 200]);
  });

  it('has the document for programs, which is asked after', async () => {
    const { headers, text: body } = await get('/docs/openapi.json');
    expect([headers['content-type'], headers['cache-control']]).toEqual([
      'application/json; charset=utf-8',
      'no-cache',
    ]);
    expect(body).toBe(text);
    const again = await get('/docs/openapi.json', { 'If-None-Match': String(headers.etag) });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each([
    'package.json',
    '..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    '..%5cpackage.json',
    'index.html',
    'swagger-ui.js',
  ])('serves no other file: %s', async (file) => {
    expect((await get(`/docs/${file}`)).status).toBe(404);
  });

  it('has the context path of the config', async () => {
    const other = await startHooktide({ env: { SERVER_CONTEXT_PATH: '/hooks' } });
    const { json } = await other.api('GET', '/docs/openapi.json');
    await other.stop();
    expect(json.servers.map(({ url }: { url: string }) => url)).toEqual(['/', '/hooks']);
  });

  it('is not there without the role api', async () => {
    const other = await startHooktide({ env: { ROLES: 'dispatch' } });
    const { status } = await other.api('GET', '/docs');
    await other.stop();
    expect(status).toBe(404);
  });
});
