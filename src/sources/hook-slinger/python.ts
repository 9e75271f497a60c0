import { sliceElements, sliceMembers } from '../../updates/slice.js';

/**
 * How Python turns values into others, of which Hook Slinger's clients see the results. Each value is the text of one value
 * of checked JSON, without blanks around it.
 */

/** A key and a value. */
export type Pair = readonly [key: string, value: string];

/** `str(value)`; undefined: pydantic makes no text of null, lists and objects. */
export function pythonText(value: string): string | undefined {
  switch (value[0]) {
    case '"':
      return JSON.parse(value) as string;
    case 't':
      return 'True';
    case 'f':
      return 'False';
    case 'n':
    case '[':
    case '{':
      return undefined;
    default:
      return numberText(value);
  }
}

/**
 * `dict(value)`: of an object, of a list of pairs, and of the empty text; undefined: Python can't. A pair is a list of two, a
 * text of two characters, or an object of two keys. Of equal keys the first one stays, with the last value.
 */
export function pythonDict(value: string): Pair[] | undefined {
  if (value === '""') return [];
  if (value.startsWith('{')) return membersOf(value);
  if (!value.startsWith('[')) return undefined;
  const pairs = new Map<string, Pair>();
  for (const element of elementsOf(value)) {
    const [key, item] = pairOf(element) ?? [];
    if (key === undefined || item === undefined || /^[[{]/.test(key)) return undefined;
    const identity = identityOf(key);
    pairs.set(identity, [pairs.get(identity)?.[0] ?? key, item]);
  }
  return [...pairs.values()];
}

function membersOf(object: string): Pair[] {
  return [...sliceMembers(object, 0)].map(([key, { start, end }]) => [JSON.stringify(key), object.slice(start, end)]);
}

function* elementsOf(list: string): Generator<string> {
  for (const { start, end } of sliceElements(list, 0)) yield list.slice(start, end);
}

/** Two values, if it is iterated as two; more are not looked at. */
function pairOf(element: string): Pair | undefined {
  const parts = partsOf(element);
  const [key, value, another] = [parts.next(), parts.next(), parts.next()];
  return key.done === true || value.done === true || another.done !== true ? undefined : [key.value, value.value];
}

function* partsOf(value: string): Generator<string> {
  if (value.startsWith('[')) yield* elementsOf(value);
  if (value.startsWith('{')) for (const [key] of membersOf(value)) yield key;
  if (value.startsWith('"')) for (const character of JSON.parse(value) as string) yield JSON.stringify(character);
}

/** Equal for keys that Python holds for equal: `1`, `1.0` and `true` are. */
function identityOf(key: string): string {
  if (key.startsWith('"')) return JSON.stringify(JSON.parse(key));
  if (key === 'true') return '1';
  if (key === 'false') return '0';
  if (key === 'null' || isWhole(key)) return key === '-0' ? '0' : key;
  const number = Number(key);
  return Number.isInteger(number) ? String(BigInt(number)) : String(number);
}

const isWhole = (number: string): boolean => /^-?\d+$/.test(number);

/** Integers of any size as they are written. */
function numberText(number: string): string {
  if (isWhole(number)) return number === '-0' ? '0' : number;
  return floatText(Number(number));
}

/** Python's shortest digits are JavaScript's, but it writes an exponent from 1e16 on and below 1e-4, and always a fraction. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  const isZero = value === 0;
  if (!isZero && (exponent < -4 || exponent >= 16)) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  // JavaScript writes these without an exponent, too.
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}
