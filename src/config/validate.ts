import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { type Problem, refuse, type Setting } from './setting.js';
import { Settings } from './settings.dto.js';
import { isSection } from './wording.js';

/** @throws ConfigError that names every value that breaks its key's rule, where it was written, and what to write. */
export function validate(merged: ReadonlyMap<string, Setting>): Settings {
  const settings = plainToInstance(Settings, treeOf(merged.values()), { enableImplicitConversion: false });
  refuse(problemsOf(validateSync(settings), '', merged));
  return settings;
}

type Tree = Record<string, unknown>;

function treeOf(settings: Iterable<Setting>): Tree {
  const tree: Tree = {};
  for (const { path, value } of settings) put(tree, path.split('.'), value);
  return tree;
}

function put(tree: Tree, [key = '', ...below]: string[], value: unknown): void {
  if (below.length === 0) {
    tree[key] = value;
    return;
  }
  const section = isSection(tree[key]) ? tree[key] : {};
  tree[key] = section;
  put(section, below, value);
}

function problemsOf(errors: ValidationError[], above: string, merged: ReadonlyMap<string, Setting>): Problem[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const path = above + property;
    const origin = merged.get(path)?.origin ?? 'config/default.yaml';
    const own = Object.values(constraints).map((reason) => ({
      key: keyOf(path, reason),
      origin,
      message: path + reason,
    }));
    return [...own, ...problemsOf(children, `${path}.`, merged)];
  });
}

/** A reason about one entry of a list begins with its index. */
const keyOf = (path: string, reason: string): string => path + (/^\[\d+\]/.exec(reason)?.[0] ?? '');
