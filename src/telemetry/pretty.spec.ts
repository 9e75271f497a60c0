import { expect, it } from 'vitest';
import { pretty } from './pretty.js';

const time = new Date(2026, 10, 22, 14, 3, 7, 42).toISOString();
const line = (data: object, level = 'info') => ({ time, level, event: 'delivery.attempted', ...data });

it('is local time, level, event and pairs', () => {
  const data = {
    deliveryId: '17',
    reason: 'server_error',
    status: 500,
    detail: '500 after 2 ms',
    tags: ['a'],
    none: null,
  };
  expect(pretty(line(data), false)).toBe(
    '14:03:07.042 INFO  delivery.attempted ' +
      'deliveryId=17 reason=server_error status=500 detail="500 after 2 ms" tags=["a"] none=null',
  );
});

it('is coloured when asked', () => {
  expect(pretty(line({ status: 500 }, 'error'), true)).toBe(
    '\u001b[2m14:03:07.042\u001b[0m \u001b[31mERROR\u001b[0m delivery.attempted \u001b[2mstatus=\u001b[0m500',
  );
});

it.each([
  ['a line end', 'ok\n14:03:08.000 ERROR forged'],
  ['a carriage return', 'ok\r14:03:08.000 ERROR forged'],
  ['an escape sequence', 'ok\u001b[2K\u001b[1A'],
  ['a C1 control', 'ok\u009b2K'],
  ['a line end of Unicode', 'ok\u2028forged'],
  ['a change of direction', 'ok\u202egnorw'],
])('shows %s as text, in values and in keys', (_what, text) => {
  const shown = pretty(line({ detail: text, [text]: 1, error: { message: text, stack: `x\n    at ${text}` } }), false);
  expect(shown.replace('\n    at ', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
});

it('puts the stack of an error below, indented', () => {
  const error = {
    type: 'TypeError',
    message: 'x is no y',
    stack: 'TypeError: x is no y\n    at f (a.js:1:2)\n    at b.js:3:4',
  };
  expect(pretty(line({ error }), false).split('\n')).toEqual([
    '14:03:07.042 INFO  delivery.attempted error="x is no y"',
    '    at f (a.js:1:2)',
    '    at b.js:3:4',
  ]);
});
