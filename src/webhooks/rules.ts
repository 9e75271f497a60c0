import { IsOptional, ValidateBy, ValidateIf } from 'class-validator';
import { show } from '../config/wording.js';
import { isObject } from './input.js';

/** What is wrong with a value, as it continues the path of its field: ` is 7: write …`. Null: nothing is. */
export type Check = (value: unknown) => string | null;

/** Has to be there. */
export function Required(check: Check): PropertyDecorator {
  const validate = (value: unknown): boolean => check(value) === null;
  return ValidateBy({
    name: 'check',
    validator: { validate, defaultMessage: (args) => check(args?.value) ?? '' },
  });
}

/** Left out or null: the default. */
export function Optional(check: Check): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property);
    Required(check)(target, property);
  };
}

/** May be left out, but has no default that null could stand for. */
export function NotNull(check: Check): PropertyDecorator {
  return (target, property) => {
    ValidateIf((_, value) => value !== undefined)(target, property);
    Required(check)(target, property);
  };
}

/** @param what completes "write …" */
export const value =
  (what: string, test: (given: unknown) => boolean): Check =>
  (given) =>
    test(given) ? null : refused(given, what);

const refused = (given: unknown, what: string): string =>
  ` is ${isObject(given) ? 'an object' : show(given)}: write ${what}`;

export const oneOf = (words: readonly string[]): Check =>
  value(`one of ${words.join(', ')}`, (given) => words.some((word) => word === given));

const isNumber = (given: unknown, min: number, max: number): given is number =>
  typeof given === 'number' && given >= min && given <= max;

export const number = (min: number, max: number): Check =>
  value(`a number from ${min} to ${max}`, (given) => isNumber(given, min, max));

export const numberAbove = (min: number, max: number): Check =>
  value(`a number above ${min}, at most ${max}`, (given) => isNumber(given, min, max) && given > min);

export const whole = (unit: string, min: number, max: number): Check =>
  value(
    `a whole number of ${unit} from ${min} to ${max}`,
    (given) => isNumber(given, min, max) && Number.isInteger(given),
  );

export const object = (what: string): Check => value(`an object, such as ${what}`, isObject);

/** What Postgres keeps in a text, so that what is read back is what was given. */
export const STORABLE = /^[^\0\p{Surrogate}]*$/u;

export const text: Check = (given) => {
  if (typeof given !== 'string') return refused(given, 'a text');
  return STORABLE.test(given) ? null : ' holds a NUL character or half a surrogate pair: leave it out';
};

export const textOf =
  (most: number): Check =>
  (given) => {
    const problem = text(given);
    if (problem !== null) return problem;
    const { length } = given as string;
    return length > most ? ` has ${length} characters: write at most ${most}` : null;
  };

/** A list of at least one entry; a bad one is named by its index, from 0. */
export const listOf =
  (what: string, most: number, entry: Check): Check =>
  (given) => {
    if (!Array.isArray(given) || given.length === 0) return refused(given, `a list of ${what}`);
    if (given.length > most) return ` has ${given.length} entries: write at most ${most}`;
    const problems = given.map(entry);
    const index = problems.findIndex((problem) => problem !== null);
    return index < 0 ? null : `[${index}]${problems[index]}`;
  };
