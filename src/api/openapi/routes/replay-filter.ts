import type { Parameter } from '../route.js';
import { OF_REQUEST, OF_UPDATE, OF_WEBHOOK, query, SINCE, UNTIL } from '../parameters.js';
import { object, type Schema } from '../schema.js';
import { queuedType } from '../schemas/update.js';

/** The body of a request by filter: what its list takes as parameters, but for the page. */
export function replayFilter(more: Parameter[], minProperties: number): Schema {
  const type = query('type', queuedType('Only of updates of this type.'));
  const all = [OF_WEBHOOK, OF_UPDATE, OF_REQUEST, type, ...more, SINCE, UNTIL];
  const properties = all.map(({ name, description, schema }) => [name, { ...schema, description }] as const);
  const names = properties.map(([name]) => name);
  const filter = object('Which ones. The fields narrow together.', Object.fromEntries(properties), names);
  return minProperties > 0 ? { ...filter, minProperties } : filter;
}
