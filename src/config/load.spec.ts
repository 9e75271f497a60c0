import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.js';

const fixtures = join(import.meta.dirname, '../../test/fixtures/config');
const load = (name: string, env: NodeJS.ProcessEnv = {}) =>
  loadConfig({ HOOKTIDE_CONFIG: `${name}.yaml`, ...env }, fixtures);

function written(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hooktide-config-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('the defaults', () => {
  it('apply where nothing else is written', () => {
    const { config, file, warnings } = loadConfig({}, '/srv');
    expect(config).toMatchObject({
      server: { host: '127.0.0.1', port: 7099, contextPath: '/singularity' },
      roles: ['api', 'dispatch'],
      database: { url: null, dataDir: '/srv/.hooktide', maxConnections: 10 },
      auth: { mode: 'open', token: null, jwt: [] },
      egress: {
        allow: [],
        deny: [],
        ports: null,
        proxy: null,
        proxyResolves: false,
        noProxy: [],
        tls: { ca: null, minVersion: 'TLSv1.2' },
      },
      checkWebhooksEveryMillis: 10_000,
      maxQueuedUpdatesPerWebhook: 50,
      deleteUndeliverableWebhooksAfterHours: 168,
    });
    expect({ file, warnings }).toEqual({ file: null, warnings: [] });
  });

  it.each(['good.empty', 'good.only-comments'])('apply under a file that sets nothing (%s)', (name) => {
    expect(load(name).config).toEqual(loadConfig({}, fixtures).config);
  });

  it('are frozen in depth', () => {
    const { config } = loadConfig({});
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.egress.allow, ['0.0.0.0/0'])).toThrow(TypeError);
  });
});

describe('the layers', () => {
  const cwd = written({ 'my.yaml': 'maxFanOut: 2\nlog: {level: warn}\ndatabase: {url: postgres://file/a}\n' });

  it('are laid one over the other: defaults, file, DATABASE_URL, single keys', () => {
    const env = { HOOKTIDE_CONFIG: 'my.yaml', DATABASE_URL: 'postgres://variable/b', HOOKTIDE_LOG_LEVEL: 'debug' };
    const { config, file } = loadConfig(env, cwd);
    expect(config.maxFanOut).toBe(2);
    expect(config.log).toEqual({ level: 'debug', format: 'auto' });
    expect(config.database.url?.reveal()).toBe('postgres://variable/b');
    expect(file).toBe(join(cwd, 'my.yaml'));
  });

  it('let HOOKTIDE_DATABASE_URL win over DATABASE_URL', () => {
    const env = { DATABASE_URL: 'postgres://a/a', HOOKTIDE_DATABASE_URL: 'postgres://b/b' };
    expect(loadConfig(env).config.database.url?.reveal()).toBe('postgres://b/b');
  });

  it('may use anchors and aliases', () => {
    expect(load('good.aliases').config.http).toMatchObject({ connectTimeoutMillis: 700, totalTimeoutMillis: 700 });
  });

  it.each(['local', 'examples/apart'])('config/%s.yaml is sound', (name) => {
    const folder = written({ token: 't0ken\n', url: 'postgres://hooktide@db/hooktide\n' });
    const root = join(import.meta.dirname, '../..');
    const env: NodeJS.ProcessEnv = { HOOKTIDE_CONFIG: join(root, 'config', `${name}.yaml`) };
    if (name !== 'local') {
      env['HOOKTIDE_AUTH_TOKEN_FILE'] = join(folder, 'token');
      env['HOOKTIDE_DATABASE_URL_FILE'] = join(folder, 'url');
    }
    expect(loadConfig(env, root).warnings).toEqual([]);
  });
});

describe('secrets', () => {
  const cwd = written({ token: '  t0ken\n', url: 'postgres://a:hunter2@db/x\n', empty: ' \n', blank: 'two words' });
  const env = { HOOKTIDE_AUTH_TOKEN_FILE: 'token', HOOKTIDE_DATABASE_URL_FILE: 'url', HOOKTIDE_SERVER_HOST: '0.0.0.0' };

  it('are read from their files, trimmed', () => {
    const { config } = loadConfig(env, cwd);
    expect(config.auth.mode).toBe('token');
    expect(config.auth.token?.reveal()).toBe('t0ken');
    expect(config.database.url?.reveal()).toBe('postgres://a:hunter2@db/x');
  });

  it('print as stars', () => {
    const { config } = loadConfig(env, cwd);
    const prints = [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true }), String(config.auth.token)];
    expect(prints.join()).not.toMatch(/t0ken|hunter2/);
    expect(String(config.auth.token)).toBe('***');
  });

  it.each([
    ['empty', 'which is empty'],
    ['blank', "can't be sent in a header"],
    ['missing', 'no such file'],
    ['.', 'illegal operation on a directory'],
  ])('are refused from a bad file (%s)', (file, reason) => {
    expect(() => loadConfig({ HOOKTIDE_AUTH_TOKEN_FILE: file }, cwd)).toThrow(reason);
  });
});

describe('who may call', () => {
  it('may be said without a token: the database may have some', () => {
    expect(load('good.token-mode').config.auth).toEqual({ mode: 'token', token: null, jwt: [] });
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'])(
    'is everybody on loopback: %s',
    (host) => {
      expect(loadConfig({ HOOKTIDE_SERVER_HOST: host }).config.auth.mode).toBe('open');
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'hooktide.example.com', 'localhost.example.com'])(
    'has to be said beyond loopback: %s',
    (host) => {
      expect(() => loadConfig({ HOOKTIDE_SERVER_HOST: host })).toThrow('auth.tokenFile');
      expect(loadConfig({ HOOKTIDE_SERVER_HOST: host, HOOKTIDE_AUTH_MODE: 'none' }).config.auth.mode).toBe('none');
    },
  );
});

it("takes Singularity's own file, names what it ignores in one warning, and shows no value of it", () => {
  const { config, warnings } = load('good.singularity');
  expect(config.checkWebhooksEveryMillis).toBe(5_000);
  expect(config.webhookQueue.queueType).toBe('POSTGRES');
  expect(config.webhookQueue.snsTopics).toMatchObject({ TASK: 'tasks', REQUEST: 'singularity-request-updates' });
  expect(config.webhookQueue.awsKeys?.secretAccessKey.reveal()).toBe('hunter2');
  expect(warnings).toEqual([
    'good.singularity.yaml:24: webhookQueue.queueType is "ZOOKEEPER" and taken as POSTGRES.',
    'Keys that only Singularity has a use for are ignored: server.type, server.applicationContextPath, ' +
      'server.connector, database.driverClass, database.user, database.password, mesos, zookeeper, logging, ' +
      'auth.enabled, auth.adminGroups, waitForListeners, webhookQueue.maxZkQueuedWebhooksPerParentNode.',
  ]);
});

it('has / as the context path of none', () => {
  expect(loadConfig({ HOOKTIDE_SERVER_CONTEXT_PATH: '/' }).config.server.contextPath).toBe('');
});
