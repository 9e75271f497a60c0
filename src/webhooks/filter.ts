import { statesOf } from '../updates/payload.js';
import type { WebhookType } from '../updates/update.js';
import { readFields, refuse } from './read-fields.js';
import { listOf, oneOf, Optional, text, type Check } from './rules.js';

/**
 * Which updates of its type a webhook wants, as it is stored: those that are in each of these lists. `*` stands for any
 * characters in applications and request ids.
 */
export interface Filter {
  applications?: string[];
  requestIds?: string[];
  /** Event types, where the type has these. */
  states?: string[];
}

/** As long as an id can be (`updates/payload.ts`). */
const MAX_BYTES = 800;
const MOST = 100;

const pattern: Check = (value) => {
  const problem = text(value);
  if (problem !== null) return problem;
  const bytes = Buffer.byteLength(String(value));
  if (bytes === 0) return ' is empty: write an id, in which * stands for any characters';
  return bytes > MAX_BYTES ? ` has ${bytes} bytes: write at most ${MAX_BYTES}` : null;
};

class FilterDto {
  @Optional(listOf('application names, such as ["web-*"]', MOST, pattern))
  applications?: string[] | null;

  @Optional(listOf('request ids, such as ["web-*"]', MOST, pattern))
  requestIds?: string[] | null;

  @Optional(listOf('event types', MOST, text))
  eventTypes?: string[] | null;

  @Optional(listOf('states', MOST, text))
  states?: string[] | null;
}

/** What the payload calls the state of an update of this type. */
const listFor = (type: WebhookType): 'eventTypes' | 'states' =>
  type === 'REQUEST' || type === 'DEPLOY' ? 'eventTypes' : 'states';

/**
 * The filter as it is stored; null where it lets everything pass.
 * @throws InvalidInputError
 */
export function readFilter(given: Record<string, unknown>, type: WebhookType): Filter | null {
  const filter = readFields(FilterDto, given, 'filter.');
  const [right, wrong] =
    listFor(type) === 'states' ? (['states', 'eventTypes'] as const) : (['eventTypes', 'states'] as const);
  if (filter[wrong]) refuse(`filter.${wrong}`, ` is not for webhooks of type ${type}: write filter.${right}`);
  const states = filter[right];
  const problem = states && listOf(right, MOST, oneOf(statesOf(type)))(states);
  if (problem) refuse(`filter.${right}`, problem);
  const lists = Object.entries({ applications: filter.applications, requestIds: filter.requestIds, states });
  const present = lists.filter(([, list]) => list);
  return present.length === 0 ? null : Object.fromEntries(present);
}

/** The filter as it was given. */
export function showFilter(filter: Filter | null, type: WebhookType): Record<string, string[]> | null {
  if (filter === null) return null;
  const { states, ...ids } = filter;
  return states ? { ...ids, [listFor(type)]: states } : { ...ids };
}
