import * as fc from 'fast-check';

/** Texts that have broken things elsewhere: each is data, and nothing else, wherever it stands. */
export const HOSTILE = [
  '\r\nX-Injected: 1',
  '\r\n\r\nGET /injected HTTP/1.1\r\nHost: x\r\n\r\n',
  '%0d%0aX-Injected:%201',
  '\n{"level":"error","event":"request.failed"}',
  '$&',
  '$1$<x>$`',
  "$'",
  '$REQUEST_ID$TASK_ID',
  "'; DROP TABLE hooktide.webhook; --",
  "' OR 1=1 --",
  '") UNION SELECT key FROM hooktide.own_key --',
  '%',
  '\\',
  '"',
  '\\u0000',
  '\0',
  '\ud800',
  '\udc00x',
  '\u2028\u2029\u0085',
  '\u202egnorw',
  '\u001b[2K\u001b[1A',
  '\ufeff',
  '../../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '#fragment?query&amp=1',
  '<script>alert(1)</script>',
  '{{7*7}}${7*7}',
  '1e400',
  '٣',
  '𝒳'.repeat(40),
  'x'.repeat(5_000),
];

/** Any text, and more often a hostile one, alone or in the middle of something. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .tuple(fc.string({ maxLength: 5 }), fc.constantFrom(...HOSTILE), fc.string({ maxLength: 5 }))
    .map((p) => p.join('')),
);

/** One of these words. */
export const oneOf = (words: string): fc.Arbitrary<string> => fc.constantFrom(...words.split(' '));

/** Any text that can stand in a line of HTTP. */
export const line = (least: string): fc.Arbitrary<string> => {
  const code = fc.integer({ min: least.charCodeAt(0), max: 0x7e });
  return fc.string({ unit: code.map((its) => String.fromCharCode(its)), maxLength: 20 });
};

/** Any value of JSON, with hostile names and texts in it. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyText,
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 63), '', [], {}),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(anyText, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** An object of this shape, some of whose members are missing, or something else. */
export function almost(members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(members).map(([name, good]) =>
    fc
      .oneof(
        { arbitrary: good, weight: 20 },
        { arbitrary: anyJson, weight: 1 },
        { arbitrary: fc.constant(undefined), weight: 1 },
      )
      .map((value) => [name, value] as const),
  );
  return fc
    .tuple(
      fc.tuple(...fields),
      fc.oneof({ arbitrary: fc.constant([]), weight: 9 }, fc.array(fc.tuple(anyText, anyJson), { maxLength: 1 })),
    )
    .map(([known, unknown]) => Object.fromEntries([...known, ...unknown].filter(([, value]) => value !== undefined)));
}

/** JSON as it is written, now and then damaged at one place. */
export const written = (value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc
    .tuple(value, fc.oneof({ arbitrary: fc.constant(null), weight: 9 }, fc.tuple(fc.nat(2_000), anyText)))
    .map(([json, damage]) => {
      const text = JSON.stringify(json) ?? '';
      if (damage === null) return text;
      const at = damage[0] % (text.length + 1);
      return text.slice(0, at) + damage[1] + text.slice(at + 1);
    });

/** As one segment of a path, or a value in a query. */
export const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
