import * as answers from '../answers/webhooks.js';
import { WEBHOOK_IN_PATH, WEBHOOK_IN_QUERY } from '../parameters.js';
import type { Route } from '../route.js';
import { list, ref, word } from '../schema.js';

const tag = 'Registry';
const shape = 'singularity';
const OUTCOMES = word('What became of it.', ['CREATED', 'EXISTED']);
const GONE = word('What became of it.', ['DELETED', 'DIDNT_EXIST']);
const ID = 'REQUEST-http://127.0.0.1:8099/';

/** Singularity's routes of the registry. */
export const REGISTRY: Route[] = [
  {
    method: 'post',
    path: '/api/webhooks',
    id: 'registerWebhook',
    tag,
    summary: 'Register a webhook',
    description:
      "Whoever wants updates registers a webhook for each type that it wants; each update of the type is owed to it from then on. Singularity's fields alone are enough, and Hooktide's options may stand beside them.\n\nIdempotent by the id: an id that exists is answered with `\"EXISTED\"`, and the webhook stays as it is, whatever else the body says. Change it with `PATCH /api/webhooks/{webhookId}`.\n\nDeliveries are signed as Standard Webhooks has it. Without `secret` among the options, the answer's header `Hooktide-Secret` shows the one that was made, once. 409 while somebody has switched `ADD_WEBHOOK` off.",
    body: { description: 'The webhook.', content: { 'application/json': ref('NewWebhook') } },
    status: 200,
    answer: {
      description: 'It is registered.',
      headers: {
        'Hooktide-Secret': {
          description:
            'The secret that was made for the new webhook, by which its deliveries are signed: `whsec_` and base64. It is shown this once; missing where none was made.',
          schema: { type: 'string' },
        },
      },
      schema: OUTCOMES,
    },
    refuses: {
      codes: ['invalid_input', 'bad_request', 'action_disabled', 'too_large', 'unsupported_media_type'],
      shape,
      alsoText: { 400: 'Invalid URI provided' },
    },
    examples: {
      plain: {
        summary: "With Singularity's fields alone: the id is made of type and uri",
        body: { uri: 'http://127.0.0.1:8099/', type: 'REQUEST' },
        answer: 'CREATED',
      },
      withOptions: {
        summary: 'With an id of its own, placeholders in the uri, and options: only what is about the request `web`',
        body: {
          id: 'web-deploys',
          type: 'DEPLOY',
          uri: 'http://127.0.0.1:8099/deploys/$DEPLOY_ID',
          description: 'Tells the team of the web shop what is deployed',
          filter: { requestIds: ['web', 'web-*'] },
          headers: { 'X-Team': 'platform' },
        },
        answer: 'CREATED',
      },
      again: {
        summary: 'The same id again changes nothing',
        body: { id: 'web-deploys', type: 'DEPLOY', uri: 'http://127.0.0.1:8099/' },
        answer: 'EXISTED',
      },
      away: {
        summary: 'A receiver that is away, given up after one attempt: for dead letters to try things with',
        body: {
          id: 'web-audit',
          type: 'DEPLOY',
          uri: 'http://127.0.0.1:9/',
          retry: { policy: 'constant', delayMillis: 1000, maxAttempts: 1 },
        },
        answer: 'CREATED',
      },
    },
  },
  {
    method: 'get',
    path: '/api/webhooks',
    id: 'listWebhooks',
    tag,
    summary: 'List all webhooks',
    description:
      'All of them on one page, the oldest first, with the fields that Singularity knows. `GET /api/webhooks/{webhookId}` tells all about one.',
    status: 200,
    answer: { description: 'All webhooks.', schema: list('All webhooks.', ref('Webhook')) },
    refuses: { codes: [], shape },
    examples: { all: { summary: 'List them', answer: answers.LIST } },
  },
  {
    method: 'delete',
    path: '/api/webhooks',
    id: 'deleteWebhook',
    tag,
    summary: 'Delete a webhook',
    description:
      'It gets nothing more, and what waits for it becomes dead letters with the reason `webhook_deleted`. Registered again under the same id it is a new webhook; those dead letters can be replayed to it.\n\nIdempotent: an id that nobody has is answered with `"DIDNT_EXIST"`, not with 404. 409 while somebody has switched `REMOVE_WEBHOOK` off.',
    parameters: [WEBHOOK_IN_QUERY],
    status: 200,
    answer: { description: 'It is gone.', schema: GONE },
    refuses: { codes: ['invalid_input', 'action_disabled'], shape },
    examples: { plain: { summary: 'Delete the first one', values: { webhookId: ID }, answer: 'DELETED' } },
  },
  {
    method: 'get',
    path: '/api/webhooks/summary',
    id: 'summarizeWebhooks',
    tag,
    summary: 'List all webhooks with what waits for them',
    description: 'For a dashboard: where the number grows, a receiver is away, paused or too slow.',
    status: 200,
    answer: { description: 'All webhooks.', schema: list('All webhooks.', ref('WebhookSummary')) },
    refuses: { codes: [], shape },
    examples: { all: { summary: 'List them', answer: answers.SUMMARY } },
  },
  {
    method: 'delete',
    path: '/api/webhooks/{webhookId}',
    id: 'deleteWebhookByPath',
    tag,
    isDeprecated: true,
    summary: 'Delete a webhook, its id in the path',
    description:
      'The same as `DELETE /api/webhooks?webhookId=`, which does without the escapes: proxies that decode `%2F` break this one.',
    parameters: [WEBHOOK_IN_PATH],
    status: 200,
    answer: { description: 'It is gone.', schema: GONE },
    refuses: { codes: ['invalid_input', 'bad_request', 'action_disabled'], shape },
    examples: { again: { summary: 'Delete the same once more', values: { webhookId: ID }, answer: 'DIDNT_EXIST' } },
  },
];
