import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { compactJson } from './compact-json.js';

it('takes the blanks out of any JSON, and nothing else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\t', '\r\n'), (value, indent) => {
      expect(compactJson(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value));
    }),
  );
});

it('makes characters of escapes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const units = Array.from(
        { length: text.length },
        (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
      );
      expect(compactJson(`"${units.join('')}"`)).toBe(JSON.stringify(text));
    }),
  );
});

it('is done with a large one in a blink', () => {
  const large = `[${'{"a": [ "\\u00e9" , 1.0 ], "b": null}, '.repeat(50_000)}[]]`;
  const startedAt = performance.now();
  expect(compactJson(large)).toBe(`[${'{"a":["é",1.0],"b":null},'.repeat(50_000)}[]]`);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
