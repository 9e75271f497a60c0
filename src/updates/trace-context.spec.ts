import { describe, expect, it } from 'vitest';
import { readTraceContext } from './trace-context.js';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';
const traceParent = `00-${trace}-${parent}-01`;
const stateOf = (given: unknown) => readTraceContext(traceParent, given)?.traceState;

describe('a traceparent', () => {
  it.each([
    ['sampled', traceParent],
    ['not sampled', `00-${trace}-${parent}-00`],
    ['with flags that are not defined yet', `00-${trace}-${parent}-ff`],
  ])('is kept as it came: %s', (_, given) => {
    expect(readTraceContext(given)).toEqual({ traceParent: given });
  });

  it.each([
    ['of a later version', `cc-${trace}-${parent}-01`, '01'],
    ['of a later version with more fields', `01-${trace}-${parent}-01-what-comes`, '01'],
    ['of a later version with flags of its own', `01-${trace}-${parent}-fe`, '00'],
  ])('%s goes on as version 00', (_, given, flags) => {
    expect(readTraceContext(given)).toEqual({ traceParent: `00-${trace}-${parent}-${flags}` });
  });

  it.each([
    undefined,
    null,
    7,
    ['00', trace],
    '',
    'null',
    traceParent.toUpperCase(),
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-1`,
    `00-${trace}-${parent}-01-more`,
    `00-${trace}-${parent}-01-`,
    `01-${trace}-${parent}-01.more`,
    `01-${trace}-${parent}-01-${'x'.repeat(500)}`,
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.slice(1)}-${parent}-01`,
    `00-${trace}g-${parent}-01`,
    `00-${trace}-${parent}-01\r\nx-evil: 1`,
    `${traceParent}, ${traceParent}`,
    `${traceParent}\u0000`,
  ])('that breaks the grammar is none: %j', (given) => {
    expect(readTraceContext(given, 'a=1')).toBeUndefined();
  });
});

describe('a tracestate', () => {
  it.each([
    ['congo=t61rcWkgMzE', 'congo=t61rcWkgMzE'],
    ['rojo=00f067aa0ba902b7 ,\tcongo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['fw529a3039@dt=FfAAAAA,,a=a b~!', 'fw529a3039@dt=FfAAAAA,a=a b~!'],
  ])('is kept, without blanks and empty members: %j', (given, expected) => {
    expect(stateOf(given)).toBe(expected);
  });

  it.each([
    undefined,
    7,
    '',
    ',',
    'a',
    '=1',
    'A=1',
    'a=b=c',
    'a=1,a=2',
    'a=\u00e9',
    'a=1\r\nx-evil: 1',
    `${'a'.repeat(257)}=1`,
    `a=${'b'.repeat(257)}`,
    Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(),
  ])('that breaks the grammar is left out, and the trace stays: %j', (given) => {
    expect(readTraceContext(traceParent, given)).toEqual({ traceParent });
  });

  it('of 512 characters is kept whole, of 513 it loses its last member', () => {
    const members = Array.from({ length: 8 }, (_, n) => `k${n}=${'v'.repeat(60)}`);
    const whole = [...members.slice(0, 7), `k7=${'v'.repeat(512 - 7 * 64 - 3)}`].join();
    expect(whole).toHaveLength(512);
    expect(stateOf(whole)).toBe(whole);
    expect(stateOf(`${whole}v`)).toBe(members.slice(0, 7).join());
  });

  it('that is too long loses members of more than 128 characters first', () => {
    const long = `long=${'v'.repeat(200)}`;
    const others = Array.from({ length: 5 }, (_, n) => `k${n}=${'v'.repeat(80)}`);
    expect(stateOf([long, ...others].join())).toBe(others.join());
  });
});
