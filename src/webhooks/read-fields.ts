import { getMetadataStorage, validateSync } from 'class-validator';
import { nearest } from '../config/nearest.js';
import { InvalidInputError } from '../errors/errors.js';

type Fields = Record<string, unknown>;

/** Messages show so many characters of a name that comes from outside. */
export const MOST_SHOWN = 100;

/**
 * Reads an object strictly, by a DTO whose rules (`rules.ts`) say what each field may be.
 * @param path what precedes the names of its fields: `retry.`
 * @throws InvalidInputError for the first field that is unknown or wrong, with its full path
 */
export function readFields<T extends object>(dto: new () => T, fields: Fields, path = ''): { [K in keyof T]: T[K] } {
  refuseUnknown(fields, fieldsOf(dto), path);
  const [wrong] = validateSync(Object.assign(new dto(), fields));
  if (wrong) refuse(path + wrong.property, Object.values(wrong.constraints ?? {})[0] ?? ' is wrong');
  return fields as T;
}

/** The names of the fields that a DTO has rules for. */
export function fieldsOf(dto: Function): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}

/** @throws InvalidInputError */
export function refuseUnknown(fields: Fields, known: readonly string[], path = ''): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = unknown.slice(0, MOST_SHOWN);
  refuse(path + name, ` is no field of a webhook. The nearest one is ${path}${nearest(name, known)}`);
}

/** @param problem continues the path; about one entry of a list it begins with the index */
export function refuse(path: string, problem: string): never {
  const [index = ''] = /^\[\d+\]/.exec(problem) ?? [];
  throw new InvalidInputError(path + index, path + problem);
}
