import { readFileSync } from 'node:fs';
import { resolve as absolute } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from '../errors/errors.js';
import { type Problem, refuse, type Setting } from './setting.js';
import { reasonOf, show } from './wording.js';

/** What the variables of Hook Slinger (its contract, §3) say of keys. */
export interface HookSlingerEnv {
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
}

/** Of a variable: its name, its text, and where it stands. */
interface Variable {
  readonly name: string;
  readonly text: string;
  readonly origin: string;
}

const ENV_FILE = 'hookSlinger.envFile';
const NEEDLESS = ['QUEUE_NAME', 'WORKER_NAME_PREFIX', 'REDIS_URL'];
/** In milliseconds, they stay below what timers can hold. */
const MOST_SECONDS = 2_147_483;
/** Python's names of levels. */
const LEVELS: Record<string, string> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  WARN: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
};

/** What a variable's text says, or what to write instead. */
type Reader = (text: string) => { value: unknown } | { write: string };

const whole =
  (unit: string, [min, max]: readonly [number, number], factor: number): Reader =>
  (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    const write = `write a whole number of ${unit} from ${min} to ${max}`;
    return number >= min && number <= max ? { value: number * factor } : { write };
  };
const retries: Reader = (text) =>
  text === '0'
    ? { write: 'write at least 1, without which Hook Slinger took no message' }
    : whole('retries', [1, 10_000], 1)(text);

const KEYS: Record<string, { path: string; read: Reader }> = {
  API_TOKEN: { path: 'hookSlinger.apiToken', read: (value) => ({ value }) },
  MAX_RETRIES: { path: 'hookSlinger.maxRetries', read: retries },
  INTERVAL: { path: 'hookSlinger.intervalMillis', read: whole('seconds', [0, MOST_SECONDS], 1_000) },
  HTTP_TIMEOUT: { path: 'hookSlinger.httpTimeoutMillis', read: whole('seconds', [1, MOST_SECONDS], 1_000) },
  LOG_LEVEL: {
    path: 'log.level',
    read: (text) => {
      const value = LEVELS[text.toUpperCase()];
      return value === undefined ? { write: `write one of ${Object.keys(LEVELS).join(', ')}` } : { value };
    },
  },
};

/**
 * Reads the variables that Hook Slinger reads, from the environment and from the file that `hookSlinger.envFile` names;
 * the environment wins. Without such a file they count only where API_TOKEN is set: names such as LOG_LEVEL are
 * anybody's.
 * @param settings what names the file, the later over the earlier
 * @throws ConfigError on a file that can't be read, and on values that can't be taken
 */
export function readHookSlingerEnv(env: NodeJS.ProcessEnv, settings: readonly Setting[], cwd: string): HookSlingerEnv {
  const fromFile = variablesOfFile(
    settings.findLast(({ path }) => path === ENV_FILE),
    cwd,
  );
  const known = [...Object.keys(KEYS), ...NEEDLESS];
  const variables = known.flatMap((name): Variable[] => {
    const text = env[name]?.trim();
    if (text) return [{ name, text, origin: name }];
    return fromFile?.filter((variable) => variable.name === name) ?? [];
  });
  if (fromFile === null && !variables.some(({ name }) => name === 'API_TOKEN')) return { settings: [], warnings: [] };
  return { settings: toSettings(variables), warnings: warningsOf(variables) };
}

/** Null: no file is named. What is named by something else than a text, the rule of the key refuses. */
function variablesOfFile(named: Setting | undefined, cwd: string): Variable[] | null {
  if (typeof named?.value !== 'string' || named.value.trim() === '') return null;
  try {
    const variables = Object.entries(parseEnv(readFileSync(absolute(cwd, named.value), 'utf8')));
    return variables.flatMap(([name, value]) => {
      const text = value?.trim() ?? '';
      return text === '' ? [] : [{ name, text, origin: `${name} in ${named.value as string}` }];
    });
  } catch (cause) {
    const message = `${named.origin}: ${ENV_FILE} names a file that can't be read (${reasonOf(cause)}).`;
    throw new ConfigError(ENV_FILE, message, { cause });
  }
}

function toSettings(variables: readonly Variable[]): Setting[] {
  const problems: Problem[] = [];
  const settings = variables.flatMap(({ name, text, origin }): Setting[] => {
    const key = KEYS[name];
    if (key === undefined) return [];
    const read = key.read(text);
    if ('value' in read) return [{ path: key.path, value: read.value, origin }];
    problems.push({ key: key.path, origin, message: `${name} is ${show(text)}: ${read.write}.` });
    return [];
  });
  refuse(problems);
  return settings;
}

function warningsOf(variables: readonly Variable[]): string[] {
  const needless = variables.filter(({ name }) => NEEDLESS.includes(name)).map(({ name }) => name);
  if (needless.length === 0) return [];
  return [`Variables of Hook Slinger that Hooktide has no use for are ignored: ${needless.join(', ')}.`];
}
