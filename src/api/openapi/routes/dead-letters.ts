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
import { ref, words } from '../schema.js';
import { DROPPED } from '../schemas/delivery.js';
import { queuedType } from '../schemas/update.js';
import { replayFilter } from './replay-filter.js';

const tag = 'Dead letters';
const shape = 'problem';
const REASON = query('reason', words('Only those with this reason.', DROPPED));
const content = { 'application/json': replayFilter([REASON], 0) };
const BY_FILTER = {
  codes: ['invalid_input', 'bad_request', 'too_large', 'unsupported_media_type'] as const,
  all: '`{}` names all of them; a filter in the query is refused, as it would name none.',
};

/** What was dropped, and why. */
export const DEAD_LETTERS: Route[] = [
  {
    method: 'get',
    path: '/api/dead-letters',
    id: 'listDeadLetters',
    tag,
    summary: 'List dead letters',
    description:
      'What was dropped, oldest first, with its reason and how the last attempt ended. Filters narrow together.\n\n`next` goes into `after` for the page that follows, with the same filters. What is replayed or discarded meanwhile is missing from later pages; nothing is repeated.',
    parameters: [
      OF_WEBHOOK,
      REASON,
      OF_UPDATE,
      OF_REQUEST,
      query('type', queuedType('Only of updates of this type.')),
      SINCE,
      UNTIL,
      LIMIT,
      AFTER,
    ],
    status: 200,
    answer: { description: 'One page.', schema: ref('DeadLetterPage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      ofWebhook: {
        summary: 'The oldest of one webhook',
        values: { webhookId: 'web-audit', limit: '1' },
        answer: answers.OLDEST_DEAD_LETTER,
      },
      nextPage: {
        summary: 'The page that follows',
        values: { webhookId: 'web-audit', limit: '1', after: '2' },
        answer: answers.NEXT_DEAD_LETTER,
      },
    },
  },
  {
    method: 'post',
    path: '/api/dead-letters/replay',
    id: 'replayDeadLetters',
    tag,
    summary: 'Send dead letters again, by filter',
    description: `For a receiver that is back. Each dead letter that matches is queued once more, oldest first, as a new delivery under the same \`webhook-id\`, and is a dead letter no longer. Its age counts from now, it stands outside the cap and holds nothing up. ${BY_FILTER.all}\n\nSend it again without harm: what was replayed is no dead letter. Where the webhook is deleted nothing is sent, the dead letter stays, and \`skipped\` counts it: register the webhook again under its id first.`,
    body: { description: 'Which.', content },
    status: 202,
    answer: { description: 'They are queued.', schema: ref('ReplayedMany') },
    refuses: { codes: [...BY_FILTER.codes], shape },
    examples: {
      ofUpdate: {
        summary: 'Of one update, to one webhook',
        body: { webhookId: 'web-audit', updateId: '/ci 47' },
        answer: { replayed: 1, skipped: 0 },
      },
    },
  },
  {
    method: 'post',
    path: '/api/dead-letters/discard',
    id: 'discardDeadLetters',
    tag,
    summary: 'Discard dead letters, by filter',
    description: `They are gone for good, and so is what is known of them. ${BY_FILTER.all} Idempotent.`,
    body: { description: 'Which.', content },
    status: 200,
    answer: { description: 'They are gone.', schema: ref('Discarded') },
    refuses: { codes: [...BY_FILTER.codes], shape },
    examples: {
      ofUpdate: {
        summary: 'Of one update',
        body: { updateId: 'release-43-done', reason: 'over_age' },
        answer: { discarded: 1 },
      },
    },
  },
  {
    method: 'post',
    path: '/api/dead-letters/{id}/replay',
    id: 'replayDeadLetter',
    tag,
    summary: 'Send one dead letter again',
    description:
      'It is queued once more, as a new delivery under the same `webhook-id`, and is a dead letter no longer: a second call is a 404. 409 where the webhook is deleted: register it again under its id first.',
    parameters: [DELIVERY_IN_PATH],
    status: 202,
    answer: { description: 'It is queued.', schema: ref('ReplayedOne') },
    refuses: { codes: ['bad_request', 'delivery_not_found', 'webhook_deleted', 'unsupported_media_type'], shape },
    examples: {
      one: {
        summary: 'The first one; its webhook is paused, so that it waits',
        values: { id: '2' },
        answer: { replayed: 1, deliveryId: 12 },
      },
    },
  },
  {
    method: 'delete',
    path: '/api/dead-letters/{id}',
    id: 'discardDeadLetter',
    tag,
    summary: 'Discard one dead letter',
    description: 'It is gone for good: a second call is a 404.',
    parameters: [DELIVERY_IN_PATH],
    status: 204,
    answer: { description: 'It is gone.' },
    refuses: { codes: ['bad_request', 'delivery_not_found'], shape },
    examples: { one: { summary: 'One of them', values: { id: '7' } } },
  },
];
