import { DROP_REASONS, type DeadLetter } from '../../../queue/sql/dead-letters.js';
import type { DropReason } from '../../../queue/sql/drop.js';
import type { DeliveryState } from '../../../queue/sql/delivery-view.js';
import { REASONS, type Outcome, type Phases } from '../../../updates/outcome.js';
import type { Delivery, LastOutcome } from '../../delivery.js';
import type { Discarded, ReplayedMany, ReplayedOne } from '../../replay.service.js';
import type { Why } from '../../why-waiting.js';
import { described, flag, number, object, orNull, page, ref, text, time, view, whole, word, words } from '../schema.js';
import type { Schema } from '../schema.js';
import { deployId, queuedType, requestId, taskId } from './update.js';

export const DROPPED: Record<DropReason, string> = {
  over_cap: 'the webhook was failing, and newer ones than `maxQueuedUpdatesPerWebhook` allows waited behind it',
  over_age: 'the update was older than `deleteUndeliverableWebhooksAfterHours`, or the webhook, allow',
  attempts_exhausted: 'it had failed as often as the retry policy of the webhook, or of the direct message, allows',
  too_large: 'it is larger than SNS takes, payload and attributes together',
  webhook_deleted: 'the webhook was deleted while it waited',
};
export const STATES: Record<DeliveryState, string> = {
  waiting: 'it is going to be tried, again or for the first time',
  delivered: 'the receiver answered with 200 to 299',
  dropped: 'it is given up, and kept as a dead letter',
};

const millis = (what: string): Schema => number(`${what}, in milliseconds.`, { minimum: 0 });
const PHASES: Record<keyof Phases, Schema> = {
  dnsMillis: millis('Looking up the name'),
  connectMillis: millis('Connecting'),
  tlsMillis: millis('The handshake of TLS'),
  firstByteMillis: millis('From the request to the first byte of the answer'),
  bodyMillis: millis("The answer's body"),
};
const reason = word('How the attempt ended.', REASONS);
const status = whole("The receiver's HTTP status.", 100, 999);
const detail = text('One sentence for a person, with the numbers.');
const answer = text("Up to 512 characters of the receiver's answer.", { maxLength: 512 });
const durationMillis = millis('How long the attempt took');
const whereItWent = (missing: string): string => `Where its time went. ${missing}`;
const id = whole('The number of the delivery. It stays when the delivery is dropped.', 1);
const webhookId = text('The webhook that it is, or was, owed to.');
const updateId = text("Hooktide's id of the update.", { format: 'uuid' });
const attempts = whole(
  'How many attempts there were. 0 of a dropped one: what dropped it was the failure of another of its webhook.',
  0,
);
const firstTriedAt = orNull(time('When the first attempt began. Null: there was none.'));
const lastTriedAt = orNull(time('When the last attempt ended. Null: there was none.'));
const dropReason = word('Why it was dropped.', DROP_REASONS);

/** Deliveries, dead letters, and what became of attempts. */
export const DELIVERY_SCHEMAS: Record<string, Schema> = {
  Delivery: view<Delivery>('One update owed to one webhook.', {
    id,
    state: words('Where it stands.', STATES),
    webhookId,
    updateId,
    type: queuedType('The type of the update.'),
    updateState: text('The state that the update tells of.'),
    requestId,
    deployId,
    taskId,
    isReplay: flag('Whether it is a replay. Its age counts from then, and it holds nothing up.'),
    attempts,
    firstTriedAt,
    lastTriedAt,
    deliveredAt: orNull(time('When it arrived. Null: it did not.')),
    droppedAt: orNull(time('When it was dropped. Null: it was not.')),
    dropReason: orNull(described('Why it was dropped. Null: it was not.', dropReason)),
    waitingSince: orNull(time('Since when it waits. Null: it does not.')),
    nextTryAt: orNull(time('When it is tried next, at the earliest. Null: that depends on somebody, or on others.')),
    why: described('Why it is in this state.', ref('Why')),
    lastOutcome: orNull(ref('LastOutcome')),
  }),
  DeliveryPage: page('deliveries, newest first', ref('Delivery')),
  Why: view<Why>('Why something is as it is.', {
    code: text('A stable word to branch on. GET /api/deliveries/{id} lists those of deliveries.'),
    detail: text('The same for a person, with names and times. Its words change.'),
  }),
  LastOutcome: view<LastOutcome>(
    'How the last attempt ended; where there was none, that of the delivery whose failure dropped this one, too. What was not reached, or is not known, is null.',
    {
      reason,
      status: orNull(status),
      detail,
      answer: orNull(answer),
      durationMillis,
      phases: object(
        whereItWent('Null where it was not reached.'),
        Object.fromEntries(Object.entries(PHASES).map(([name, schema]) => [name, orNull(schema)])),
      ),
    },
  ),
  Outcome: view<Outcome>(
    'How an attempt ended. What was not reached, or is not known, is left out.',
    {
      reason,
      status,
      detail,
      answer,
      retryAfterMillis: millis('How long the receiver asked to be left alone'),
      durationMillis,
      phases: view<Phases>(
        whereItWent('Left out where it was not reached.'),
        PHASES,
        Object.keys(PHASES) as (keyof Phases)[],
      ),
    },
    ['status', 'answer', 'retryAfterMillis', 'phases'],
  ),
  DeadLetter: view<DeadLetter>('A dropped delivery, kept with its reason for `deadLetterRetentionHours` (14 days).', {
    id,
    webhookId,
    updateId,
    type: queuedType('The type of the update.'),
    requestId,
    deployId,
    taskId,
    state: text('The state that the update tells of.'),
    reason: words('Why it was dropped.', DROPPED),
    attempts,
    firstTriedAt,
    triedAt: lastTriedAt,
    droppedAt: time('When it was dropped.'),
    outcome: orNull(ref('Outcome')),
  }),
  DeadLetterPage: page('dead letters, oldest first', ref('DeadLetter')),
  ReplayedOne: view<ReplayedOne>('It is sent again, as a new delivery.', {
    replayed: { const: 1, description: 'How many are sent again.' },
    deliveryId: whole('The number of the new delivery.', 1),
  }),
  ReplayedMany: view<ReplayedMany>('What is sent again.', {
    replayed: whole('How many are sent again, each as a new delivery.', 0),
    skipped: whole('How many were left as they are, for their webhooks are deleted.', 0),
  }),
  Discarded: view<Discarded>('What is gone.', { discarded: whole('How many dead letters are gone.', 0) }),
};
