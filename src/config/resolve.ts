import { resolve as absolute } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { Config, HookSlingerConfig, WebhookQueueConfig } from './config.js';
import { egressOf } from './egress.js';
import { readPath } from './json-path.js';
import { jwtIssuersOf } from './jwt.js';
import { isAddress, isPostgresUrlOrNull, isTokenOrNull } from './rules.js';
import { Secret } from './secret.js';
import { readSecret, refusal, type OriginOf } from './secret-file.js';
import type { Settings } from './settings.dto.js';
import { tracingOf } from './tracing.js';

/**
 * Turns checked settings into what the process runs with: reads secrets, makes paths absolute, decides who may call.
 * @throws ConfigError on a secret that can't be read and on keys that contradict each other
 */
export function resolve(settings: Settings, originOf: OriginOf, cwd: string): Config {
  const { server, database, auth, egress, redact, secrets, signing, hookSlinger, tracing, webhookQueue, ...rest } =
    settings;
  const { host, port, contextPath, corsOrigins, drainMillis } = server;
  const { env, names, paths } = redact;
  return {
    ...rest,
    server: { host, port, contextPath: contextPath === '/' ? '' : contextPath, corsOrigins, drainMillis },
    database: {
      url: postgresUrl('url', database, originOf, cwd),
      replicaUrl: postgresUrl('replicaUrl', database, originOf, cwd),
      dataDir: absolute(cwd, database.dataDir),
      maxConnections: database.maxConnections,
      migrateAtStart: database.migrateAtStart,
    },
    auth: authOf(auth, host, originOf, cwd),
    egress: egressOf(egress, originOf, cwd),
    redact: { env, names, paths: paths.map((path) => readPath(path) ?? []) },
    secrets: { keys: keysOf('secrets', secrets, originOf, cwd) },
    signing: {
      byDefault: signing.byDefault,
      overlapHours: signing.overlapHours,
      keys: keysOf('signing', signing, originOf, cwd),
    },
    hookSlinger: hookSlingerOf(hookSlinger, originOf, cwd),
    tracing: tracingOf(tracing, originOf, cwd),
    webhookQueue: webhookQueueOf(webhookQueue, originOf, cwd),
  };
}

/** The token that Hook Slinger comes with (its contract, §3). It looks like a digest, and is the secret itself. */
const PUBLIC_TOKEN = '$5$1O/inyTZhNvFt.GW$Zfckz9OL.lm2wh3IewTm8YJ914wjz5txFnXG5XW.wb4';

function hookSlingerOf(
  { apiToken, apiTokenFile, successStatus, ...rest }: Settings['hookSlinger'],
  originOf: OriginOf,
  cwd: string,
): HookSlingerConfig {
  const [given, file] = ['hookSlinger.apiToken', 'hookSlinger.apiTokenFile'] as const;
  if (apiToken !== null && apiTokenFile !== null) {
    const reason = `${given} and ${file} are both given: write one of them.`;
    throw refusal(file, `${originOf(given)} and ${originOf(file)}`, reason);
  }
  const key = apiTokenFile === null ? given : file;
  const token = apiTokenFile === null ? apiToken : readSecret(file, apiTokenFile, originOf, cwd);
  if (!isTokenOrNull(token)) {
    const reason = `${file} names ${apiTokenFile}, whose token can't be sent in a header: write one line of ASCII into it.`;
    throw refusal(file, originOf(file), reason);
  }
  if (token === PUBLIC_TOKEN) {
    const reason = `${key} is the token that Hook Slinger comes with, which everybody knows: write another one, for its clients too.`;
    throw refusal(key, originOf(key), reason);
  }
  return {
    ...rest,
    successStatus: successStatus === null ? null : Number(successStatus),
    token: token === null ? null : new Secret(token),
  };
}

function keysOf(
  section: 'secrets' | 'signing',
  { keys, keysFile }: { keys: string | null; keysFile: string | null },
  originOf: OriginOf,
  cwd: string,
): Secret | null {
  const [given, file] = [`${section}.keys`, `${section}.keysFile`];
  if (keys !== null && keysFile !== null) {
    const reason = `${given} and ${file} are both given: write one of them.`;
    throw refusal(file, `${originOf(given)} and ${originOf(file)}`, reason);
  }
  const text = keysFile === null ? keys : readSecret(file, keysFile, originOf, cwd);
  return text === null ? null : new Secret(text);
}

function webhookQueueOf(
  { awsAccessKey, awsSecretKey, awsSecretKeyFile, ...rest }: Settings['webhookQueue'],
  originOf: OriginOf,
  cwd: string,
): WebhookQueueConfig {
  const [given, file, id] = ['awsSecretKey', 'awsSecretKeyFile', 'awsAccessKey'].map((key) => `webhookQueue.${key}`);
  if (awsSecretKey !== null && awsSecretKeyFile !== null) {
    const reason = `${given} and ${file} are both given: write one of them.`;
    throw refusal(file!, `${originOf(given!)} and ${originOf(file!)}`, reason);
  }
  const secret = awsSecretKeyFile === null ? awsSecretKey : readSecret(file!, awsSecretKeyFile, originOf, cwd);
  if ((awsAccessKey === null) !== (secret === null)) {
    const missing = awsAccessKey === null ? id! : given!;
    const reason = `${missing} is missing: write both keys, or neither to use the AWS SDK's own chain.`;
    throw refusal(missing, originOf(missing === id ? given! : id!), reason);
  }
  const awsKeys =
    awsAccessKey === null || secret === null
      ? null
      : { accessKeyId: awsAccessKey, secretAccessKey: new Secret(secret) };
  return { ...rest, awsKeys };
}

function postgresUrl(
  name: 'url' | 'replicaUrl',
  database: Settings['database'],
  originOf: OriginOf,
  cwd: string,
): Secret | null {
  const [given, file] = [`database.${name}`, `database.${name}File`];
  const [url, urlFile] = [database[name], database[`${name}File`]];
  if (urlFile === null) return url === null ? null : new Secret(url);
  if (url !== null) {
    const reason = `${given} and ${file} are both given: write one of them.`;
    throw refusal(file, `${originOf(given)} and ${originOf(file)}`, reason);
  }
  const text = readSecret(file, urlFile, originOf, cwd);
  if (isPostgresUrlOrNull(text)) return new Secret(text);
  const reason = `${file} names ${urlFile}, which holds no url of a Postgres: write postgres://user:password@host:5432/database into it.`;
  throw refusal(file, originOf(file), reason);
}

function authOf(
  { mode, tokenFile, jwt: listed }: Settings['auth'],
  host: string,
  originOf: OriginOf,
  cwd: string,
): Config['auth'] {
  const jwt = jwtIssuersOf(listed, originOf('auth.jwt'), cwd);
  const given = tokenFile !== null ? 'auth.tokenFile' : jwt.length > 0 ? 'auth.jwt' : null;
  if (given !== null && mode === 'none') {
    const where = `${originOf('auth.mode')} and ${originOf(given)}`;
    throw refusal('auth.mode', where, `auth.mode is none although ${given} is given: write one of them.`);
  }
  if (given !== null || mode === 'token') {
    return { mode: 'token', token: tokenFile === null ? null : tokenIn(tokenFile, originOf, cwd), jwt };
  }
  if (mode === null && !isLoopback(host)) {
    const reason =
      `server.host is ${host}, which others can reach, and no token is asked for: write ` +
      'auth.mode: token (HOOKTIDE_AUTH_MODE), auth.tokenFile: <file that holds the token> ' +
      '(HOOKTIDE_AUTH_TOKEN_FILE), or auth.mode: none to let everybody in.';
    throw refusal('auth.tokenFile', originOf('server.host'), reason);
  }
  return { mode: mode ?? 'open', token: null, jwt };
}

function tokenIn(file: string, originOf: OriginOf, cwd: string): Secret {
  const token = readSecret('auth.tokenFile', file, originOf, cwd);
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  const reason = `auth.tokenFile names ${file}, whose token can't be sent in a header: write one line of ASCII without blanks into it.`;
  throw refusal('auth.tokenFile', originOf('auth.tokenFile'), reason);
}

/** Only what is certain to be loopback; any other name may resolve to an address that others reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || (isAddress(host) && ipaddr.process(host).range() === 'loopback');
}
