import { parse } from 'yaml';
import { nearest } from './nearest.js';
import { type Problem, refuse, type Setting } from './setting.js';

/** Variables that say something else than a key: the config file, and the CLI's server and credential. */
const RESERVED = new Set(['HOOKTIDE_CONFIG', 'HOOKTIDE_URL', 'HOOKTIDE_TOKEN']);

/**
 * Reads `DATABASE_URL` and every `HOOKTIDE_…` variable as settings.
 * @param defaults tell which keys there are, and of which type their values are
 * @throws ConfigError on a `HOOKTIDE_` variable that is no key
 */
export function readEnv(env: NodeJS.ProcessEnv, defaults: readonly Setting[]): Setting[] {
  const byName = new Map(defaults.map((key) => [variableOf(key.path), key]));
  const settings: Setting[] = [];
  const problems: Problem[] = [];
  if (env['DATABASE_URL']) settings.push({ path: 'database.url', value: env['DATABASE_URL'], origin: 'DATABASE_URL' });
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith('HOOKTIDE_') || isSomethingElse(name, text)) continue;
    const key = byName.get(name);
    if (key) settings.push({ path: key.path, value: valueOf(text, key.value), origin: name });
    else problems.push(unknown(name, [...byName.keys()]));
  }
  refuse(problems);
  return settings;
}

/** `server.port` → `HOOKTIDE_SERVER_PORT`. */
export function variableOf(path: string): string {
  return `HOOKTIDE_${path
    .replace(/(?<=[a-z\d])[A-Z]/g, '_$&')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}

function isSomethingElse(name: string, text: string): boolean {
  return RESERVED.has(name) || name.startsWith('HOOKTIDE_TEST_') || isServiceLink(name, text);
}

/**
 * Kubernetes describes every Service of the namespace to every pod: one named `hooktide-server` sets
 * `HOOKTIDE_SERVER_PORT=tcp://10.0.0.7:7099` and some more. Nobody wrote those.
 */
function isServiceLink(name: string, text: string): boolean {
  if (/_SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text);
}

function unknown(name: string, known: readonly string[]): Problem {
  const sameEnd = known.find((other) => other.endsWith(name.replace('HOOKTIDE', '')));
  const message = `${name} is no variable of Hooktide. The nearest one is ${sameEnd ?? nearest(name, known)}.`;
  return { key: name, origin: 'environment', message };
}

/** The text as the type of the key's default; a text that is none stays as it is, for the rule of the key to refuse. */
function valueOf(text: string, standard: unknown): unknown {
  const trimmed = text.trim();
  if (Array.isArray(standard)) return listOf(trimmed);
  if (typeof standard === 'number') return /^-?\d+$/.test(trimmed) ? Number(trimmed) : text;
  if (typeof standard === 'boolean') return { true: true, false: false }[trimmed] ?? text;
  return standard === null && (trimmed === '' || trimmed === 'null') ? null : text;
}

function listOf(text: string): unknown {
  if (text.startsWith('[')) return flowListOf(text);
  return text === '' ? [] : text.split(',').map((entry) => entry.trim());
}

function flowListOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}
