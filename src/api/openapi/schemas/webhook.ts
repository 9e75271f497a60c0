import type { PublicKey } from '../../../signing/asymmetric.js';
import { REASONS } from '../../../updates/outcome.js';
import type { DisabledActionView } from '../../../webhooks/disabled-actions.service.js';
import { ACTIONS } from '../../../webhooks/disabled-action.entity.js';
import type { WebhookSummary, WebhookView } from '../../../webhooks/webhooks.service.js';
import type { LastFailure, WebhookDetails } from '../../../webhooks/webhook-view.js';
import type { NewSecret } from '../../../webhooks/secret.service.js';
import type { WebhookState } from '../../../webhooks/webhook-state.js';
import type { PublicKeys } from '../../keys.controller.js';
import type { TestSend } from '../../test-send.service.js';
import {
  described,
  epochMillis,
  flag,
  list,
  number,
  object,
  orNull,
  ref,
  text,
  time,
  view,
  whole,
  word,
  words,
} from '../schema.js';
import type { Schema } from '../schema.js';
import { DISABLED_REASONS, HEALTH_EVENTS } from '../../../updates/webhook-health.js';
import { queuedType, updateType, webhookType } from './update.js';
import { OPTIONS } from './webhook-options.js';

const STATES: Record<WebhookState, string> = {
  active: 'deliveries go as they come',
  failing: 'two subjects, or all that wait, have failed since the last success: one delivery is tried at each poll',
  resting: 'the receiver asked by `Retry-After` to be left alone',
  paused: 'somebody paused it: updates go on queueing',
  disabled:
    'the receiver answered 410 Gone, or has failed for `disableFailingWebhooksAfterHours`: updates go on queueing, and nothing is sent until it is resumed or changed',
};

const id = text('Its id: the one it was registered with, else its type, `-` and its encoded uri.');
const type = updateType('The updates that it wants.');
const uri = text(
  'Where deliveries go: http or https. `$REQUEST_ID`, `$DEPLOY_ID`, `$TASK_ID` and the like are filled in.',
);
const user = text('Who registered it, as they said.');
const timestamp = epochMillis('When it was registered, in epoch milliseconds, or what it was registered with.');
const options = Object.entries(OPTIONS).map(([name, schema]) => [name, orNull(schema)] as const);
const optionsOrNull = Object.fromEntries(options) as typeof OPTIONS;

/** Webhooks, as Singularity and as Hooktide shows them, and the switches. */
export const WEBHOOK_SCHEMAS: Record<string, Schema> = {
  NewWebhook: {
    type: 'object',
    description:
      "A webhook to register. Unknown fields are ignored as Singularity does, unless one of Hooktide's options is among them: then they are refused.",
    required: ['uri', 'type'],
    properties: {
      uri,
      type: webhookType(
        'The updates that it wants. Any case, and `-` for `_`, are taken too. Of `WEBHOOK_HEALTH` Hooktide tells itself.',
      ),
      id: orNull(text('An id of your own, at most 2000 bytes. Default: its type, `-` and its encoded uri.')),
      user: orNull(user),
      timestamp: orNull(epochMillis('When it was registered, in epoch milliseconds. Default: now.')),
      ...optionsOrNull,
    },
  },
  Webhook: view<WebhookView>(
    'A webhook, as Singularity shows it.',
    { uri, timestamp, user: described('Who registered it. Left out where they did not say.', user), type, id },
    ['user'],
  ),
  WebhookSummary: view<WebhookSummary>('A webhook, and how much waits for it.', {
    webhook: ref('Webhook'),
    queueSize: whole('How many deliveries wait for it.', 0),
  }),
  WebhookChange: object(
    'What to change of a webhook. What is left out stays; null goes back to the default.',
    { uri, user: orNull(user), ...optionsOrNull },
    ['uri', 'user', ...Object.keys(OPTIONS)],
  ),
  WebhookDetails: view<WebhookDetails>('All about one webhook. What has no value is null.', {
    id,
    type: queuedType('The updates that it wants; `MESSAGE`: it is where direct messages to one origin wait.'),
    uri,
    user: orNull(user),
    timestamp,
    registeredAt: time('When it was registered, by the clock of Postgres. It gets updates accepted after it.'),
    ...optionsOrNull,
    format: OPTIONS.format,
    order: OPTIONS.order,
    secret: orNull(text('`***`: its deliveries are signed. Null: they are not.')),
    oldSecretUntil: orNull(time('Until when the secret before the newest signs as well. Null: it signs alone.')),
    hubSignature: flag('Whether deliveries bear `X-Hub-Signature-256` as well.'),
    unreadable: orNull(text("Why what is secret of it can't be read, so that nothing is sent. Null: it can.")),
    state: words('What it is doing: the first of these that holds, from paused on up.', STATES),
    why: text('For a person: why it gets nothing, or what is going on.'),
    pausedAt: orNull(time('Since when it is paused. Null: it is not.')),
    disabledAt: orNull(time('Since when it is disabled. Null: it is not.')),
    disabledReason: orNull(
      word('Why: by a 410 of its receiver, or by `disableFailingWebhooksAfterHours`.', DISABLED_REASONS),
    ),
    failingSince: orNull(time('Since when it is failing. Null: it is not.')),
    restingUntil: orNull(time('Until when the receiver asked to be left alone. Null: it did not.')),
    lastSuccessAt: orNull(time('When a delivery arrived last. Null: none did.')),
    successRate: orNull(
      number(
        'Of the attempts of the last 24 hours, as far as they are counted, the share that succeeded. Null: none was made.',
        {
          minimum: 0,
          maximum: 1,
        },
      ),
    ),
    lastNotice: orNull(
      word('The event that a `WEBHOOK_HEALTH` update told last of it. Null: none since it works.', HEALTH_EVENTS),
    ),
    isDraining: flag('Whether what waited when it was resumed leaves at no more than `drainPerSecond`.'),
    waiting: whole('How many deliveries wait, as far as they are counted.', 0),
    waitingIsCapped: flag('Whether more wait than `waiting` says.'),
    oldestWaitingAt: orNull(time('Since when the oldest one waits. Null: none does.')),
    lastFailure: orNull(ref('LastFailure')),
  }),
  NewSecret: view<NewSecret>('The secret that signs from now on. It is shown this once.', {
    secret: text('`whsec_` and base64, as the libraries of Standard Webhooks take it.'),
    oldSecretUntil: orNull(time('Until when the secret before it signs as well. Null: it does not any more.')),
  }),
  Rotation: object(
    'How to replace a secret.',
    {
      overlapHours: orNull(
        whole('So long the secret before signs as well; 0: it ends at once. Default: `signing.overlapHours`.', 0, 720),
      ),
      secret: orNull(text('One of your own: `whsec_` and 24 to 64 bytes in base64. Default: one made of chance.')),
    },
    ['overlapHours', 'secret'],
  ),
  PublicKeys: view<PublicKeys>('The keys by which receivers verify signatures of `v1a`.', {
    keys: list(
      'One for each key of `signing.keysFile`: each signs every signed delivery.',
      view<PublicKey>('A key.', {
        id: text('The beginning of its hash.'),
        algorithm: { const: 'ed25519', description: 'Ed25519 (RFC 8032).' },
        publicKey: text('`whpk_` and its 32 bytes in base64.'),
      }),
    ),
  }),
  LastFailure: view<LastFailure>('How the last attempt failed, of what waits or was dropped since the last success.', {
    reason: word('How the attempt ended.', REASONS),
    status: orNull(whole("The receiver's HTTP status. Null: it sent none.", 100, 999)),
    detail: text('One sentence for a person, with the numbers.'),
    answer: orNull(text("Up to 512 characters of the receiver's answer. Null: it was empty.")),
    at: time('When the attempt ended.'),
  }),
  TestSend: view<TestSend>('A sample that was sent, and what came of it.', {
    delivered: flag('Whether the receiver took it: answered with 200 to 299.'),
    outcome: ref('Outcome'),
    sent: view<TestSend['sent']>("What was sent. The webhook's own headers are left out: they may hold secrets.", {
      id: text('The header `webhook-id`.'),
      destination: text('The uri, its placeholders filled in.'),
      contentType: text('The header `content-type`.'),
      body: text('The body.'),
    }),
  }),
  DisabledAction: view<DisabledActionView>(
    'An action that is switched off.',
    {
      type: word('The action.', ACTIONS),
      message: text('What callers are told.'),
      user: text('Who switched it off. Left out where they did not say.'),
      automaticallyClearable: { const: false, description: 'Always false: somebody has to switch it on again.' },
    },
    ['user'],
  ),
  SwitchOff: {
    type: 'object',
    description: 'What to tell callers.',
    properties: { message: text('Goes into the 409, at most 4000 bytes. Default: `Action is currently disabled`.') },
  },
};
