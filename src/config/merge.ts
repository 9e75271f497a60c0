import { nearest } from './nearest.js';
import { type Problem, refuse, type Setting } from './setting.js';
import { singularityKey, singularityProblem } from './singularity.js';
import { isSection, show } from './wording.js';

export interface Merged {
  /** For each key the setting that wins. */
  readonly settings: ReadonlyMap<string, Setting>;
  readonly warnings: string[];
}

/**
 * Lays layers over the defaults, the later over the earlier.
 * @param defaults every key there is
 * @throws ConfigError on a key that neither Hooktide nor Singularity knows
 */
export function merge(defaults: readonly Setting[], layers: readonly (readonly Setting[])[]): Merged {
  const settings = new Map(defaults.map((setting) => [setting.path, setting]));
  const warnings: string[] = [];
  const ignored = new Set<string>();
  const problems: Problem[] = [];
  for (const setting of layers.flat()) {
    const foreign = singularityKey(setting.path);
    const problem = singularityProblem(setting) ?? (foreign ? undefined : misplaced(setting, settings));
    if (problem) problems.push(problem);
    else if (foreign) ignored.add(foreign);
    else if (settings.has(setting.path)) settings.set(setting.path, translate(setting, warnings));
  }
  refuse(problems);
  if (ignored.size > 0)
    warnings.push(`Keys that only Singularity has a use for are ignored: ${[...ignored].join(', ')}.`);
  return { settings, warnings };
}

/** What is wrong with a setting whose path is no key. An empty section is fine: its keys may all be commented out. */
function misplaced({ path, value, origin }: Setting, known: ReadonlyMap<string, Setting>): Problem | undefined {
  if (known.has(path)) return undefined;
  const keys = [...known.keys()];
  const below = keys.filter((key) => key.startsWith(`${path}.`)).map((key) => key.slice(path.length + 1));
  if (below.length > 0)
    return isEmpty(value) ? undefined : { key: path, origin, message: notASection(path, value, below) };
  const parent = path.slice(0, path.lastIndexOf('.'));
  const message = known.has(parent)
    ? `${parent} takes one value, no keys below it such as ${path}.`
    : `${path} is no key of Hooktide. The nearest one is ${nearest(path, keys)}.`;
  return { key: path, origin, message };
}

const isEmpty = (value: unknown): boolean => value === null || (isSection(value) && Object.keys(value).length === 0);

const notASection = (path: string, value: unknown, keys: string[]): string =>
  `${path} is ${show(value)}, but it is a section: write its keys below it (${keys.join(', ')}).`;

function translate(setting: Setting, warnings: string[]): Setting {
  if (setting.path !== 'webhookQueue.queueType' || String(setting.value).toUpperCase() !== 'ZOOKEEPER') return setting;
  warnings.push(`${setting.origin}: webhookQueue.queueType is ${show(setting.value)} and taken as POSTGRES.`);
  return { ...setting, value: 'POSTGRES' };
}
