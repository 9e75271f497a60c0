import { expect, it } from 'vitest';
import { loadConfig } from './load.js';
import { variableOf } from './read-env.js';

it.each([
  ['server.port', 'HOOKTIDE_SERVER_PORT'],
  ['database.urlFile', 'HOOKTIDE_DATABASE_URL_FILE'],
  ['checkWebhooksEveryMillis', 'HOOKTIDE_CHECK_WEBHOOKS_EVERY_MILLIS'],
  ['webhookQueue.queueType', 'HOOKTIDE_WEBHOOK_QUEUE_QUEUE_TYPE'],
])('the key %s is the variable %s', (path, name) => {
  expect(variableOf(path)).toBe(name);
});

it('takes numbers, flags, texts and nulls by the type of the key', () => {
  const { config } = loadConfig({
    HOOKTIDE_SERVER_PORT: '0',
    HOOKTIDE_MAX_QUEUED_UPDATES_PER_WEBHOOK: '-1',
    HOOKTIDE_WAKE_ON_ENQUEUE: 'false',
    HOOKTIDE_DATABASE_DATA_DIR: '/data/7',
    HOOKTIDE_AUTH_TOKEN_FILE: 'null',
  });
  expect(config.server.port).toBe(0);
  expect(config.maxQueuedUpdatesPerWebhook).toBe(-1);
  expect(config.wakeOnEnqueue).toBe(false);
  expect(config.database.dataDir).toBe('/data/7');
  expect(config.auth.token).toBeNull();
});

it.each([
  ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ["[10.0.0.0/8, '::1']", ['10.0.0.0/8', '::1']],
  ['10.1.2.3', ['10.1.2.3']],
  ['', []],
])('takes a list written as «%s»', (text, list) => {
  expect(loadConfig({ HOOKTIDE_EGRESS_ALLOW: text }).config.egress.allow).toEqual(list);
});

it.each([
  ['HOOKTIDE_CONFIG', ''],
  ['HOOKTIDE_URL', 'http://localhost:7099'],
  ['HOOKTIDE_TOKEN', 't0ken'],
  ['HOOKTIDE_TEST_DATABASE', 'x'],
  ['DATABASE_URL', ''],
  ['HOOKTIDE_PORT', 'tcp://10.0.0.7:7099'],
  ['HOOKTIDE_SERVER_PORT', 'tcp://10.0.0.7:7099'],
  ['HOOKTIDE_PORT_7099_TCP_ADDR', '10.0.0.7'],
  ['HOOKTIDE_SERVICE_HOST', '10.0.0.7'],
  ['HOOKTIDE_POSTGRES_SERVICE_PORT_HTTP', '5432'],
])('%s=%s is no key: reserved, for tests, or set by Kubernetes for a Service', (name, text) => {
  expect(loadConfig({ [name]: text }).config).toEqual(loadConfig({}).config);
});
