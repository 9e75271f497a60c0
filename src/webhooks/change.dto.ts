import { uriProblem } from '../egress/destination.js';
import { parseableByJavaNetUri } from '../egress/java-uri.js';
import { InvalidInputError } from '../errors/errors.js';
import type { Origin } from '../updates/target.js';
import { readBody } from './input.js';
import { OPTION_NAMES, readOptions } from './options.dto.js';
import { fieldsOf, readFields, refuse, refuseUnknown } from './read-fields.js';
import { NotNull, Optional, text, value, type Check } from './rules.js';
import type { Options, Webhook } from './webhook.entity.js';

/** Columns of a webhook with their new values. */
export type Change = Partial<Options & Pick<Webhook, 'uri' | 'user'>>;

const anAddress = value('the address to deliver to', (given) => typeof given === 'string');

/** What can be registered. */
const uri: Check = (given) => {
  const problem = anAddress(given) ?? text(given);
  if (problem !== null) return problem;
  const wrong = uriProblem(given as string);
  if (wrong !== null) return `: ${wrong}`;
  if (parseableByJavaNetUri(given as string)) return null;
  return ': The uri holds a character that none may hold, or half an escape: percent-encode it, a % as %25';
};

/** What can be changed beside the options. */
class ChangeDto {
  @NotNull(uri)
  uri?: string;

  @Optional(text)
  user?: string | null;
}
const OWN_NAMES = fieldsOf(ChangeDto);
const KNOWN = [...OWN_NAMES, ...OPTION_NAMES];

const ANOTHER = " can't be changed: register another webhook";
const RESUME = ' is only shown: leave it out, and pause and resume with POST …/pause and …/resume';
const SHOWN = ' is only shown: leave it out';
/** What the view holds and nobody writes. */
const UNCHANGEABLE = new Map([
  ...['id', 'type', 'timestamp'].map((name) => [name, ANOTHER] as const),
  ...['state', 'pausedAt', 'disabledAt', 'disabledReason'].map((name) => [name, RESUME] as const),
  ...[
    'registeredAt',
    'why',
    'failingSince',
    'restingUntil',
    'lastSuccessAt',
    'successRate',
    'lastNotice',
    'isDraining',
    'unreadable',
  ].map((name) => [name, SHOWN] as const),
  ...['oldSecretUntil'].map(
    (name) => [name, ' is only shown: leave it out, and replace the secret with POST …/secret'] as const,
  ),
  ...['waiting', 'waitingIsCapped', 'oldestWaitingAt', 'lastFailure'].map((name) => [name, SHOWN] as const),
]);

/** What the config says of its topics, anew at each start. */
const OF_CONFIG = ['uri', 'retry', 'maxConcurrent'];
const BY_CONFIG = " of a topic of the config can't be changed here: it is what the config says at each start";
/** What may be changed of what other routes keep. */
const FOR_OPERATORS = ['description', 'maxConcurrent'];
const KEPT: Partial<Record<Origin, string>> = {
  sail: " of a webhook of Sail can't be changed here: delete its url and add another, at /v1/applications/…/hook",
  message: " of the lane of an origin can't be changed here: each direct message says where it goes, and how",
};

const NO_OBJECT = 'body is no JSON object: send the fields to change, such as {"uri": "https://…"}';

/**
 * The object in the body of a PATCH.
 * @throws InvalidInputError
 */
export function readChangeBody(body: Buffer | undefined): Record<string, unknown> {
  const fields = readBody(body, NO_OBJECT);
  if (fields === null) throw new InvalidInputError('body', NO_OBJECT);
  return fields;
}

/**
 * What these fields change of a webhook.
 * @throws InvalidInputError for the first that can't be
 */
export function readChange(fields: Record<string, unknown>, webhook: Webhook): Change {
  for (const name of Object.keys(fields)) {
    const problem = UNCHANGEABLE.get(name);
    if (problem !== undefined) refuse(name, problem);
    if (webhook.origin === 'config' && OF_CONFIG.includes(name)) refuse(name, BY_CONFIG);
    const kept = KEPT[webhook.origin];
    if (kept !== undefined && KNOWN.includes(name) && !FOR_OPERATORS.includes(name)) refuse(name, kept);
  }
  refuseUnknown(fields, KNOWN);
  const own = Object.fromEntries(Object.entries(fields).filter(([name]) => OWN_NAMES.includes(name)));
  return { ...readFields(ChangeDto, own), ...readOptions(fields, webhook) };
}

/** Whether a change says how and where deliveries are sent, and so may help those that failed. */
export function changesSending(change: Change): boolean {
  return Object.keys(change).some((name) => name !== 'description' && name !== 'user');
}
