import { InvalidInputError } from '../errors/errors.js';

/** 9999-12-31: later ones have no place in an update's id. */
const LATEST_MILLIS = 253_402_300_799_999;
const MILLIS = /^\d{1,15}$/;
/** The zone is asked for: without it a time would be read in the zone of whoever reads it. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * A time in epoch milliseconds, out of ISO 8601 or epoch milliseconds.
 * @throws InvalidInputError
 */
export function readMoment(value: unknown, field: string): number {
  const millis = parse(value);
  if (millis >= 0 && millis <= LATEST_MILLIS) return millis;
  throw new InvalidInputError(
    field,
    `${field}: give a time in ISO 8601 with its zone, such as 2026-11-22T10:00:00Z, or in epoch milliseconds`,
  );
}

function parse(value: unknown): number {
  if (typeof value === 'number') return Number.isInteger(value) ? value : NaN;
  if (typeof value !== 'string') return NaN;
  if (MILLIS.test(value)) return Number(value);
  // The + of an offset becomes a blank in a query where it isn't encoded.
  const text = value.replace(/ (?=\d\d:\d\d$)/, '+');
  return ISO.test(text) ? Date.parse(text) : NaN;
}
