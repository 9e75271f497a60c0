import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactBy, type RedactRules } from './redact.js';

const NAMES = ['*SECRET*', '*PASS*', '*TOKEN*', '*KEY*', '*_DSN', 'DATABASE_URL'];
const byEnv = (more: Partial<RedactRules> = {}) => redactBy({ env: true, names: NAMES, paths: [], ...more })!;
const step = (at: string | number | null, isDeep = false) => ({ at, isDeep });

/** JSON as it is written: blanks, escapes and repeated names stand where they were put. */
type Tree = string | Tree[] | { members: [name: string, value: Tree][] };

const blank = fc.constantFrom('', '', '', ' ', '\n', '\t ');
const word = fc.constantFrom(
  'env',
  'a',
  'name',
  'value',
  'key',
  'A_KEY',
  'DATABASE_URL',
  'b"\\',
  'é',
  'secret',
  'x\u2028',
);
const scalar = fc.oneof(
  fc.constantFrom(
    '512.0',
    '1e400',
    '-0',
    'true',
    'null',
    '12345678901234567890',
    '""',
    '"A_KEY"',
    '"A_KEY=x"',
    '"env"',
  ),
  fc.constantFrom('"a\\u0065\\/\\" \\\\"', '"http:\\/\\/u:p@h"', '"]}"', '"A=b"'),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text)),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(word, tie('tree')), { maxLength: 4 }).map((members) => ({ members })),
  ),
}));

/** How a name is written: as it is, or with its first character escaped. */
const written = (name: string, isEscaped: boolean) =>
  isEscaped
    ? `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(name.slice(1)).slice(1)}`
    : JSON.stringify(name);

function print(value: Tree, gap: string, isEscaped: boolean): string {
  const inner = (one: Tree) => print(one, gap, isEscaped);
  if (typeof value === 'string') return gap + value + gap;
  if (Array.isArray(value)) return `${gap}[${value.map(inner).join()}]${gap}`;
  const members = value.members.map(([name, one]) => `${gap}${written(name, isEscaped)}${gap}:${inner(one)}`);
  return `${gap}{${members.join()}}${gap}`;
}

const HIDDEN = '"***"';
const textOf = (value: Tree) =>
  typeof value === 'string' && value.startsWith('"') ? (JSON.parse(value) as string) : null;
const says = (value: Tree) => {
  const text = textOf(value);
  return (
    text !== null &&
    (/:\/\/[^/?#\s]*@|(passw(or)?d|passphrase|pwd|secret|token|api[_-]?key)["']?\s*[=:]/i.test(text) ||
      /^\s*[^=\s]*KEY[^=\s]*=/i.test(text) ||
      /^\s*[^=\s]*(SECRET|PASS|TOKEN)[^=\s]*=/i.test(text))
  );
};
const isSecretName = (name: string) => ['A_KEY', 'DATABASE_URL', 'key', 'secret'].includes(name);

/** The rules once more, on a tree and by recursion. */
function hideVariables(value: Tree, inEnv: boolean): Tree {
  if (typeof value === 'string') return inEnv && says(value) ? HIDDEN : value;
  if (Array.isArray(value)) return value.map((item) => hideVariables(item, inEnv));
  const valuesOf = (...names: string[]) =>
    value.members.filter(([name]) => names.includes(name)).map(([, inner]) => inner);
  const isPair = valuesOf('value').length > 0;
  const names = valuesOf('name', 'key').map((name) => textOf(name) ?? '');
  const isNamedSecret = inEnv && names.some((name) => /KEY|SECRET|PASS|TOKEN|_DSN$|^DATABASE_URL$/i.test(name));
  const isParameter = names.some((name) => /env/i.test(name));
  return {
    members: value.members.map(([name, inner]): [string, Tree] => {
      const isPart = ['name', 'key', 'value'].includes(name);
      if (name === 'value' && isNamedSecret) return [name, HIDDEN];
      if (inEnv && isSecretName(name) && !(isPart && isPair)) return [name, HIDDEN];
      const isScalar = typeof inner === 'string';
      if (isPart && isScalar && isPair)
        return [name, name === 'value' && (inEnv || isParameter) && says(inner) ? HIDDEN : inner];
      return [name, hideVariables(inner, inEnv || name === 'env')];
    }),
  };
}

const steps = fc.array(fc.record({ at: fc.oneof(word, fc.nat(3), fc.constant(null)), isDeep: fc.boolean() }), {
  minLength: 1,
  maxLength: 3,
});
type Steps = { at: string | number | null; isDeep: boolean }[];

function leadsHere([first, ...rest]: Steps, [key, ...keys]: (string | number)[]): boolean {
  if (first === undefined) return key === undefined;
  if (key === undefined) return false;
  const isHit = first.at === null || first.at === key;
  return (isHit && leadsHere(rest, keys)) || (first.isDeep && leadsHere([first, ...rest], keys));
}

function hidePlaces(value: Tree, paths: Steps[], keys: (string | number)[]): Tree {
  if (paths.some((path) => leadsHere(path, keys))) return HIDDEN;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item, index) => hidePlaces(item, paths, [...keys, index]));
  return {
    members: value.members.map(([name, inner]): [string, Tree] => [name, hidePlaces(inner, paths, [...keys, name])]),
  };
}

describe('whatever the payload is', () => {
  it('nothing but secret values changes', () => {
    fc.assert(
      fc.property(tree, blank, fc.boolean(), (value, gap, isEscaped) => {
        const payload = print(
          {
            members: [
              ['env', value],
              ['a', value],
            ],
          },
          gap,
          isEscaped,
        );
        const redacted = byEnv()(payload);
        expect(redacted).toBe(
          print(
            hideVariables(
              {
                members: [
                  ['env', value],
                  ['a', value],
                ],
              },
              false,
            ),
            gap,
            isEscaped,
          ),
        );
        JSON.parse(redacted);
        expect(byEnv()(redacted)).toBe(redacted);
      }),
      { numRuns: 1_000 },
    );
  });

  it('nothing but what paths lead to changes', () => {
    fc.assert(
      fc.property(
        tree,
        fc.array(steps, { minLength: 1, maxLength: 3 }),
        blank,
        fc.boolean(),
        (value, paths, gap, isEscaped) => {
          const redacted = redactBy({ env: false, names: [], paths })!(print(value, gap, isEscaped));
          expect(redacted).toBe(print(hidePlaces(value, paths, []), gap, isEscaped));
          JSON.parse(redacted);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('depth costs neither stack nor patience', () => {
    const depth = 200_000;
    const deep = `{"env":${'[{"value":'.repeat(depth)}{"A_KEY":"x"}${'}]'.repeat(depth)}}`;
    const all = [
      [step('a', true), step('a', true), step('b')],
      [step(null, true), step('c')],
    ];
    expect(byEnv({ paths: all })(deep)).toBe(deep.replace('"x"', HIDDEN));
    const nested = `${'{"a":'.repeat(depth)}{"b":1}${'}'.repeat(depth)}`;
    expect(byEnv({ paths: all })(nested)).toBe(nested.replace('{"b":1}', '{"b":"***"}'));
  });
});
