import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LoadedConfig } from './config.js';
import { loadConfig } from './load.js';

/** As Hook Slinger comes with it, but for the token. */
const ENV_FILE = `# Sample env.

# Webhook post timeout in seconds.
HTTP_TIMEOUT="31"
REDIS_URL="redis://redis:6380/1"

# API token, SHA-256 key.
API_TOKEN='$5$of-the-file#1'

MAX_RETRIES="4"
INTERVAL="6"
QUEUE_NAME="webhook_queue"
WORKER_NAME_PREFIX="webhook_queue_consumer"
LOG_LEVEL="WARNING"
`;
const PUBLIC_TOKEN = '$5$1O/inyTZhNvFt.GW$Zfckz9OL.lm2wh3IewTm8YJ914wjz5txFnXG5XW.wb4';
const cwd = mkdtempSync(join(tmpdir(), 'hooktide-config-'));
writeFileSync(join(cwd, '.env'), ENV_FILE);
writeFileSync(join(cwd, 'no-token.env'), 'MAX_RETRIES=9\nINTERVAL=\n');
writeFileSync(join(cwd, 'bad.env'), 'API_TOKEN=x\nINTERVAL=5s\n');
writeFileSync(join(cwd, 'public.env'), `API_TOKEN='${PUBLIC_TOKEN}'\n`);
writeFileSync(join(cwd, 'token'), 'in-a-file\n');
writeFileSync(join(cwd, 'my.yaml'), 'hookSlinger: {maxRetries: 7, intervalMillis: 1}\nlog: {level: error}\n');

const saying = ({ config: { hookSlinger, log } }: LoadedConfig) => [
  hookSlinger.token?.reveal(),
  hookSlinger.maxRetries,
  hookSlinger.intervalMillis,
  hookSlinger.httpTimeoutMillis,
  log.level,
];
const DEFAULTS = [undefined, 3, 5_000, 30_000, 'info'];

it.each<[what: string, env: NodeJS.ProcessEnv, said: unknown[]]>([
  ['say nothing where they are not set', {}, DEFAULTS],
  [
    'are understood with API_TOKEN',
    { API_TOKEN: 't', MAX_RETRIES: '1', INTERVAL: '0', HTTP_TIMEOUT: '3', LOG_LEVEL: 'DEBUG' },
    ['t', 1, 0, 3_000, 'debug'],
  ],
  [
    'are left alone without it: others use such names',
    { MAX_RETRIES: 'x', INTERVAL: '-1', HTTP_TIMEOUT: '', LOG_LEVEL: 'chatty', API_TOKEN: '', REDIS_URL: 'x' },
    DEFAULTS,
  ],
  [
    'stand above the file',
    { HOOKTIDE_CONFIG: 'my.yaml', API_TOKEN: 't', MAX_RETRIES: '2', LOG_LEVEL: 'ERROR' },
    ['t', 2, 1, 30_000, 'error'],
  ],
  [
    'stand below those of Hooktide',
    {
      API_TOKEN: 't',
      MAX_RETRIES: '2',
      INTERVAL: '7',
      HOOKTIDE_HOOK_SLINGER_MAX_RETRIES: '8',
      HOOKTIDE_HOOK_SLINGER_API_TOKEN: 'u',
    },
    ['u', 8, 7_000, 30_000, 'info'],
  ],
  [
    'may stand in a file of their own',
    { HOOKTIDE_HOOK_SLINGER_ENV_FILE: '.env' },
    ['$5$of-the-file#1', 4, 6_000, 31_000, 'warn'],
  ],
  [
    'in the environment win over those in the file',
    { HOOKTIDE_HOOK_SLINGER_ENV_FILE: '.env', MAX_RETRIES: '5', API_TOKEN: '' },
    ['$5$of-the-file#1', 5, 6_000, 31_000, 'warn'],
  ],
  [
    'in a file count without a token, too, which may be in another file',
    { HOOKTIDE_HOOK_SLINGER_ENV_FILE: 'no-token.env', HOOKTIDE_HOOK_SLINGER_API_TOKEN_FILE: 'token' },
    ['in-a-file', 9, 5_000, 30_000, 'info'],
  ],
  ["name Python's levels: CRITICAL", { API_TOKEN: 't', LOG_LEVEL: 'critical' }, ['t', 3, 5_000, 30_000, 'error']],
])("Hook Slinger's variables %s", (_, env, said) => {
  expect(saying(loadConfig(env, cwd))).toEqual(said);
});

it.each([
  ['', null],
  ['null', null],
  ['200', 200],
  ['204', 204],
])('the one status that counts may be a variable, too: «%s»', (text, status) => {
  const { config } = loadConfig({ HOOKTIDE_HOOK_SLINGER_SUCCESS_STATUS: text }, cwd);
  expect(config.hookSlinger.successStatus).toBe(status);
});

it('those that nobody needs any more are named in one warning', () => {
  const { warnings } = loadConfig({ HOOKTIDE_HOOK_SLINGER_ENV_FILE: '.env' }, cwd);
  expect(warnings).toEqual([
    'Variables of Hook Slinger that Hooktide has no use for are ignored: QUEUE_NAME, WORKER_NAME_PREFIX, REDIS_URL.',
  ]);
  expect(loadConfig({ REDIS_URL: 'redis://elsewhere', QUEUE_NAME: 'x' }, cwd).warnings).toEqual([]);
});

it.each<[env: NodeJS.ProcessEnv, key: string, message: string]>([
  [{ MAX_RETRIES: '0' }, 'hookSlinger.maxRetries', 'MAX_RETRIES: MAX_RETRIES is "0": write at least 1, without which Hook Slinger took no message.'], // prettier-ignore
  [{ MAX_RETRIES: '1.5' }, 'hookSlinger.maxRetries', 'MAX_RETRIES: MAX_RETRIES is "1.5": write a whole number of retries from 1 to 10000.'], // prettier-ignore
  [{ INTERVAL: '-1' }, 'hookSlinger.intervalMillis', 'INTERVAL: INTERVAL is "-1": write a whole number of seconds from 0 to 2147483.'], // prettier-ignore
  [{ HTTP_TIMEOUT: '0' }, 'hookSlinger.httpTimeoutMillis', 'HTTP_TIMEOUT: HTTP_TIMEOUT is "0": write a whole number of seconds from 1 to 2147483.'], // prettier-ignore
  [{ LOG_LEVEL: 'chatty' }, 'log.level', 'LOG_LEVEL: LOG_LEVEL is "chatty": write one of DEBUG, INFO, WARNING, WARN, ERROR, CRITICAL, FATAL.'], // prettier-ignore
  [{ API_TOKEN: 'é' }, 'hookSlinger.apiToken', 'API_TOKEN: hookSlinger.apiToken is of another form (not shown, it may hold a password): write a token of ASCII characters without blanks around it, or null.'], // prettier-ignore
  [{ API_TOKEN: PUBLIC_TOKEN }, 'hookSlinger.apiToken', 'API_TOKEN: hookSlinger.apiToken is the token that Hook Slinger comes with, which everybody knows: write another one, for its clients too.'], // prettier-ignore
  [{ HOOKTIDE_HOOK_SLINGER_API_TOKEN_FILE: 'token' }, 'hookSlinger.apiTokenFile', 'API_TOKEN and HOOKTIDE_HOOK_SLINGER_API_TOKEN_FILE: hookSlinger.apiToken and hookSlinger.apiTokenFile are both given: write one of them.'], // prettier-ignore
  [{ API_TOKEN: '', HOOKTIDE_HOOK_SLINGER_ENV_FILE: 'bad.env' }, 'hookSlinger.intervalMillis', 'INTERVAL in bad.env: INTERVAL is "5s": write a whole number of seconds from 0 to 2147483.'], // prettier-ignore
  [{ API_TOKEN: '', HOOKTIDE_HOOK_SLINGER_ENV_FILE: 'public.env' }, 'hookSlinger.apiToken', 'API_TOKEN in public.env: hookSlinger.apiToken is the token that Hook Slinger comes with, which everybody knows: write another one, for its clients too.'], // prettier-ignore
  [{ HOOKTIDE_HOOK_SLINGER_ENV_FILE: 'no-such.env' }, 'hookSlinger.envFile', `HOOKTIDE_HOOK_SLINGER_ENV_FILE: hookSlinger.envFile names a file that can't be read (ENOENT: no such file or directory, open '${cwd}/no-such.env').`], // prettier-ignore
])('a bad value stops the start, and names its variable: %j', (env, key, message) => {
  const load = () => loadConfig({ API_TOKEN: 't', ...env }, cwd);
  expect(load).toThrow(expect.objectContaining({ code: 'bad_config', key, message }));
});
