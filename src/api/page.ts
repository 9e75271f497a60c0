import { InvalidInputError } from '../errors/errors.js';
import { idSpellings } from '../updates/url-encoder.js';

/** One page of a list; `next` goes into `?after=` for the one that follows, null on the last. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface PageQuery {
  after: number;
  limit: number;
  /** Spellings of the id of one webhook; null: all webhooks. */
  webhookIds: string[] | null;
}

const LIMIT = 100;
const MAX_LIMIT = 1_000;

/** @throws InvalidInputError */
export function readPage(query: Record<string, unknown>): PageQuery {
  const { after, limit, webhookId } = query;
  if (webhookId !== undefined && (typeof webhookId !== 'string' || webhookId.includes('\0'))) {
    throw new InvalidInputError('webhookId', 'webhookId: give the id of one webhook');
  }
  return {
    after: readNumber('after', after, 0, 0, Number.MAX_SAFE_INTEGER),
    limit: readNumber('limit', limit, LIMIT, 1, MAX_LIMIT),
    webhookIds: webhookId === undefined ? null : idSpellings(webhookId),
  };
}

/** @param rows one more than `limit`, if there are so many */
export function toPage<T extends { id: number }>(rows: T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
}

function readNumber(field: string, value: unknown, otherwise: number, least: number, most: number): number {
  if (value === undefined) return otherwise;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidInputError(field, `${field}: give a whole number from ${least} to ${most}`);
}
