import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError } from '../errors/errors.js';
import { loadConfig } from './load.js';

const fixtures = join(import.meta.dirname, '../../test/fixtures/config');

function refusalOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    loadConfig(env, fixtures);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the config was taken');
}

const files: [file: string, key: string, message: string][] = [
  [
    'aws-access-key-alone',
    'webhookQueue.awsSecretKey',
    "aws-access-key-alone.yaml:3: webhookQueue.awsSecretKey is missing: write both keys, or neither to use the AWS SDK's own chain.",
  ],
  [
    'alias-bomb',
    '',
    'alias-bomb.yaml: this is no valid YAML: Excessive alias count indicates a resource exhaustion attack.',
  ],
  [
    'cidr-scalar',
    'egress.allow',
    'cidr-scalar.yaml:2: egress.allow is "10.0.0.0/8": write a list, such as [10.0.0.0/8, hooks.internal].',
  ],
  [
    'cidr-shorthand',
    'egress.deny[0]',
    'cidr-shorthand.yaml:2: egress.deny[0] is "127.1": write an address or a CIDR, such as 10.0.0.0/8, a name, such as hooks.internal or *.example.com, or a port, such as :8443.',
  ],
  [
    'cidr',
    'egress.allow[1]',
    'cidr.yaml:2: egress.allow[1] is "10.0.0.0/33": write an address or a CIDR, such as 10.0.0.0/8, a name, such as hooks.internal or *.example.com, or a port, such as :8443.',
  ],
  [
    'context-path-without-slash',
    'server.contextPath',
    'context-path-without-slash.yaml:2: server.contextPath is "singularity": write a path that begins with / and does not end with one, such as /singularity, or / for none.',
  ],
  [
    'cors-any-origin',
    'server.corsOrigins[0]',
    'cors-any-origin.yaml:2: server.corsOrigins[0] is "*": write an origin as browsers send it, such as https://ops.example.com or http://localhost:8080.',
  ],
  [
    'cors-origin',
    'server.corsOrigins[0]',
    'cors-origin.yaml:2: server.corsOrigins[0] is "https://ops.example.com/": write an origin as browsers send it, such as https://ops.example.com or http://localhost:8080.',
  ],
  [
    'database-url-twice',
    'database.urlFile',
    'database-url-twice.yaml:2 and database-url-twice.yaml:3: database.url and database.urlFile are both given: write one of them.',
  ],
  [
    'database-url',
    'database.url',
    'database-url.yaml:2: database.url is of another form (not shown, it may hold a password): write postgres://user:password@host:5432/database, or null for the embedded Postgres.',
  ],
  [
    'dotted-key',
    '"server.port"',
    'dotted-key.yaml:1: "server.port" is no key of Hooktide. The nearest one is server.port.',
  ],
  ['duplicate-key', '', 'duplicate-key.yaml:4:1: this is no valid YAML: Map keys must be unique.'],
  [
    'duration-with-unit',
    'checkWebhooksEveryMillis',
    'duration-with-unit.yaml:1: checkWebhooksEveryMillis is "10s": write a whole number of milliseconds from 1 to 2147483647.',
  ],
  [
    'egress-ports',
    'egress.ports',
    'egress-ports.yaml:2: egress.ports is a list: write a list of ports, such as [443, 8443], or null for any.',
  ],
  [
    'egress-proxy',
    'egress.proxy',
    'egress-proxy.yaml:2: egress.proxy is of another form (not shown, it may hold a password): write http://user:password@host:3128 or https://…, nothing behind the port, or null.',
  ],
  [
    'egress-proxy-twice',
    'egress.proxyFile',
    'egress-proxy-twice.yaml:2 and egress-proxy-twice.yaml:3: egress.proxy and egress.proxyFile are both given: write one of them.',
  ],
  [
    'egress-tls-authorities',
    'egress.tls.caFile',
    'egress-tls-authorities.yaml:3: egress.tls.caFile names egress-tls-authorities.yaml, which holds no certificates that can be read: write them in PEM, from -----BEGIN CERTIFICATE----- on.',
  ],
  [
    'egress-tls-version',
    'egress.tls.minVersion',
    'egress-tls-version.yaml:3: egress.tls.minVersion is "TLSv1.1": write TLSv1.2 or TLSv1.3.',
  ],
  ['flag-as-text', 'wakeOnEnqueue', 'flag-as-text.yaml:1: wakeOnEnqueue is "yes": write true or false.'],
  [
    'fraction',
    'http.connectTimeoutMillis',
    'fraction.yaml:2: http.connectTimeoutMillis is 1.5: write a whole number of milliseconds from 1 to 2147483647.',
  ],
  [
    'hook-slinger-success-status',
    'hookSlinger.successStatus',
    'hook-slinger-success-status.yaml:2: hookSlinger.successStatus is 404: write a status from 200 to 299, or null for any of them.',
  ],
  [
    'hook-slinger-without-retries',
    'hookSlinger.maxRetries',
    'hook-slinger-without-retries.yaml:2: hookSlinger.maxRetries is 0: write a whole number of retries from 1 to 10000: as in Hook Slinger, there is at least one.',
  ],
  [
    'host-is-url',
    'server.host',
    'host-is-url.yaml:2: server.host is "http://localhost": write an address or a host name, such as 127.0.0.1.',
  ],
  [
    'list-at-top',
    '',
    'list-at-top.yaml:1: the file holds no keys: write "key: value" lines, as config/default.yaml does.',
  ],
  ['log-level', 'log.level', 'log-level.yaml:2: log.level is "INFO": write debug, info, warn or error.'],
  [
    'no-token-beyond-loopback',
    'auth.tokenFile',
    'no-token-beyond-loopback.yaml:2: server.host is 0.0.0.0, which others can reach, and no token is asked for: write auth.mode: token (HOOKTIDE_AUTH_MODE), auth.tokenFile: <file that holds the token> (HOOKTIDE_AUTH_TOKEN_FILE), or auth.mode: none to let everybody in.',
  ],
  [
    'none-with-token',
    'auth.mode',
    'none-with-token.yaml:2 and none-with-token.yaml:3: auth.mode is none although auth.tokenFile is given: write one of them.',
  ],
  ['null-value', 'maxFanOut', 'null-value.yaml:1: maxFanOut is null: write a whole number of deliveries, at least 1.'],
  [
    'poll-below-one',
    'checkWebhooksEveryMillis',
    'poll-below-one.yaml:1: checkWebhooksEveryMillis is 0: write a whole number of milliseconds from 1 to 2147483647.',
  ],
  [
    'port-outside-its-section',
    'port',
    'port-outside-its-section.yaml:1: port is no key of Hooktide. The nearest one is server.port.',
  ],
  [
    'port-too-high',
    'server.port',
    'port-too-high.yaml:2: server.port is 65536: write a port from 0 (any free one) to 65535.',
  ],
  [
    'proto-key',
    '__proto__.port',
    'proto-key.yaml:2: __proto__.port is no key of Hooktide. The nearest one is server.port.\nproto-key.yaml:4: constructor.name is no key of Hooktide. The nearest one is redact.names.',
  ],
  [
    'queue-type-unknown',
    'webhookQueue.queueType',
    'queue-type-unknown.yaml:2: webhookQueue.queueType is "KAFKA": write POSTGRES or SNS.',
  ],
  [
    'quoted-number',
    'maxConcurrentWebhooks',
    'quoted-number.yaml:1: maxConcurrentWebhooks is "100": write a whole number of deliveries, at least 1.',
  ],
  [
    'redact-name',
    'redact.names[1]',
    'redact-name.yaml:2: redact.names[1] is "DB PASSWORD": write a name, or a pattern such as "*TOKEN*".',
  ],
  [
    'redact-path',
    'redact.paths[1]',
    'redact-path.yaml:2: redact.paths[1] is "$.env[?@.secret]": write a path of names, such as $.deploy.command, $..arguments, $.task.offers[*].url or $.a[\'b-c\'][0].',
  ],
  ['roles-empty', 'roles', 'roles-empty.yaml:1: roles is an empty list: write a list, such as [api, dispatch].'],
  ['roles-scalar', 'roles', 'roles-scalar.yaml:1: roles is "api": write a list, such as [api, dispatch].'],
  ['roles-unknown', 'roles[1]', 'roles-unknown.yaml:1: roles[1] is "dispatcher": write api or dispatch.'],
  [
    'scalar-at-top',
    '',
    'scalar-at-top.yaml:1: the file holds no keys: write "key: value" lines, as config/default.yaml does.',
  ],
  [
    'section-as-value',
    'server',
    'section-as-value.yaml:1: server is "127.0.0.1:7099", but it is a section: write its keys below it (host, port, contextPath, corsOrigins, drainMillis).',
  ],
  [
    'singularity-auth-enabled',
    'auth.enabled',
    'singularity-auth-enabled.yaml:2: auth.enabled is how Singularity asks for users and groups, which Hooktide has not: write auth.tokenFile: <file that holds a token> instead.',
  ],
  [
    'syntax',
    '',
    'syntax.yaml:3:1: this is no valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
  ],
  [
    'timeout-beyond-timers',
    'http.totalTimeoutMillis',
    'timeout-beyond-timers.yaml:2: http.totalTimeoutMillis is 3000000000: write a whole number of milliseconds from 1 to 2147483647.',
  ],
  [
    'token-file-missing',
    'auth.tokenFile',
    `token-file-missing.yaml:2: auth.tokenFile names a file that can't be read (ENOENT: no such file or directory, open '${fixtures}/no-such-file').`,
  ],
  ['token-mode-unknown', 'auth.mode', 'token-mode-unknown.yaml:2: auth.mode is "open": write token, none or null.'],
  ['two-documents', '', 'two-documents.yaml:2:1: this is no valid YAML: A second document begins here.'],
  [
    'unknown-key',
    'server.prot',
    'unknown-key.yaml:2: server.prot is no key of Hooktide. The nearest one is server.port.',
  ],
  [
    'unknown-section',
    'sever.host',
    'unknown-section.yaml:3: sever.host is no key of Hooktide. The nearest one is server.host.\nunknown-section.yaml:5: logg.level is no key of Hooktide. The nearest one is log.level.',
  ],
  ['unknown-tag', '', 'unknown-tag.yaml:1:12: this is no valid YAML: Unresolved tag: !limit.'],
  [
    'value-as-empty-section',
    'maxFanOut',
    'value-as-empty-section.yaml:1: maxFanOut is a section: write a whole number of deliveries, at least 1.',
  ],
  [
    'value-as-section',
    'checkWebhooksEveryMillis.millis',
    'value-as-section.yaml:2: checkWebhooksEveryMillis takes one value, no keys below it such as checkWebhooksEveryMillis.millis.',
  ],
];

it.each(files)('%s.yaml is refused', (file, key, message) => {
  const refusal = refusalOf({ HOOKTIDE_CONFIG: `${file}.yaml` });
  expect([refusal.key, refusal.message]).toEqual([key, message]);
});

it('every bad file has its line in the table', () => {
  const bad = readdirSync(fixtures).filter((name) => name.endsWith('.yaml') && !name.startsWith('good.'));
  expect(bad.map((name) => name.replace('.yaml', '')).sort()).toEqual(files.map(([file]) => file).sort());
});

const variables: [name: string, text: string, message: string][] = [
  [
    'HOOKTIDE_SERVER_PRT',
    '1',
    'environment: HOOKTIDE_SERVER_PRT is no variable of Hooktide. The nearest one is HOOKTIDE_SERVER_PORT.',
  ],
  [
    'HOOKTIDE_PORT',
    '1',
    'environment: HOOKTIDE_PORT is no variable of Hooktide. The nearest one is HOOKTIDE_SERVER_PORT.',
  ],
  [
    'HOOKTIDE_SERVER_PORT',
    '1e3',
    'HOOKTIDE_SERVER_PORT: server.port is "1e3": write a port from 0 (any free one) to 65535.',
  ],
  ['HOOKTIDE_SERVER_PORT', '', 'HOOKTIDE_SERVER_PORT: server.port is "": write a port from 0 (any free one) to 65535.'],
  ['HOOKTIDE_WAKE_ON_ENQUEUE', '1', 'HOOKTIDE_WAKE_ON_ENQUEUE: wakeOnEnqueue is "1": write true or false.'],
  [
    'HOOKTIDE_EGRESS_ALLOW',
    '10.0.0.0/8,ten/8',
    'HOOKTIDE_EGRESS_ALLOW: egress.allow[1] is "ten/8": write an address or a CIDR, such as 10.0.0.0/8, a name, such as hooks.internal or *.example.com, or a port, such as :8443.',
  ],
  [
    'HOOKTIDE_EGRESS_ALLOW',
    '[10.0.0.0/8',
    'HOOKTIDE_EGRESS_ALLOW: egress.allow is "[10.0.0.0/8": write a list, such as [10.0.0.0/8, hooks.internal].',
  ],
];

it.each(variables)('%s=%s is refused', (name, text, message) => {
  expect(refusalOf({ [name]: text }).message).toBe(message);
});

it('a url in the place of its file, or of another database, is not shown', () => {
  for (const name of ['DATABASE_URL', 'HOOKTIDE_DATABASE_URL_FILE']) {
    expect(refusalOf({ [name]: 'mysql://root:hunter2@db' }).message).not.toContain('hunter2');
  }
});

it('a config file that is not there is named', () => {
  expect(refusalOf({ HOOKTIDE_CONFIG: '/no/such.yaml' }).message).toMatch(
    /^\/no\/such\.yaml: the config file can't be read/,
  );
});
