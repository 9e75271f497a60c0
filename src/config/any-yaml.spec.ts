import * as fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../errors/errors.js';
import { loadConfig } from './load.js';

const folder = mkdtempSync(join(tmpdir(), 'hooktide-any-yaml-'));
const file = join(folder, 'hooktide.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const DEFAULTS = readFileSync(new URL('../../config/default.yaml', import.meta.url), 'utf8');
/** Without remarks, which would take most of the blows. */
const LINES = DEFAULTS.split('\n').filter((line) => /^\s*[^\s#]/.test(line));

/** Milliseconds, generous for two busy cores: what hangs takes longer. */
const AT_ONCE = 5_000;

/** What loading a file with this text ends with. Throws what isn't a reason for an operator. */
function load(text: string): 'loaded' | 'refused' | 'late' {
  writeFileSync(file, text);
  const begin = performance.now();
  const isLate = () => performance.now() - begin > AT_ONCE;
  try {
    loadConfig({ HOOKTIDE_CONFIG: file }, folder);
    return isLate() ? 'late' : 'loaded';
  } catch (error) {
    if (!(error instanceof ConfigError) || error.message === '') throw error;
    return isLate() ? 'late' : 'refused';
  }
}

const SEED = 20_261_122;
const SNIPPETS = [
  '&a [*a]',
  '*a',
  '!!binary x',
  '!!js/function x',
  '<<: *a',
  '? [a]: b',
  '{',
  ']',
  '|',
  '>-',
  '---',
  '%TAG',
  '0x10',
  '.nan',
];
const MORE = [
  '-.inf',
  '1e999',
  '~',
  '"\\',
  "'",
  '\t',
  'yes',
  '2026-11-22',
  '[[[[',
  '__proto__: x',
  'constructor: {prototype: x}',
  'null: 1',
  '!<tag:x> y',
];
const junk = fc.oneof(fc.constantFrom(...SNIPPETS, ...MORE), fc.string({ unit: 'binary', maxLength: 12 }));
const blow = fc.record({
  at: fc.nat(LINES.length - 1),
  how: fc.constantFrom('leave out', 'twice', 'value', 'indent', 'before', 'cut'),
  junk,
});

function struck(lines: string[], { at, how, junk: its }: { at: number; how: string; junk: string }): string[] {
  const line = lines[at] ?? '';
  const [key = ''] = line.split(':');
  const instead: Record<string, string[]> = {
    'leave out': [],
    twice: [line, line],
    value: [`${key}: ${its}`],
    indent: [`  ${line}`],
    before: [its, line],
    cut: [line.slice(0, -2)],
  };
  return lines.toSpliced(at, 1, ...(instead[how] ?? []));
}

describe('any config file', () => {
  it('is loaded, or refused with a reason', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(blow, { maxLength: 3 }), (blows) => {
        seen.add(load(blows.reduce(struck, LINES).join('\n')));
      }),
      { numRuns: 60, seed: SEED },
    );
    expect(seen).toEqual(new Set(['loaded', 'refused']));
  });

  it('is so where it is no YAML at all', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(junk).map((all) => all.join('\n')),
    );
    expect(() =>
      fc.assert(
        fc.property(text, (given) => load(given) !== 'late'),
        { numRuns: 60, seed: SEED },
      ),
    ).not.toThrow();
  });

  it.each([
    [
      'an alias bomb',
      `a: &a [${'x,'.repeat(20)}]\n${'bcdefghi'
        .split('')
        .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(20)}]`)
        .join('\n')}`,
    ],
    ['a section that holds itself', 'server: &a {host: *a}'],
    ['a list that holds itself', 'egress: {allow: &a [x, [*a]]}'],
    ['a file that holds itself', '&a {server: {host: *a}}'],
    ['depth without end', `server: ${'['.repeat(20_000)}`],
    ['depth without end in blocks', Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['many keys', Array.from({ length: 500 }, (_, key) => `k${key}: 1`).join('\n')],
    ['a pattern that goes back and forth', `redact: {names: ["${'*a'.repeat(5_000)}*"], env: 1}`],
    ['members of every object', '__proto__: {server: {port: 1}}\nconstructor: {prototype: {polluted: 1}}'],
  ])('is refused at once: %s', (_, text) => {
    expect(load(text)).toBe('refused');
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    'database: {url: "mysql://me:hunter2@h/"}',
    'database: {url: [hunter2]}',
    'egress: {proxy: "ftp://me:hunter2@h:1"}',
    'egress: {proxy: "http://me:hunter2@h:1/path"}',
    'secrets: {keys: [hunter2]}',
    'secrets: {keys: *hunter2}',
    'secrets: {keys: "hunter2',
    'signing: {keys: [hunter2]}',
    'hookSlinger: {apiToken: " hunter2\\n"}',
    'webhookQueue: {awsSecretKey: hunter2}',
  ])('is refused without what is secret in it: %s', (text) => {
    writeFileSync(file, text);
    expect(() => loadConfig({ HOOKTIDE_CONFIG: file }, folder)).toThrow(/^(?![^]*hunter2)/);
    expect(() => loadConfig({ HOOKTIDE_CONFIG: file }, folder)).toThrow(ConfigError);
  });
});
