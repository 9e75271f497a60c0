import * as answers from '../answers/updates.js';
import { AFTER, LIMIT, OF_REQUEST, OF_WEBHOOK, path, query, SINCE, UNTIL } from '../parameters.js';
import type { Route } from '../route.js';
import { ref, text, word } from '../schema.js';
import { queuedType } from '../schemas/update.js';
import { INGEST } from './ingest.js';

const tag = 'Updates';
const shape = 'problem';

/** What came in, and what became of it. */
export const UPDATES: Route[] = [
  INGEST,
  {
    method: 'get',
    path: '/api/updates',
    id: 'listUpdates',
    tag,
    summary: 'List updates',
    description:
      'What was accepted, newest first, with how many of its deliveries wait, arrived and were dropped. Filters narrow together.\n\n`next` goes into `after` for the page that follows, with the same filters. Pages never repeat an update; what is accepted meanwhile stands before the first page. Updates of one millisecond, and so those of one request, stand in no order among themselves.',
    parameters: [
      query('type', queuedType('Only of this type.')),
      OF_REQUEST,
      query('deployId', text('Only those about this deploy. Give `requestId`, too: a deploy is one of its request.')),
      query('taskId', text('Only those about this task.')),
      query('application', text('Only those of this application.')),
      query('id', text("Only this one: Hooktide's id or the one it was posted with.")),
      SINCE,
      UNTIL,
      LIMIT,
      AFTER,
    ],
    status: 200,
    answer: { description: 'One page.', schema: ref('UpdatePage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      ofDeploy: {
        summary: 'About one deploy',
        values: { requestId: 'web', deployId: '42' },
        answer: answers.LIST,
      },
    },
  },
  {
    method: 'get',
    path: '/api/updates/{id}',
    id: 'readUpdate',
    tag,
    summary: 'What became of an update?',
    description:
      'One update, and for each webhook what became of it: first its deliveries, oldest first, each with the reason why it is as it is; then the webhooks that got none (`state: none`), and why. `webhookId` asks for one webhook alone: 404 where there is none, and was none that got it.\n\nWhy a webhook got none: `type`, `filter_application`, `filter_request_id` and `filter_state` say what it does not want; `sns_mode` that updates go to topics and not to webhooks, and `postgres_mode`, of a topic, that they go to webhooks and not to topics; `itself` that the update tells of its own health; `registered_later` that it came after the update; `forgotten` that what became of it is kept no longer, or its dead letter was discarded.\n\n`deliveries.next` goes into `after` for the page that follows. What arrived is known for `historyRetentionHours` (3 days), what was dropped for `deadLetterRetentionHours` (14 days).',
    parameters: [
      path('id', "Hooktide's id or the one it was posted with, percent-encoded. Of several, the newest."),
      { ...OF_WEBHOOK, description: 'Only what became of it for this webhook.' },
      query('payload', word('`true`: the payload is in the answer.', ['true', 'false'])),
      LIMIT,
      AFTER,
    ],
    status: 200,
    answer: { description: 'The update.', schema: ref('UpdateDetails') },
    refuses: { codes: ['invalid_input', 'bad_request', 'update_not_found', 'webhook_not_found'], shape },
    examples: {
      byId: {
        summary: 'By the id that it was posted with',
        values: { id: 'release-42' },
        answer: answers.DETAILS,
      },
      whyNot: {
        summary: 'Why did one webhook get nothing of it? The id of a CloudEvent is its source, a blank and its id',
        values: { id: '/ci 47', webhookId: 'web-deploys', payload: 'true' },
        answer: answers.WHY_NOT,
      },
    },
  },
];
