import * as answers from '../answers/webhooks.js';
import { WEBHOOK_IN_PATH } from '../parameters.js';
import type { Route } from '../route.js';
import { ref } from '../schema.js';

const tag = 'Webhooks';
const shape = 'problem';
const parameters = [WEBHOOK_IN_PATH];
const answer = { description: 'The webhook, as it is now.', schema: ref('WebhookDetails') };
const WITHOUT_BODY = ['invalid_input', 'bad_request', 'webhook_not_found', 'unsupported_media_type'] as const;

/** Hooktide's own routes of one webhook. */
export const WEBHOOKS: Route[] = [
  {
    method: 'get',
    path: '/api/webhooks/{webhookId}',
    id: 'readWebhook',
    tag,
    summary: 'Read one webhook: what it is told, and how it does',
    description:
      "Ask this first when a receiver gets nothing: `state` and `why` say what is going on, `lastFailure` how the last attempt that failed ended. What is secret of it is shown as `***`.\n\nA webhook whose id is `summary`, `request`, `deploy`, `task` or `elevated-access` can't be read here: those are lists.",
    parameters,
    status: 200,
    answer,
    refuses: { codes: ['invalid_input', 'bad_request', 'webhook_not_found'], shape },
    examples: {
      failing: {
        summary: 'One whose receiver is away',
        values: { webhookId: 'web-audit' },
        answer: answers.AWAY,
      },
    },
  },
  {
    method: 'patch',
    path: '/api/webhooks/{webhookId}',
    id: 'changeWebhook',
    tag,
    summary: 'Change a webhook',
    description:
      "What is left out stays, null goes back to the default, and an unknown field is refused. The id and the type can't be changed: register another webhook.\n\nWhat waits goes out as the webhook is then: to the new uri, in the new format. A change of anything but `description` and `user` also clears failing, resting and disabled, and tries at once. Idempotent.",
    parameters,
    body: { description: 'The fields to change.', content: { 'application/json': ref('WebhookChange') } },
    status: 200,
    answer,
    refuses: {
      codes: ['invalid_input', 'bad_request', 'webhook_not_found', 'too_large', 'unsupported_media_type'],
      shape,
    },
    examples: {
      options: {
        summary: 'Fewer at once, and each wait twice the one before',
        values: { webhookId: 'web-deploys' },
        body: { maxConcurrent: 4, retry: { policy: 'exponential', delayMillis: 1000, maxDelayMillis: 600000 } },
        answer: answers.CHANGED,
      },
    },
  },
  {
    method: 'post',
    path: '/api/webhooks/{webhookId}/test',
    id: 'testWebhook',
    tag,
    summary: 'Send a sample now',
    description:
      "Sends a sample of the webhook's type, marked by the header `hooktide-test: true`, and answers with what the receiver said: 200 also where the receiver refused it, so look at `delivered`. The sample passes the same format, egress rules and limits as deliveries, but it is not queued, tried again or counted, and neither a filter nor a pause holds it up.\n\nNot idempotent: each call is one request to the receiver.",
    parameters,
    status: 200,
    answer: { description: 'What came of it.', schema: ref('TestSend') },
    refuses: { codes: [...WITHOUT_BODY], shape },
    examples: {
      taken: {
        summary: 'The receiver takes it',
        values: { webhookId: 'web-deploys' },
        answer: answers.TAKEN,
      },
      away: {
        summary: 'The receiver is away',
        values: { webhookId: 'web-audit' },
        answer: answers.NOT_TAKEN,
      },
    },
  },
  {
    method: 'post',
    path: '/api/webhooks/{webhookId}/pause',
    id: 'pauseWebhook',
    tag,
    summary: 'Pause a webhook',
    description:
      'Nothing more is sent to it, but for what is under way. Updates go on queueing, without the cap of `maxQueuedUpdatesPerWebhook`; what grows older than `deleteUndeliverableWebhooksAfterHours` becomes a dead letter. Idempotent: `pausedAt` stays that of the first time.',
    parameters,
    status: 200,
    answer,
    refuses: { codes: [...WITHOUT_BODY], shape },
    examples: {
      pause: {
        summary: 'Pause the one whose receiver is away: what is replayed further below waits, and can be looked at',
        values: { webhookId: 'web-audit' },
        answer: answers.PAUSED,
      },
    },
  },
  {
    method: 'post',
    path: '/api/webhooks/{webhookId}/resume',
    id: 'resumeWebhook',
    tag,
    summary: 'Resume a webhook',
    description:
      'Ends a pause, and also what a 410 Gone or `disableFailingWebhooksAfterHours` has disabled; clears failing and resting, and tries at once what waits. What has waited while nothing was sent leaves at no more than `drainPerSecond`. Idempotent: an active webhook is tried at once, and else stays as it is.',
    parameters,
    status: 200,
    answer,
    refuses: { codes: [...WITHOUT_BODY], shape },
    examples: {
      resume: {
        summary: 'Resume one',
        values: { webhookId: 'web-deploys' },
        answer: answers.RESUMED,
      },
    },
  },
];
