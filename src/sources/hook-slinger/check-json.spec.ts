import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { faultIn } from './check-json.js';

type Row = [text: string, fault: [msg: string, pos: number, lineno: number, colno: number] | null];
const fixture = new URL('../../../test/fixtures/hook-slinger/python-json-errors.json', import.meta.url);
const { rows } = JSON.parse(readFileSync(fixture, 'utf8')) as { rows: Row[] };

/** A byte order mark at the beginning goes before the text is looked at. */
const withoutMark = (text: string) => text.replace(/^\ufeff/, '');

it('says of each text what Python says, word by word and with its places', () => {
  const said = rows.map(([text]): Row => {
    const fault = faultIn(withoutMark(text));
    if (fault === null) return [text, null];
    if (fault === 'too_deep') throw new Error(`Too deep: ${text}`);
    expect(fault.doc).toBe(withoutMark(text));
    return [text, [fault.msg, fault.pos, fault.lineno, fault.colno]];
  });
  expect(said).toEqual(rows);
  expect(rows.filter(([, fault]) => fault !== null).length).toBeGreaterThan(500);
});

it('takes whatever JSON there is', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(faultIn(text)).toBeNull();
    }),
  );
});

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

it('takes nothing that is no JSON, but NaN and Infinity', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"a"',
    ':',
    ',',
    '1',
    '-0',
    '.5',
    'e3',
    ' ',
    '\n',
    'null',
    '"\\u0041"',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      (pieces) => (faultIn(pieces.join('')) === null) === isJson(pieces.join('')),
    ),
    { numRuns: 5_000 },
  );
  expect(faultIn('[NaN,Infinity,-Infinity]')).toBeNull();
});

const deep = (depth: number) => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);

it('goes a thousand containers deep, and no deeper', () => {
  expect(faultIn(deep(1_000))).toBeNull();
  expect(faultIn(deep(1_002))).toBe('too_deep');
  expect(faultIn('['.repeat(1_000_000))).toBe('too_deep');
});

it('finds the end of a text as large as a request in a blink', () => {
  const large = `["${'é\\n'.repeat(2_000_000)}",${'1, '.repeat(2_000_000)}`;
  const startedAt = performance.now();
  expect(faultIn(large)).toMatchObject({ msg: 'Expecting value', lineno: 1 });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
