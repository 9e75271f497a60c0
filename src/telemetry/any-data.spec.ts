import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog } from './log.js';

const HOSTILE = [
  '\n{"level":"error"}',
  '\r',
  '\u2028',
  '\u0085',
  '\u001b[2K',
  '\u202e',
  '"',
  '\\',
  '\ud800',
  'x","level":"error',
];
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 12 }));
const data = fc.oneof(
  fc.dictionary(text, fc.anything({ values: [text, fc.bigInt(), fc.double()], withNullPrototype: true, maxDepth: 3 })),
  fc.record({ error: text.map((message) => Object.assign(new Error(message), { code: message })) }),
);

const TAKEN = ['time', 'level', 'event', 'toJSON'];

/** What a log of this format prints of one event. */
function printed(format: 'json' | 'pretty', given: object): string {
  let text = '';
  const log = createLog({ level: 'debug', format }, { write: (line) => void (text += line) });
  log.warn('delivery.attempted', Object.fromEntries(Object.entries(given).filter(([key]) => !TAKEN.includes(key))));
  return text;
}

describe('an event is one line, whatever its data are', () => {
  it('of JSON', () => {
    fc.assert(
      fc.property(data, (given) => {
        const text = printed('json', given);
        expect(text.indexOf('\n')).toBe(text.length - 1);
        expect(JSON.parse(text)).toMatchObject({ level: 'warn', event: 'delivery.attempted' });
      }),
      { numRuns: 500 },
    );
  });

  it('for people, with the frames of an error below', () => {
    fc.assert(
      fc.property(data, (given) => {
        const text = printed('pretty', given);
        const [head, ...frames] = text.slice(0, -1).split('\n');
        expect(head).toMatch(/^[\d:.]{12} WARN {2}delivery\.attempted/);
        expect(frames.filter((frame) => !frame.startsWith('    at '))).toEqual([]);
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      }),
      { numRuns: 500 },
    );
  });
});
