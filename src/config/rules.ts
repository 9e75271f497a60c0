import 'reflect-metadata';
import { Type } from 'class-transformer';
import { getMetadataStorage, ValidateBy, ValidateNested, type ValidationArguments } from 'class-validator';
import ipaddr from 'ipaddr.js';
import { show } from './wording.js';

/**
 * The rules of config values, as class-validator decorators. Their messages continue the key's path with the reason
 * and with what to write instead: `http.connectTimeoutMillis` + ` is "5s": write milliseconds as a whole number …`.
 */

type Test = (value: unknown) => boolean;
type Keys = new () => object;

/** What a rule keeps beside its test, for `takenBy`. */
type Described = { readonly takes: string; readonly isSecret: boolean } | { readonly section: Keys };

function Rule(takes: string, test: Test, message: (value: unknown) => string, isSecret = false): PropertyDecorator {
  const defaultMessage = (args?: ValidationArguments): string => message(args?.value);
  const context: Described = { takes, isSecret };
  return ValidateBy({ name: 'rule', validator: { validate: test, defaultMessage } }, { context });
}

/** Keys below a key. */
export function Section(type: () => Keys): PropertyDecorator {
  return (target, property) => {
    const context: Described = { section: type() };
    Type(type)(target, property);
    ValidateNested({ context })(target, property);
  };
}

/** What each key takes, by its path: `server.port` → "a port from 0 (any free one) to 65535". */
export function takenBy(keys: Keys): Map<string, string> {
  return new Map(describe(keys).map(({ path, takes }) => [path, takes]));
}

/** The paths of keys whose values must not be shown. Those of files that hold a secret are among them. */
export function secretsOf(keys: Keys): Set<string> {
  return new Set(describe(keys).flatMap(({ path, isSecret }) => (isSecret ? [path] : [])));
}

function describe(keys: Keys, above = ''): { path: string; takes: string; isSecret: boolean }[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(keys, '', false, false);
  return rules.flatMap(({ propertyName, context }) => {
    const path = above + propertyName;
    const described = context as Described;
    return 'takes' in described ? [{ path, ...described }] : describe(described.section, `${path}.`);
  });
}

/** @param what completes "write …" */
export function Value(what: string, test: Test): PropertyDecorator {
  return Rule(what, test, (value) => ` is ${show(value)}: write ${what}.`);
}

/** Like `Value`, for what must not be shown. */
export function SecretValue(what: string, test: Test): PropertyDecorator {
  const message = ` is of another form (not shown, it may hold a password): write ${what}.`;
  return Rule(what, test, () => message, true);
}

/** A list of at least `min` entries; a bad entry is named by its index, from 0. */
export function ListOf(what: string, example: string, test: Test, min = 0): PropertyDecorator {
  const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length >= min;
  return Rule(
    `a list such as ${example}${min > 0 ? ', not empty' : ''}; each entry is ${what}`,
    (value) => isList(value) && value.every(test),
    (value) => {
      if (!isList(value)) return ` is ${show(value)}: write a list, such as ${example}.`;
      const index = value.findIndex((entry) => !test(entry));
      return `[${index}] is ${show(value[index])}: write ${what}.`;
    },
  );
}

export function OneOf(values: readonly (string | null)[]): PropertyDecorator {
  const words = values.map(String);
  const last = words.pop();
  const what = words.length > 0 ? `${words.join(', ')} or ${last}` : `${last}`;
  return Value(what, (value) => values.some((known) => known === value));
}

export function Flag(): PropertyDecorator {
  return Value('true or false', (value) => typeof value === 'boolean');
}

/** A whole number of something: "milliseconds". */
export function Whole(unit: string, min: number, max: number = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `, at least ${min}` : ` from ${min} to ${max}`;
  return Value(`a whole number of ${unit}${bounds}`, isWhole(min, max));
}

/** A limit that ≤ 0 turns off. */
export function Limit(unit: string, max: number = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  const bounds = max === Number.MAX_SAFE_INTEGER ? '' : ` up to ${max}`;
  return Value(`a whole number of ${unit}${bounds}, or 0 for no limit`, isWhole(-Number.MAX_SAFE_INTEGER, max));
}

/** Longer ones make Node's timers fire at once. */
export const MOST_MILLIS = 2 ** 31 - 1;
/** A hundred years: more falls off the calendar of Postgres. */
export const MOST_HOURS = 876_000;

export const isWhole =
  (min: number, max: number): Test =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;

/** Digits in a text count, too: a variable whose default is null comes as one. */
export const isWholeOrNull =
  (min: number, max: number): Test =>
  (value) =>
    value === null || isWhole(min, max)(typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value);

export const isText: Test = (value) => typeof value === 'string' && value.trim() !== '';
export const isTextOrNull: Test = (value) => value === null || isText(value);
/** No url in the place of the file that should hold it. */
export const isPathOrNull: Test = (value) => isTextOrNull(value) && !String(value).includes('://');

/** What arrives in a header as it was sent. */
export const isTokenOrNull: Test = (value) =>
  value === null || (typeof value === 'string' && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value));

/** An address as people write it; none of the shorthands (`127.1`, `0x7f.1`) that ipaddr.js would take. */
export const isAddress: Test = (value) =>
  typeof value === 'string' && (ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value));

/** What a server can listen on. A name that is all digits and dots would be a mistyped address. */
export const isHost: Test = (value) =>
  isAddress(value) || (typeof value === 'string' && /^(?![\d.]+$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(value));

export const isContextPath: Test = (value) =>
  typeof value === 'string' && /^(\/|(\/(?!\.+(\/|$))[A-Za-z0-9._~-]+)+)$/.test(value);

export const isHttpUrlOrNull: Test = (value) =>
  value === null || (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value));

export const isPostgresUrlOrNull: Test = (value) =>
  value === null || (typeof value === 'string' && /^postgres(ql)?:\/\//.test(value) && URL.canParse(value));
