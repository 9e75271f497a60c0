import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceMembers, sliceRecords, type Slice } from './slice.js';

const cutAll = (text: string, slices: Map<string, Slice>) =>
  new Map([...slices].map(([key, { start, end }]) => [key, text.slice(start, end)]));
const membersOf = (text: string) => [...cutAll(text, sliceMembers(text, 0))];
const recordsOf = (text: string) => sliceRecords(text, 0).map((slices) => Object.fromEntries(cutAll(text, slices)));

describe('sliceMembers', () => {
  it.each([
    ['{}', []],
    [' \n{ \t} ', []],
    ['{"a":512.0}', [['a', '512.0']]],
    [
      '{ "a" : 12345678901234567890 , "b":1e400\n}',
      [
        ['a', '12345678901234567890'],
        ['b', '1e400'],
      ],
    ],
    ['{"a":"\\u00e9\\/ \\" \\\\"}', [['a', '"\\u00e9\\/ \\" \\\\"']]],
    [
      '{"a":{"b":"}"},"c":[ "]" , 1 ]}',
      [
        ['a', '{"b":"}"}'],
        ['c', '[ "]" , 1 ]'],
      ],
    ],
    ['{"\\u0070ayload":1}', [['payload', '1']]],
    [
      '{"a":1,"b":2,"\\u0061":3}',
      [
        ['a', '3'],
        ['b', '2'],
      ],
    ],
    [
      '{"":null,"\\"":true}',
      [
        ['', 'null'],
        ['"', 'true'],
      ],
    ],
    ['{"__proto__":{"polluted":1}}', [['__proto__', '{"polluted":1}']]],
  ])('cuts %s', (text, expected) => {
    JSON.parse(text);
    expect(membersOf(text)).toEqual(expected);
  });

  it('starts where it is told', () => {
    const text = '[{"a":1}, {"a":2}]';
    expect([...cutAll(text, sliceMembers(text, 10))]).toEqual([['a', '2']]);
  });
});

describe('sliceRecords', () => {
  it.each([
    ['[]', []],
    [' [ ] ', []],
    ['[{}]', [{}]],
    ['[ {"a":1.0},\t{ "a":"]" ,"b":[{}]} ]', [{ a: '1.0' }, { a: '"]"', b: '[{}]' }]],
  ])('cuts the members of each object of %s', (text, expected) => {
    JSON.parse(text);
    expect(recordsOf(text)).toEqual(expected);
  });

  it('takes a hundred thousand levels without a stack', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(recordsOf(`[{"a":${deep}}]`)).toEqual([{ a: deep }]);
  });
});

/** JSON text with blanks at every place that allows them, and numbers that don't survive parse and print. */
const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });
const text = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\\', '"', '{', ']', ',')),
});
const escapeAll = (value: string) =>
  `"${[...Array(value.length).keys()].map((i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;
const string = fc.oneof(
  text.map((value) => JSON.stringify(value)),
  text.map(escapeAll),
);
const scalar = fc.oneof(
  string,
  fc.constantFrom('null', 'true', 'false', '512.0', '12345678901234567890', '-0', '1e400', '-1.50E-7'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);
const padded = (json: fc.Arbitrary<string>) => fc.tuple(blanks, json, blanks).map((parts) => parts.join(''));
const { json } = fc.letrec<{ json: string; array: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, tie('array'), tie('object')),
  array: fc
    .tuple(blanks, fc.array(padded(tie('json')), { maxLength: 4 }))
    .map(([blank, items]) => `[${items.join(',') || blank}]`),
  object: fc
    .tuple(blanks, fc.array(fc.tuple(padded(string), padded(tie('json'))), { maxLength: 4 }))
    .map(([blank, members]) => `{${members.map((pair) => pair.join(':')).join(',') || blank}}`),
}));

const objects = fc.array(fc.uniqueArray(fc.tuple(text, json), { selector: ([key]) => key }), { maxLength: 4 });

describe('for any JSON, wherever its blanks stand', () => {
  it('a slice is the text that was put in', () => {
    fc.assert(
      fc.property(objects, blanks, fc.boolean(), (records, blank, escaped) => {
        const print = (key: string) => (escaped ? escapeAll(key) : JSON.stringify(key));
        const body = records.map((pairs) => {
          const members = pairs.map(([key, value]) => blank + print(key) + blank + ':' + blank + value + blank);
          return `${blank}{${members.join(',') || blank}}${blank}`;
        });
        const expected = records.map((pairs) => new Map(pairs));
        const array = `${blank}[${body.join(',') || blank}]${blank}`;
        JSON.parse(array);
        expect(sliceRecords(array, 0).map((slices) => cutAll(array, slices))).toEqual(expected);
        expect(body.map((object) => cutAll(object, sliceMembers(object, 0)))).toEqual(expected);
      }),
    );
  });

  it('a slice parses to what JSON.parse makes of the member, repeated keys and all', () => {
    const object = fc
      .array(fc.tuple(fc.constantFrom('"a"', '"\\u0061"', '"b"', '"__proto__"'), padded(json)))
      .map((pairs) => `{${pairs.map((pair) => pair.join(':')).join(',')}}`);
    fc.assert(
      fc.property(padded(object), (text) => {
        const parsed: object = JSON.parse(text);
        const slices = cutAll(text, sliceMembers(text, 0));
        const values = [...slices].map(([key, slice]): [string, unknown] => [key, JSON.parse(slice)]);
        expect(new Map(values)).toEqual(new Map(Object.entries(parsed)));
      }),
    );
  });
});
