import { isDeepStrictEqual } from 'node:util';
import type { Format, Retry } from '../updates/target.js';
import type { WebhookType } from '../updates/update.js';
import { refuse } from './read-fields.js';
import type { Options } from './webhook.entity.js';

/** What a format brings along where a webhook doesn't say otherwise. Null is left to the config. */
type Defaults = Pick<Options, 'retry' | 'timeoutMillis'>;

const RETRIES = 10;
const FIRST_WAIT_MILLIS = 7_000;

/**
 * Ten retries, each wait twice the one before, all counted from the update's own time: the last comes 7 161 s after it, and
 * none after two hours (contract of Sail Above, §4). The schedule is the only limit.
 */
export const SAIL_RETRY = {
  policy: 'schedule',
  delaysMillis: Array.from({ length: RETRIES }, (_, retry) => FIRST_WAIT_MILLIS * 2 ** retry),
  from: 'update',
  jitter: 0.1,
  maxAgeHours: 2,
  maxQueued: 0,
} satisfies Retry;
const SAIL: Defaults = { retry: SAIL_RETRY, timeoutMillis: 10_000 };
const OTHERS: Defaults = { retry: null, timeoutMillis: null };

export const defaultsOf = (format: Format): Defaults => (format === 'sail' ? SAIL : OTHERS);

/**
 * The options given, and the defaults of their format for what is left to it: what wasn't said before either, or is null.
 * @param stored of the webhook as it is
 * @throws InvalidInputError for a format that tells nothing of this type
 */
export function withFormat(
  given: Partial<Options>,
  stored: Partial<Defaults & Pick<Options, 'format'>>,
  type: WebhookType,
): Partial<Options> {
  const before = stored.format ?? 'singularity';
  const format = given.format ?? before;
  if (format === 'sail' && type !== 'TASK') {
    refuse('format', ` is "sail", which tells of containers: it is for webhooks of type TASK, and this is a ${type}`);
  }
  const isLeft = (name: keyof Defaults): boolean =>
    name in given ? given[name] === null : isDeepStrictEqual(stored[name] ?? null, defaultsOf(before)[name]);
  const differs = (name: keyof Defaults): boolean =>
    name in given || !isDeepStrictEqual(defaultsOf(before)[name], defaultsOf(format)[name]);
  const changed = (['retry', 'timeoutMillis'] as const).filter((name) => isLeft(name) && differs(name));
  return { ...given, ...Object.fromEntries(changed.map((name) => [name, defaultsOf(format)[name]])) };
}
