import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import pg from 'pg';
import { findAll } from '../../src/cli/doctor/examine.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { canary, watch } from '../setup/canary.js';
import { runCli } from '../setup/cli.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { pem } from '../setup/egress.js';
import { createEmptyDatabase, createRole } from '../setup/empty-database.js';
import { connects, startForwardProxy } from '../setup/forward-proxy.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { startPooler } from '../setup/pooler.js';
import { closeReceivers, startReceiver, startSocketServer } from '../setup/receivers.js';
import { databaseUrl, query } from '../setup/server.js';
import { answers, closeSns, startSns } from '../setup/sns.js';
import { snsEnv } from '../setup/sns-mode.js';
import { startTlsReceiver } from '../setup/tls-receiver.js';
import { newKey } from '../setup/vault.js';

/** Each looks at all of it, some by several processes, on whatever else the machine does. */
const SLOW_MILLIS = 120_000;
vi.setConfig({ testTimeout: SLOW_MILLIS });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  await closeReceivers();
  await closeSns();
});

interface Asked {
  env?: Record<string, string>;
  uris?: string[];
  webhookIds?: string[];
}

/** What comes of it in this process; its variables are config keys, without `HOOKTIDE_`. */
async function look(url: string | null, { env = {}, uris = [], webhookIds = [] }: Asked = {}): Promise<Finding[]> {
  const variables = Object.entries(env).map(([key, value]) => [`HOOKTIDE_${key}`, value]);
  const all = { ...Object.fromEntries(variables), ...(url === null ? {} : { DATABASE_URL: url }) };
  const findings = await findAll(all, { uris, webhookIds, asJson: false });
  watch(JSON.stringify(findings), 'what the doctor finds');
  return findings;
}

const all = (findings: Finding[], check: string): string[] =>
  findings.filter((finding) => finding.check === check).map(({ state, says }) => `${state}: ${says}`);
const of = (findings: Finding[], check: string): string => all(findings, check).join('\n');

describe('hooktide doctor', () => {
  it('shows a table, or JSON, and fails where something fails', async () => {
    const env = { DATABASE_URL: database.url };
    const shown = await runCli(['doctor'], { env });
    expect([shown.code, shown.err]).toEqual([0, '']);
    const checks = shown.out.split('\n').flatMap((line) => /^(?:ok|warn|FAIL) +(\S+)/.exec(line)?.[1] ?? []);
    expect(checks).toEqual(
      'config database version writes sessions rights schema clock settings transactions connections processes queue webhooks keys receivers egress'.split(
        ' ',
      ),
    );
    expect(shown.out).toMatch(/\nwarn {2}processes +No process is alive\n +→ Start one with the role dispatch/);
    expect(shown.out).toMatch(/\n\n0 FAIL, \d warn, \d+ ok\n$/);

    const failing = await runCli(['doctor', '--json', '--reach', 'http://10.0.0.1/'], { env });
    const said = JSON.parse(failing.out) as { fail: number; findings: Finding[] };
    expect([failing.code, said.fail]).toEqual([1, 1]);
    expect(said.findings.find(({ state }) => state === 'fail')).toMatchObject({
      check: 'reach',
      says: expect.stringContaining('forbidden_address: '),
      todo: expect.stringContaining('egress.allow'),
    });
  });

  it('is misused by what it does not know', async () => {
    const { code, err } = await runCli(['doctor', 'now']);
    expect([code, err]).toEqual([2, expect.stringMatching(/hooktide doctor --help says more\.\n$/)]);
    expect((await runCli(['doctor', '--help'])).out).toContain('Usage: hooktide doctor');
  });

  it('begins with the config, and ends there where that is bad', async () => {
    const findings = await look(database.url, { env: { SECRETS_KEYS: 'short', SERVER_PORT: '1' } });
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual(['config fail']);
    expect((await look(null, { env: { SERVER_PORT: 'x' } })).map(({ check }) => check)).toEqual(['config']);
  });

  it('has little to look at where the config names no database, and none runs', async () => {
    const findings = await look(null, { env: { DATABASE_DATA_DIR: `/tmp/${randomUUID()}` } });
    expect(of(findings, 'database')).toContain('is not made yet');
    expect(findings.every(({ state }) => state === 'ok')).toBe(true);
  });
});

it('looks at the embedded Postgres while that runs, and starts it not', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hooktide-doctor-'));
  // Where root has to run Postgres as another user, that one must get through.
  await chmod(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } });
  await migrate(postgres.url);
  const env = { DATABASE_DATA_DIR: dataDir };
  const running = await look(null, { env });
  expect(of(running, 'database')).toMatch(/^ok: 127\.0\.0\.1:\d+, database hooktide as hooktide, without TLS$/);
  expect(of(running, 'schema')).toBe('ok: It is the one of this build');
  await postgres.stop();
  expect(of(await look(null, { env }), 'database')).toMatch(/^ok: The embedded Postgres in \S+ does not run: a start/);
  await rm(dataDir, { recursive: true });
});

const changed = (change: (url: URL) => void): string => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};

const stranger = (): string =>
  changed((url) => {
    url.username = 'stranger';
    url.password = canary('wrong');
  });

describe('a database that is not reached', () => {
  it.each<[string, () => string, RegExp]>([
    ['its name is not found', () => changed((url) => (url.hostname = 'nowhere.invalid')), /^fail: nowhere.invalid:/],
    ['no connection is made', () => changed((url) => (url.port = '9')), /ECONNREFUSED/],
    ['the TLS handshake fails', () => changed((url) => (url.search = '?sslmode=require')), /does not support SSL/],
    // A server that trusts everybody knows no wrong password, but whom it doesn't know.
    ['it lets this user not in', stranger, /authentication failed|"stranger" does not exist/],
    ['it does not open this database', () => databaseUrl(database.url, 'nowhere'), /"nowhere" does not exist/],
  ])('says that %s', async (what, url, detail) => {
    const findings = await look(url());
    expect(of(findings, 'database')).toMatch(detail);
    expect(of(findings, 'database')).toContain(what);
    expect(findings.some(({ check }) => check === 'schema')).toBe(false);
  });

  it('may be the replica that look-ups go to', async () => {
    const reached = await look(database.url, { env: { DATABASE_REPLICA_URL: database.url } });
    expect(of(reached, 'replica')).toMatch(/^ok: \S+ is reached$/);
    const away = await look(database.url, { env: { DATABASE_REPLICA_URL: changed((url) => (url.port = '9')) } });
    expect([of(away, 'database').slice(0, 3), of(away, 'replica')]).toEqual([
      'ok:',
      expect.stringMatching(/^fail: .*no connection is made \(.*ECONNREFUSED/),
    ]);
  });

  it('says where somebody else than a Postgres answers', async () => {
    const other = await startSocketServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const findings = await look(`postgres://u:p@127.0.0.1:${other.port}/x`);
    expect(of(findings, 'database')).toContain('does not answer as a Postgres');
  });
});

describe('a database', () => {
  it('that nobody has migrated is told of, and not changed', async () => {
    const empty = await createEmptyDatabase();
    const mine = await look(empty.url);
    expect(of(mine, 'schema')).toBe('warn: Nothing is there yet');
    const theirs = await look(empty.url, { env: { DATABASE_MIGRATE_AT_START: 'false' } });
    expect(of(theirs, 'schema')).toBe('fail: Nothing is there yet, and database.migrateAtStart is false');
    expect(of(theirs, 'queue')).toBe('');
    const client = new pg.Client({ connectionString: empty.url });
    await client.connect();
    const { rows } = await client.query(`SELECT to_regnamespace('hooktide') IS NULL AS "isEmpty"`);
    await client.end();
    expect(rows).toEqual([{ isEmpty: true }]);
    await empty.drop();
  });

  it('gives a user rights, or not', async () => {
    const own = await createEmptyDatabase();
    const role = await createRole(canary('password'));
    const url = role.urlOf(own.url);
    const rights = async () => of(await look(url, { env: { DATABASE_MIGRATE_AT_START: 'false' } }), 'rights');
    expect(await rights()).toBe(`fail: ${role.name} may not make the schema hooktide`);
    await migrate(own.url);
    expect(await rights()).toBe(`fail: ${role.name} may not use the schema hooktide`);
    await query(own.url, `GRANT USAGE ON SCHEMA hooktide TO ${role.name}`);
    expect(await rights()).toMatch(/^fail: \S+ may not use audit, .+ more$/);
    await query(
      own.url,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hooktide TO ${role.name};
       GRANT USAGE ON ALL SEQUENCES IN SCHEMA hooktide TO ${role.name}`,
    );
    expect(await rights()).toMatch(/^fail: \S+ may not use \w+\(\), .+ more$/);
    await query(own.url, `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hooktide TO ${role.name}`);
    expect(await rights()).toMatch(/^ok: \S+ may use all tables; somebody else changes them/);
    expect(of(await look(url), 'rights')).toMatch(/^warn: \S+ may use all tables, but owns not all: /);
    await query(own.url, `DROP OWNED BY ${role.name}`);
    await role.drop();
    await own.drop();
  });

  it('behind a pooler that lends connections for a transaction is no good', async () => {
    const pooler = await startPooler(database.url);
    const findings = await look(pooler.url);
    await pooler.stop();
    expect(of(findings, 'sessions')).toBe(
      "fail: A pooler lends connections for one transaction each: what doesn't work is settings at the connect, SET, prepared statements, advisory locks, LISTEN and NOTIFY",
    );
    expect(of(await look(database.url), 'sessions')).toMatch(/^ok: /);
  });

  it('may have settings that hurt, be read-only, and hold an old snapshot', async () => {
    const own = await createTestDatabase();
    const name = new URL(own.url).pathname.slice(1);
    await query(own.url, `ALTER DATABASE ${name} SET statement_timeout = '30s'`);
    await query(own.url, `ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`);
    const holder = new pg.Client({ connectionString: own.url, application_name: 'report' });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1');
    const findings = await look(own.url);
    expect(of(findings, 'settings')).toContain('statement_timeout is 30000 ms, which is short');
    expect(of(findings, 'settings')).toContain('default_transaction_isolation is not read committed');
    expect(of(findings, 'transactions')).toMatch(/^ok: The oldest, process \d+ of \S+ \(report\), holds its snapshot/);
    await holder.end();
    await query(own.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    expect(of(await look(own.url), 'writes')).toBe('fail: Transactions are read-only by default');
    await own.drop();
  });
});

describe('a Hooktide', () => {
  let hooktide: Hooktide;
  let own: TestDatabase;
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    own = await createTestDatabase();
    hooktide = await startHooktide({ database: own, env });
  };
  afterEach(async () => {
    await hooktide.stop();
    await own.drop();
  });

  it('that works is found, with what it has in its hands', async () => {
    const key = newKey();
    await start({ SECRETS_KEYS: key });
    const headers = { 'X-Key': canary('key') };
    await hooktide.api('POST', '/api/webhooks', { id: 'w', type: 'TASK', uri: 'http://127.0.0.1:9/', headers });
    const findings = await look(own.url, { env: { EGRESS_ALLOW: '127.0.0.0/8', SECRETS_KEYS: key } });
    expect(of(findings, 'processes')).toMatch(
      /^ok: 1 alive \(\S+\), of which 1 dispatch; they hold 0 lanes, heard of \d s ago$/,
    );
    expect(of(findings, 'connections')).toMatch(/^ok: 1 process with 21 each take up to 21 of \d+/);
    expect(of(findings, 'queue')).toBe('ok: Nothing waits; 0 dead letters in a day');
    expect(of(findings, 'webhooks')).toBe('ok: 1 registered, 0 paused, 0 disabled, 0 failing');
    expect(of(findings, 'keys')).toBe('ok: All 1 that are sealed can be opened');
    expect(of(findings, 'receivers')).toBe('ok: 1 webhooks lead to 0 names, all of which are found and allowed');
  });

  it('with other keys than these has secrets that do not open here', async () => {
    await start({ SECRETS_KEYS: newKey() });
    const headers = { 'X-Key': canary('key') };
    for (const id of ['a', 'b']) {
      await hooktide.api('POST', '/api/webhooks', { id, type: 'TASK', uri: 'http://127.0.0.1:9/', headers });
    }
    expect(of(await look(own.url, { env: { SECRETS_KEYS: newKey() } }), 'keys')).toMatch(
      /^fail: Of 2 that are sealed 2 can't be opened \(a, b\): the key [\da-f]{12} that it was sealed by is not in secrets\.keysFile$/,
    );
    expect(of(await look(own.url), 'keys')).toContain('there is no key');
  });

  it('whose receivers fail, lead nowhere or where they must not shows them', async () => {
    await start({ EGRESS_ALLOW: '127.0.0.0/8,10.0.0.0/8' });
    const receiver = await startReceiver((response) => response.writeHead(500).end());
    await hooktide.register(receiver.url, 'TASK', 'bad');
    await hooktide.register('http://nowhere.invalid/', 'DEPLOY', 'lost');
    await hooktide.register('http://10.0.0.1/', 'DEPLOY', 'inner');
    await hooktide.sql(
      `UPDATE hooktide.lane SET failing_since = now(), failed_subjects = '{a,b}' WHERE webhook_id = 'bad'`,
    );
    await hooktide.sql(`UPDATE hooktide.webhook SET disabled_at = now() WHERE id = 'inner'`);
    const findings = await look(own.url, { env: { EGRESS_ALLOW: '127.0.0.0/8' } });
    expect(of(findings, 'webhooks')).toBe('warn: 3 registered, 0 paused, 1 disabled, 1 failing');
    expect(of(findings, 'receivers')).toBe('warn: 2 webhooks lead to 1 names: lost: nowhere.invalid has no address');
    await hooktide.sql(`UPDATE hooktide.webhook SET disabled_at = NULL WHERE id = 'inner'`);
    expect(of(await look(own.url), 'receivers')).toMatch(/inner: The host is 10\.0\.0\.1, which egress refuses: /);
  });

  it('that has stopped, with deliveries that wait, is missed', async () => {
    await start({ ROLES: 'api' });
    await hooktide.register('http://127.0.0.1:9/', 'REQUEST', 'w');
    await hooktide.post({ type: 'REQUEST', payload: { request: { id: 'r' }, eventType: 'CREATED', createdAt: 1 } });
    const findings = await look(own.url);
    expect(of(findings, 'processes')).toBe('fail: 1 alive, but none dispatches, and deliveries wait');
    expect(of(findings, 'queue')).toMatch(/^(ok|warn): The oldest that waits, for w, does so for /);
  });

  it('gets to a webhook with the TLS settings and the narrowing of that', async () => {
    const key = newKey();
    await start({ SECRETS_KEYS: key });
    const receiver = await startTlsReceiver();
    const uri = `https://localhost:${receiver.port}/`;
    const tls = { ca: pem('authority') };
    await hooktide.api('POST', '/api/webhooks', { id: 'trusting', type: 'TASK', uri, tls });
    await hooktide.register(uri, 'TASK', 'plain');
    await hooktide.register(uri, 'TASK', 'narrow');
    await hooktide.sql(`UPDATE hooktide.webhook SET only_to = '{203.0.113.7}' WHERE id = 'narrow'`);
    const env = { EGRESS_ALLOW: '127.0.0.0/8,::1', SECRETS_KEYS: key };
    const webhookIds = ['trusting', 'plain', 'narrow', 'nobody'];
    const [trusting, plain, narrow, nobody] = all(await look(own.url, { env, webhookIds }), 'reach');
    expect(trusting).toMatch(/^ok: trusting: localhost:\d+ is reached \(dns \d+ ms, connect \d+ ms, tls \d+ ms\)$/);
    expect(plain).toMatch(/^fail: plain: tls: The TLS handshake with localhost:\d+ failed \(.+\) \(dns/);
    expect(narrow).toMatch(/^fail: narrow: forbidden_address: .*not named by the webhook's onlyTo/);
    expect(nobody).toBe('fail: There is no webhook with the id nobody');
    // Nothing was asked of it.
    expect(receiver.requests).toEqual([]);
  });
});

describe('the way out', () => {
  it.each([
    ['http://10.0.0.1/', /^fail: the uri: forbidden_address: /],
    ['http://169.254.169.254/latest', /^fail: the uri: forbidden_address: .*metadata/],
    ['http://127.0.0.1:9/', /^fail: the uri: connection_refused: Nobody listens at 127\.0\.0\.1:9/],
    ['http://nowhere.invalid/', /^fail: the uri: dns: /],
    ['ftp://example.com/', /^fail: the uri: bad_uri: The uri is not absolute/],
    [`http://me:${canary('userinfo')}@127.0.0.1/`, /^fail: the uri: bad_uri: The uri holds credentials/],
  ])('to %s', async (uri, said) => {
    expect(of(await look(database.url, { env: { EGRESS_ALLOW: '127.0.0.0/8' }, uris: [uri] }), 'reach')).toMatch(said);
  });

  it('is judged as wide where the config allows all', async () => {
    expect(of(await look(database.url, { env: { EGRESS_ALLOW: '0.0.0.0/0' } }), 'egress')).toMatch(/^warn: /);
    expect(of(await look(database.url, { env: { EGRESS_ALLOW: '10.0.0.0/8', EGRESS_PORTS: '443' } }), 'egress')).toBe(
      'ok: public addresses, and 10.0.0.0/8; ports 443 only',
    );
  });

  it('may lead through a proxy, which answers or not', async () => {
    const password = canary('proxy');
    const nowhere = 'HTTP/1.1 502 Bad Gateway\r\n\r\n';
    const proxy = await startForwardProxy((socket, target, request) =>
      target === '192.0.2.1:443' ? socket.end(nowhere) : connects(socket, target, request),
    );
    const receiver = await startReceiver();
    const env = { EGRESS_ALLOW: '127.0.0.0/8', EGRESS_PROXY: proxy.url.replace('//', `//me:${password}@`) };
    const uris = [receiver.url];
    const good = await look(database.url, { env, uris });
    expect(of(good, 'proxy')).toMatch(/^ok: 127\.0\.0\.1:\d+ answers$/);
    expect(of(good, 'reach')).toMatch(/^ok: /);
    expect(proxy.asked).toEqual(['192.0.2.1:443', new URL(receiver.url).host]);
    const refusing = await startForwardProxy((socket) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
    );
    const refused = await look(database.url, { env: { EGRESS_PROXY: refusing.url } });
    expect(of(refused, 'proxy')).toContain('fail: The forward proxy 127.0.0.1');
    expect(of(refused, 'proxy')).toContain('407');
    const away = await look(database.url, { env: { EGRESS_PROXY: 'http://127.0.0.1:9' } });
    expect(of(away, 'proxy')).toContain("can't be reached (ECONNREFUSED)");
  });
});

describe('SNS', () => {
  it('is not looked at where it is not configured', async () => {
    expect(all(await look(database.url), 'aws')).toEqual([]);
  });

  it('has topics, or none yet, and is neither published to nor changed', async () => {
    const sns = await startSns();
    const env = snsEnv(sns);
    const before = await look(database.url, { env });
    expect(of(before, 'aws')).toBe('ok: the access key AKIATEST, from webhookQueue.awsAccessKey; region eu-west-1');
    expect(all(before, 'topic').length).toBeGreaterThanOrEqual(5);
    expect(all(before, 'topic')[0]).toMatch(
      /^warn: sns:singularity-\w+-updates: there is no topic .+ yet: the first update/,
    );
    expect([...new Set(sns.calls.map(({ action }) => action))]).toEqual(['ListTopics']);

    const body = new URLSearchParams({
      Action: 'CreateTopic',
      Name: 'singularity-task-updates',
      Version: '2010-03-31',
    });
    const made = await (await fetch(sns.serverUrl(), { method: 'POST', body })).text();
    const arn = /<TopicArn>(.+)<\/TopicArn>/.exec(made)![1]!;
    const task = (findings: Finding[]) => all(findings, 'topic').find((line) => line.includes('task-updates'));
    expect(task(await look(database.url, { env }))).toBe(
      `ok: sns:singularity-task-updates: ${arn}: 0 confirmed subscriptions`,
    );
    const byArn = { ...env, WEBHOOK_QUEUE_SNS_TOPICS_TASK: arn };
    expect(task(await look(database.url, { env: byArn }))).toBe(`ok: ${arn}: ${arn}: 0 confirmed subscriptions`);
    const gone = { ...env, WEBHOOK_QUEUE_SNS_TOPICS_TASK: arn.replace('task-updates', 'gone-task-updates') };
    expect(task(await look(database.url, { env: gone }))).toMatch(/^fail: .*There is no topic /);
  });

  it('may lack a right, which is named', async () => {
    const sns = await startSns();
    const env = { ...snsEnv(sns), WEBHOOK_QUEUE_SNS_TOPICS_TASK: 'arn:aws:sns:eu-west-1:123456789012:tasks' };
    sns.next(answers(403, 'AuthorizationError'), 'GetTopicAttributes');
    sns.next(answers(403, 'AuthorizationError'), 'ListTopics');
    const topics = all(await look(database.url, { env }), 'topic');
    expect(topics.filter((line) => line.includes('lack'))).toEqual([
      expect.stringMatching(/^warn: sns:.+: The credentials lack sns:ListTopics on the topic singularity-/),
      expect.stringMatching(/^warn: arn:.+: The credentials lack sns:GetTopicAttributes on arn:/),
    ]);
  });

  it('has no credentials where none are found', async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    const env = { WEBHOOK_QUEUE_QUEUE_TYPE: 'SNS', WEBHOOK_QUEUE_AWS_ENDPOINT: 'http://127.0.0.1:9' };
    const findings = await look(database.url, { env });
    expect([of(findings, 'aws'), all(findings, 'topic')]).toEqual([
      expect.stringMatching(/^fail: There are no AWS credentials/),
      [],
    ]);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush');
    expect(of(await look(database.url, { env }), 'aws')).toContain('variables of the environment');
    vi.unstubAllEnvs();
  });
});
