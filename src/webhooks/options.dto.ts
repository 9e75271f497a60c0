import { FORMATS, ORDERS, type Format, type Order } from '../updates/target.js';
import { onlyToProblem } from '../egress/only-to.js';
import { tlsProblem } from '../egress/tls.js';
import { aSecret, hiddenObject, readAuth, readSigning, readTls } from './credentials.js';
import { readHeaders } from './custom-headers.js';
import { readFilter } from './filter.js';
import { withFormat } from './format-defaults.js';
import { fieldsOf, readFields, refuse } from './read-fields.js';
import { readRetry } from './retry.js';
import { listOf, object, oneOf, Optional, text, textOf, value, whole } from './rules.js';
import type { Options, Webhook } from './webhook.entity.js';

type Given<T> = T | null | undefined;

/** What a webhook can be told beyond Singularity's fields. Null: the default. */
export class OptionsDto {
  @Optional(textOf(1_000))
  description: Given<string>;

  @Optional(object('{"requestIds": ["web-*"]}'))
  filter: Given<Record<string, unknown>>;

  @Optional(hiddenObject('{"X-Team": "platform"}'))
  headers: Given<Record<string, unknown>>;

  @Optional(hiddenObject('{"type": "bearer", "token": "…"}'))
  auth: Given<Record<string, unknown>>;

  @Optional(aSecret)
  secret: Given<string>;

  @Optional(value('true or false', (given) => typeof given === 'boolean'))
  hubSignature: Given<boolean>;

  @Optional(hiddenObject('{"certificate": "-----BEGIN …", "key": "-----BEGIN …"}'))
  tls: Given<Record<string, unknown>>;

  @Optional(listOf('addresses, ranges and hosts', 100, text))
  onlyTo: Given<string[]>;

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
  auth: null,
  signing: null,
  tls: null,
  onlyTo: null,
  format: 'singularity',
  order: 'subject',
  retry: null,
  connectTimeoutMillis: null,
  timeoutMillis: null,
  maxConcurrent: null,
};

/** What of a webhook its new options may build on. */
export type Stored = Pick<Webhook, 'type'> &
  Partial<Pick<Webhook, 'headers' | 'auth' | 'signing' | 'tls' | 'format' | 'retry' | 'timeoutMillis'>>;

/** What of the options is given by other names. */
const OF_SIGNING: readonly string[] = ['secret', 'hubSignature'];

/**
 * The options among the fields given, as they are stored for this webhook.
 * @throws InvalidInputError
 */
export function readOptions(fields: Record<string, unknown>, webhook: Stored): Partial<Options> {
  const given = Object.fromEntries(Object.entries(fields).filter(([name]) => OPTION_NAMES.includes(name)));
  const { filter, headers, auth, secret, hubSignature, tls, onlyTo, retry, ...plain } = readFields(OptionsDto, given);
  const read: Record<string, unknown> = {
    ...plain,
    filter: filter && readFilter(filter, webhook.type),
    headers: headers && readHeaders(headers, webhook.headers ?? null),
    auth: auth && readAuth(auth, webhook.auth ?? null),
    tls: tls && readTls(tls, webhook.tls ?? null, (given) => tlsProblem(given, Date.now())),
    onlyTo: onlyTo && readOnlyTo(onlyTo),
    retry: retry && readRetry(retry),
  };
  const names = Object.keys(given).filter((name) => !OF_SIGNING.includes(name));
  const options: Partial<Options> = Object.fromEntries(
    names.map((name) => [name, read[name] ?? DEFAULT_OPTIONS[name as keyof Options]]),
  );
  if (OF_SIGNING.some((name) => name in given)) {
    const signing = readSigning({ secret, hubSignature }, webhook.signing);
    if (signing !== undefined) options.signing = signing;
  }
  return withFormat(options, webhook, webhook.type);
}

function readOnlyTo(entries: string[]): string[] {
  for (const [index, entry] of entries.entries()) {
    const problem = onlyToProblem(entry);
    if (problem !== null) refuse(`onlyTo[${index}]`, problem);
  }
  return entries;
}
