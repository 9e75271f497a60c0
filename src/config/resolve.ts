import { readFileSync } from 'node:fs';
import { resolve as absolute } from 'node:path';
import ipaddr from 'ipaddr.js';
import { ConfigError } from '../errors/errors.js';
import type { Config, HookSlingerConfig, WebhookQueueConfig } from './config.js';
import { isAddress, isPostgresUrlOrNull, isTokenOrNull } from './rules.js';
import { Secret } from './secret.js';
import type { Settings } from './settings.dto.js';
import { reasonOf } from './wording.js';

/** Says where a key was written. */
export type OriginOf = (key: string) => string;

/**
 * Turns checked settings into what the process runs with: reads secrets, makes paths absolute, decides who may call.
 * @throws ConfigError on a secret that can't be read and on keys that contradict each other
 */
export function resolve(settings: Settings, originOf: OriginOf, cwd: string): Config {
  const { server, database, auth, hookSlinger, webhookQueue, ...rest } = settings;
  const { host, port, contextPath } = server;
  return {
    ...rest,
    server: { host, port, contextPath: contextPath === '/' ? '' : contextPath },
    database: {
      url: databaseUrl(database, originOf, cwd),
      dataDir: absolute(cwd, database.dataDir),
      maxConnections: database.maxConnections,
    },
    auth: authOf(auth, host, originOf, cwd),
    hookSlinger: hookSlingerOf(hookSlinger, originOf, cwd),
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

function databaseUrl({ url, urlFile }: Settings['database'], originOf: OriginOf, cwd: string): Secret | null {
  if (urlFile === null) return url === null ? null : new Secret(url);
  if (url !== null) {
    const where = `${originOf('database.url')} and ${originOf('database.urlFile')}`;
    throw refusal('database.urlFile', where, 'database.url and database.urlFile are both given: write one of them.');
  }
  const text = readSecret('database.urlFile', urlFile, originOf, cwd);
  if (isPostgresUrlOrNull(text)) return new Secret(text);
  const reason = `database.urlFile names ${urlFile}, which holds no url of a Postgres: write postgres://user:password@host:5432/database into it.`;
  throw refusal('database.urlFile', originOf('database.urlFile'), reason);
}

function authOf({ mode, tokenFile }: Settings['auth'], host: string, originOf: OriginOf, cwd: string): Config['auth'] {
  if (tokenFile !== null) {
    if (mode !== 'none') return { mode: 'token', token: tokenIn(tokenFile, originOf, cwd) };
    const where = `${originOf('auth.mode')} and ${originOf('auth.tokenFile')}`;
    throw refusal('auth.mode', where, 'auth.mode is none although auth.tokenFile is given: write one of them.');
  }
  if (mode === 'token') {
    const reason = 'auth.mode is token, but no token is given: write auth.tokenFile: <file that holds the token>.';
    throw refusal('auth.tokenFile', originOf('auth.mode'), reason);
  }
  if (mode === null && !isLoopback(host)) {
    const reason =
      `server.host is ${host}, which others can reach, and no token is asked for: write ` +
      'auth.tokenFile: <file that holds the token> (HOOKTIDE_AUTH_TOKEN_FILE), or ' +
      'auth.mode: none (HOOKTIDE_AUTH_MODE) to let everybody in.';
    throw refusal('auth.tokenFile', originOf('server.host'), reason);
  }
  return { mode: mode ?? 'open', token: null };
}

function tokenIn(file: string, originOf: OriginOf, cwd: string): Secret {
  const token = readSecret('auth.tokenFile', file, originOf, cwd);
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  const reason = `auth.tokenFile names ${file}, whose token can't be sent in a header: write one line of ASCII without blanks into it.`;
  throw refusal('auth.tokenFile', originOf('auth.tokenFile'), reason);
}

function readSecret(key: string, file: string, originOf: OriginOf, cwd: string): string {
  let text: string;
  try {
    text = readFileSync(absolute(cwd, file), 'utf8').trim();
  } catch (cause) {
    throw refusal(key, originOf(key), `${key} names a file that can't be read (${reasonOf(cause)}).`, cause);
  }
  if (text !== '') return text;
  throw refusal(key, originOf(key), `${key} names ${file}, which is empty: write the secret into it.`);
}

/** Only what is certain to be loopback; any other name may resolve to an address that others reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || (isAddress(host) && ipaddr.process(host).range() === 'loopback');
}

const refusal = (key: string, origin: string, message: string, cause?: unknown): ConfigError =>
  new ConfigError(key, `${origin}: ${message}`, { cause });
