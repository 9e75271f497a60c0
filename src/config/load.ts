import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve as absolute } from 'node:path';
import type { Config, LoadedConfig } from './config.js';
import { readHookSlingerEnv } from './hook-slinger-env.js';
import { merge } from './merge.js';
import { readEnv } from './read-env.js';
import { readYaml } from './read-yaml.js';
import { resolve } from './resolve.js';
import { Secret } from './secret.js';
import type { Setting } from './setting.js';
import { validate } from './validate.js';

/** Every key with the setting that wins, not checked yet. */
export interface ReadSettings extends Pick<LoadedConfig, 'file' | 'warnings'> {
  readonly settings: ReadonlyMap<string, Setting>;
}

/**
 * Reads and merges the layers (config/default.yaml says which), then checks what came of it.
 * @param cwd what relative paths start at
 * @throws ConfigError whose message names the key, where it was written, the reason and what to write instead
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): LoadedConfig {
  const { settings, file, warnings } = readSettings(env, cwd);
  const originOf = (key: string): string => settings.get(key)?.origin ?? 'config/default.yaml';
  const config: Config = resolve(validate(settings), originOf, cwd);
  return freeze({ config, file, warnings });
}

/**
 * The first half of it.
 * @throws ConfigError on what can't be read, and on keys that there are not
 */
export function readSettings(env: NodeJS.ProcessEnv, cwd: string): ReadSettings {
  const file = env['HOOKTIDE_CONFIG'] ? absolute(cwd, env['HOOKTIDE_CONFIG']) : null;
  const defaults = readYaml(defaultsFile(), 'config/default.yaml');
  const written = file === null ? [] : readYaml(file, nameOf(file, cwd));
  const single = readEnv(env, defaults);
  const hookSlinger = readHookSlingerEnv(env, [...written, ...single], cwd);
  const { settings, warnings } = merge(defaults, [written, hookSlinger.settings, single]);
  return { settings, file, warnings: [...warnings, ...hookSlinger.warnings] };
}

/** In the package's root, wherever this file was compiled to. */
function defaultsFile(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'config', 'default.yaml')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'config', 'default.yaml');
}

/** Short if it is below the working directory. */
function nameOf(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short.startsWith('..') || isAbsolute(short) ? file : short;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Secret)) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
