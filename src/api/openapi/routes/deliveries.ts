import * as answers from '../answers/deliveries.js';
import {
  AFTER,
  DELIVERY_IN_PATH,
  LIMIT,
  OF_REQUEST,
  OF_UPDATE,
  OF_WEBHOOK,
  query,
  SINCE,
  UNTIL,
} from '../parameters.js';
import type { Route } from '../route.js';
import { listed, ref, words } from '../schema.js';
import { DROPPED, STATES } from '../schemas/delivery.js';
import { queuedType } from '../schemas/update.js';
import { replayFilter } from './replay-filter.js';

const tag = 'Deliveries';
const shape = 'problem';
const WAITING = {
  deleted: 'the webhook is deleted, and this becomes a dead letter in a moment',
  paused: 'the webhook is paused: resume it',
  disabled: 'the receiver answered 410 Gone, or has failed for too long: resume the webhook if that was wrong',
  resting: 'the receiver asked by `Retry-After` to be left alone',
  blocked: 'a failed delivery of the same subject comes first',
  failing: 'the webhook is failing, and one of its deliveries is tried at each poll',
  retry: 'it has failed, and is tried again at `nextTryAt`',
  in_line: 'others come before it, or it is going to be sent in a moment',
};
const WHY = [
  'Of `why.code`:',
  '',
  ...listed({ ...WAITING, delivered: 'it arrived', ...DROPPED }),
  '',
  'Deliveries that arrived are known for `historyRetentionHours` (3 days), dropped ones for `deadLetterRetentionHours` (14 days).',
].join('\n');

/** Deliveries in any state. */
export const DELIVERIES: Route[] = [
  {
    method: 'get',
    path: '/api/deliveries',
    id: 'listDeliveries',
    tag,
    summary: 'List deliveries',
    description:
      'In any state, newest first, each with the reason why it is in it. Filters narrow together.\n\n`next` goes into `after` for the page that follows, with the same filters. Pages never repeat a delivery; what is owed meanwhile stands before the first page.',
    parameters: [
      OF_WEBHOOK,
      query('state', words('Only those in this state.', STATES)),
      OF_UPDATE,
      OF_REQUEST,
      query('type', queuedType('Only of updates of this type.')),
      SINCE,
      UNTIL,
      LIMIT,
      AFTER,
    ],
    status: 200,
    answer: { description: 'One page.', schema: ref('DeliveryPage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      ofWebhook: {
        summary: 'The newest of one webhook',
        values: { webhookId: 'web-deploys', limit: '1' },
        answer: answers.NEWEST,
      },
      nextPage: {
        summary: 'The page that follows',
        values: { webhookId: 'web-deploys', limit: '1', after: '5' },
        answer: answers.NEXT,
      },
    },
  },
  {
    method: 'get',
    path: '/api/deliveries/{id}',
    id: 'readDelivery',
    tag,
    summary: 'Read one delivery, and why it is as it is',
    description: WHY,
    parameters: [DELIVERY_IN_PATH],
    status: 200,
    answer: { description: 'The delivery.', schema: ref('Delivery') },
    refuses: { codes: ['invalid_input', 'bad_request', 'delivery_not_found'], shape },
    examples: {
      delivered: { summary: 'One that arrived', values: { id: '1' }, answer: answers.DELIVERED },
      waiting: { summary: 'One that waits', values: { id: '12' }, answer: answers.WAITING },
      dropped: { summary: 'One that was dropped', values: { id: '4' }, answer: answers.DROPPED },
    },
  },
  {
    method: 'post',
    path: '/api/deliveries/replay',
    id: 'replayDeliveries',
    tag,
    summary: 'Send again what arrived, by filter',
    description:
      'For a receiver that lost what it had taken. Each delivery that arrived and matches is sent once more, oldest first, as a new delivery under the same `webhook-id`; history stays. At least one field is asked for. Dead letters have a replay of their own.\n\nNot idempotent: each call sends again, replays included. Where the webhook is deleted nothing is sent, and `skipped` counts it.',
    body: { description: 'Which.', content: { 'application/json': replayFilter([], 1) } },
    status: 202,
    answer: { description: 'They are queued.', schema: ref('ReplayedMany') },
    refuses: { codes: ['invalid_input', 'bad_request', 'too_large', 'unsupported_media_type'], shape },
    examples: {
      ofUpdate: {
        summary: 'One update to one webhook',
        body: { webhookId: 'web-deploys', updateId: 'release-43' },
        answer: { replayed: 1, skipped: 0 },
      },
    },
  },
  {
    method: 'post',
    path: '/api/deliveries/{id}/replay',
    id: 'replayDelivery',
    tag,
    summary: 'Send one delivery again',
    description:
      'One that arrived or was dropped is queued once more, as a new delivery under the same `webhook-id`. Its age counts from now, and it holds nothing up. A dead letter is gone then, so a second call is a 404; one that arrived can be sent again any number of times.\n\n409 while it waits, and where the webhook is deleted.',
    parameters: [DELIVERY_IN_PATH],
    status: 202,
    answer: { description: 'It is queued.', schema: ref('ReplayedOne') },
    refuses: {
      codes: ['bad_request', 'delivery_not_found', 'webhook_deleted', 'still_waiting', 'unsupported_media_type'],
      shape,
    },
    examples: {
      one: { summary: 'The first one', values: { id: '1' }, answer: { replayed: 1, deliveryId: 14 } },
    },
  },
];
