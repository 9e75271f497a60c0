import { InvalidInputError } from '../errors/errors.js';

/** One page of a list; `next` goes into `?after=` for the one that follows, null on the last. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

export const LIMIT = 100;
const MAX_LIMIT = 1_000;

/** @param rows one more than `limit`, if there are so many */
export function toPage<Row extends { id: number | string }>(rows: Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
}

/** Items are made of the rows that are shown alone. */
export function mapPage<Row, Item>({ items, next }: Page<Row>, toItem: (row: Row) => Item): Page<Item> {
  return { items: items.map(toItem), next };
}

/** @throws InvalidInputError */
export function readLimit(value: unknown): number {
  return readWhole(value, 'limit', 1, MAX_LIMIT);
}

/** @throws InvalidInputError */
export function readNumber(value: string, field: string): number {
  return readWhole(value, field, 0, Number.MAX_SAFE_INTEGER);
}

function readWhole(value: unknown, field: string, least: number, most: number): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidInputError(field, `${field}: give a whole number from ${least} to ${most}`);
}
