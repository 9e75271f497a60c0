import type { Filter } from '../../../webhooks/filter.js';
import { DEFAULT_OPTIONS } from '../../../webhooks/options.dto.js';
import type { Options } from '../../../webhooks/webhook.entity.js';
import { statesOf } from '../../../updates/payload.js';
import type { WebhookType } from '../../../updates/update.js';
import { RETRY_POLICIES, type Format, type Order, type Retry } from '../../../updates/target.js';
import type { ReceiverAuth } from '../../../updates/webhook-secrets.js';
import { flag, list, number, object, orNull, ref, text, whole, word, words, type Schema } from '../schema.js';

const FORMATS: Record<Format, string> = {
  singularity: 'the payload as it came, byte for byte',
  cloudevents: 'a CloudEvent in structured mode, the payload as its `data`',
  'cloudevents-binary': 'a CloudEvent in binary mode: attributes as `ce-` headers, the payload as the body',
  form: 'flat fields as `application/x-www-form-urlencoded`, the payload as one of them',
  sail: "Sail Above's payload, one for each change of a container's state; for webhooks of type TASK. It brings a schedule of its own: ten retries within two hours",
  slack: "a message that Slack's incoming webhooks take",
};
const ORDERS: Record<Order, string> = {
  subject: 'updates about one subject leave in their order, and a failed one holds up the later ones',
  none: 'each for itself',
};
const POLICIES: Record<Retry['policy'], string> = {
  poll: 'at every poll (`checkWebhooksEveryMillis`). The default',
  constant: 'always after `delayMillis`',
  linear: 'the nth retry after n times `delayMillis`',
  exponential: 'each wait is `factor` times the one before, from `delayMillis` on',
  schedule: 'after each of `delaysMillis` in turn; after the last it becomes a dead letter',
};

const MOST_MILLIS = 2_592_000_000;
const PATTERN = text('An id, in which `*` stands for any characters; at most 800 bytes.', { minLength: 1 });
const MANY = { minItems: 1, maxItems: 100 };
const anyOf = (what: string): string => `Only updates with one of these ${what}.`;
const among = (description: string, types: WebhookType[]): Schema =>
  word(description, [...new Set(types.flatMap((type) => statesOf(type)))]);

const FILTER: Record<keyof Filter | 'eventTypes', Schema> = {
  applications: list(anyOf('applications'), PATTERN, MANY),
  requestIds: list(`${anyOf('request ids')} Of the health of webhooks these are the webhooks’ ids.`, PATTERN, MANY),
  eventTypes: list(
    `${anyOf('event types')} For webhooks of the types REQUEST and DEPLOY.`,
    among("An event type of the webhook's type.", ['REQUEST', 'DEPLOY']),
    MANY,
  ),
  states: list(
    `${anyOf('states')} For webhooks of the other types.`,
    among(
      'A task state; of a crash loop whether it goes on; of an elevated access the scope; of the health of webhooks the event.',
      ['TASK', 'CRASHLOOP', 'ELEVATED_ACCESS', 'WEBHOOK_HEALTH'],
    ),
    MANY,
  ),
};

const delayMillis = whole('In milliseconds, at most 30 days.', 100, MOST_MILLIS);
const maxDelayMillis = whole('No wait is longer, in milliseconds.', 100, MOST_MILLIS);
const jitter = number('Up to this share of each wait is taken off it by chance.', { minimum: 0, maximum: 1 });
const maxAttempts = whole('After so many failed attempts it becomes a dead letter.', 1, 1_000);
const maxAgeHours = number('In place of `deleteUndeliverableWebhooksAfterHours`.', {
  exclusiveMinimum: 0,
  maximum: 8_760,
});
const maxQueued = whole('In place of `maxQueuedUpdatesPerWebhook`; 0: no such limit.', 0, 10_000_000);
const from = {
  ...words('What the waits follow.', {
    attempt: 'each the attempt before. The default',
    update: "the update's own time: what the attempts take puts nothing off, and what would be over age is not tried",
  }),
  default: 'attempt',
};
const factor = number('Each wait is so many times the one before.', { minimum: 1, maximum: 10, default: 2 });
const delaysMillis = list('One wait for each retry.', whole('In milliseconds.', 0, MOST_MILLIS), {
  minItems: 1,
  maxItems: 100,
});

/** What may stand beside `policy`. */
const BESIDE: Record<Retry['policy'], Record<string, Schema>> = {
  poll: { maxAttempts, maxAgeHours, maxQueued },
  constant: { delayMillis, jitter, maxAttempts, maxAgeHours, maxQueued },
  linear: { delayMillis, maxDelayMillis, jitter, maxAttempts, maxAgeHours, maxQueued },
  exponential: { delayMillis, maxDelayMillis, factor, jitter, maxAttempts, maxAgeHours, maxQueued },
  schedule: { delaysMillis, from, jitter, maxAgeHours, maxQueued },
};
const REQUIRED = ['delayMillis', 'delaysMillis'];

function retryBy(policy: Retry['policy']): Schema {
  const beside = BESIDE[policy];
  const optional = Object.keys(beside).filter((name) => !REQUIRED.includes(name));
  const properties = { policy: { const: policy, description: POLICIES[policy] }, ...beside };
  return { title: policy, ...object(`Again ${POLICIES[policy]}.`, properties, optional) };
}

/** What of the options is given by other names than those it is stored under. */
type GivenOption = Exclude<keyof Options, 'signing'> | 'secret' | 'hubSignature';

/** What a webhook can be told beyond Singularity's fields. */
export const OPTIONS: Record<GivenOption, Schema> = {
  description: text('For people: what it is for.', { maxLength: 1_000 }),
  filter: ref('Filter'),
  headers: {
    type: 'object',
    description:
      "Sent with each of its requests, beside Hooktide's own: at most 50. Values are secrets and shown as `***`; `***` written back keeps the stored value.",
    additionalProperties: { type: 'string', maxLength: 4_096 },
    maxProperties: 50,
  },
  auth: ref('ReceiverAuth'),
  secret: text(
    'What its deliveries are signed by: `whsec_` and 24 to 64 bytes in base64. Null: they are not signed. A webhook that is registered without one gets one, unless the config says otherwise. Shown as `***`; `***` written back keeps the stored one. Written anew, it signs at once and alone: `POST …/secret` replaces it with an overlap.',
  ),
  hubSignature: flag('Whether deliveries bear `X-Hub-Signature-256` as well, by the newest secret. Default: false.'),
  tls: ref('ReceiverTls'),
  onlyTo: list(
    "Narrows where its requests may go, within what the config's `egress` allows: one entry at least has to name the place.",
    text('An address, a range or a host, with a port or without: as in `egress.allow`.'),
    { minItems: 1, maxItems: 100 },
  ),
  format: { ...words('How an update becomes a body.', FORMATS), default: DEFAULT_OPTIONS.format },
  order: { ...words('In which order deliveries leave.', ORDERS), default: DEFAULT_OPTIONS.order },
  retry: ref('Retry'),
  connectTimeoutMillis: whole('For name, connection and handshake. Default: `http.connectTimeoutMillis`.', 1, 60_000),
  timeoutMillis: whole('For the whole attempt. Default: `http.totalTimeoutMillis`.', 1, 600_000),
  maxConcurrent: whole('Deliveries under way at once. Default: `maxConcurrentPerWebhook`.', 1, 1_000),
};

const hidden = (what: string): Schema =>
  text(`${what} Shown as \`***\`; \`***\` written back keeps the stored one.`, { maxLength: 4_096 });
const credential = (what: string): Schema => text(what, { minLength: 1, maxLength: 4_096 });
const pem = (what: string): Schema => orNull(text(what, { maxLength: 65_536 }));

function authBy(
  type: ReceiverAuth['type'],
  description: string,
  beside: Record<string, Schema>,
  optional: string[] = [],
) {
  const named = { type: { const: type, description }, ...beside };
  return { title: type, ...object(`${description}.`, named, optional) };
}

const RECEIVER_AUTH: Record<ReceiverAuth['type'], Schema> = {
  basic: authBy('basic', 'User and password, by HTTP Basic', {
    user: credential('Who calls: without a colon.'),
    password: hidden('What only the receiver knows.'),
  }),
  bearer: authBy('bearer', 'A token that stays the same', {
    token: hidden('Sent as `Authorization: Bearer <token>`.'),
  }),
  oauth2: authBy(
    'oauth2',
    'A token that a server gives for client credentials (RFC 6749 §4.4)',
    {
      tokenUrl: text(
        'Where tokens are asked for: http or https, without placeholders. The egress rules hold here, too.',
      ),
      clientId: credential('Who calls.'),
      clientSecret: hidden('What only the token server knows. It is to be written anew for another server.'),
      scope: credential('What is asked for, as the server names it.'),
      audience: credential('For whom it is asked for, where the server wants to know.'),
      sendAs: {
        ...words('Where the credentials stand.', {
          basic: 'in the header, as RFC 6749 §2.3.1 prefers it',
          body: 'in the body, as `client_id` and `client_secret`',
        }),
        default: 'basic',
      },
    },
    ['scope', 'audience', 'sendAs'],
  ),
};

export const OPTION_SCHEMAS: Record<string, Schema> = {
  ReceiverAuth: {
    description:
      'How Hooktide says to the receiver who it is: in `Authorization`, in place of one of `headers`. A token of `oauth2` is kept while it is good, and replaced at once when the receiver answers 401.',
    oneOf: Object.values(RECEIVER_AUTH),
  },
  ReceiverTls: object(
    'For connections to the receiver (not to a token server), in PEM.',
    {
      ca: pem("Whom to trust, in place of the config's authorities."),
      certificate: pem('Shown to a receiver that asks who calls (mTLS), with the chain behind it.'),
      key: pem('The private key of the certificate. Shown as `***`; `***` written back keeps the stored one.'),
    },
    ['ca', 'certificate', 'key'],
  ),
  Filter: object(
    'Which updates of its type a webhook wants: those that are in each of the lists given.',
    FILTER,
    Object.keys(FILTER),
  ),
  Retry: {
    description:
      'When a failed delivery is tried again, and when it is given up. With a policy other than `poll`, deliveries are tried when they are due, and a failing webhook is not reduced to one attempt a poll.',
    oneOf: RETRY_POLICIES.map(retryBy),
  },
};
