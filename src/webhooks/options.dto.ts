import { FORMATS, ORDERS, type Format, type Order } from '../updates/target.js';
import { readHeaders } from './custom-headers.js';
import { readFilter } from './filter.js';
import { withFormat } from './format-defaults.js';
import { fieldsOf, readFields } from './read-fields.js';
import { readRetry } from './retry.js';
import { object, oneOf, Optional, textOf, whole } from './rules.js';
import type { Options, Webhook } from './webhook.entity.js';

type Given<T> = T | null | undefined;

/** What a webhook can be told beyond Singularity's fields. Null: the default. */
export class OptionsDto {
  @Optional(textOf(1_000))
  description: Given<string>;

  @Optional(object('{"requestIds": ["web-*"]}'))
  filter: Given<Record<string, unknown>>;

  @Optional(object('{"X-Team": "platform"}'))
  headers: Given<Record<string, unknown>>;

  @Optional(oneOf(FORMATS))
  format: Given<Format>;

  @Optional(oneOf(ORDERS))
  order: Given<Order>;

  @Optional(object('{"policy": "poll"}'))
  retry: Given<Record<string, unknown>>;

  @Optional(whole('milliseconds', 1, 60_000))
  connectTimeoutMillis: Given<number>;

  @Optional(whole('milliseconds', 1, 600_000))
  timeoutMillis: Given<number>;

  @Optional(whole('deliveries', 1, 1_000))
  maxConcurrent: Given<number>;
}

export const OPTION_NAMES = fieldsOf(OptionsDto);

/** What is null is left to the config. */
export const DEFAULT_OPTIONS: Options = {
  description: null,
  filter: null,
  headers: null,
  format: 'singularity',
  order: 'subject',
  retry: null,
  connectTimeoutMillis: null,
  timeoutMillis: null,
  maxConcurrent: null,
};

/**
 * The options among the fields given, as they are stored for this webhook.
 * @throws InvalidInputError
 */
export function readOptions(
  fields: Record<string, unknown>,
  webhook: Pick<Webhook, 'type' | 'headers'> & Partial<Pick<Webhook, 'format' | 'retry' | 'timeoutMillis'>>,
): Partial<Options> {
  const given = Object.fromEntries(Object.entries(fields).filter(([name]) => OPTION_NAMES.includes(name)));
  const { filter, headers, retry, ...plain } = readFields(OptionsDto, given);
  const read: Record<string, unknown> = {
    ...plain,
    filter: filter && readFilter(filter, webhook.type),
    headers: headers && readHeaders(headers, webhook.headers),
    retry: retry && readRetry(retry),
  };
  const options = Object.fromEntries(
    Object.keys(given).map((name) => [name, read[name] ?? DEFAULT_OPTIONS[name as keyof Options]]),
  );
  return withFormat(options, webhook, webhook.type);
}
