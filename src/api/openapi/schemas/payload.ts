import { statesOf } from '../../../updates/payload.js';
import { REASONS } from '../../../updates/outcome.js';
import { WEBHOOK_TYPES } from '../../../updates/update.js';
import {
  DISABLED_REASONS,
  HEALTH_EVENTS,
  type LastOutcome,
  type WebhookHealth,
} from '../../../updates/webhook-health.js';
import { epochMillis, number, open, orNull, text, time, view, whole, word, type Schema } from '../schema.js';

const id = (what: string): Schema => text(`The id of ${what}, at most 800 bytes.`, { minLength: 1 });
const user = text('Who did it.');
const message = text('What they said to it.');
/** The words that the payload's own `type` may be stand in `updates/payload.ts`, which doesn't export them. */
const LOOP = 'Which kind of loop, such as `OOM` or `FAST_FAILURE_LOOP`.';

/**
 * What is asked of a payload, by type; the rest of it is the receiver's business. Payloads are stored and delivered byte
 * for byte as they came.
 */
export const PAYLOAD_SCHEMAS: Record<string, Schema> = {
  RequestPayload: open(
    'Payload of a REQUEST update (`SingularityRequestHistory`). The subject is the request.',
    {
      createdAt: epochMillis('When it happened, in epoch milliseconds. Age is counted from it.'),
      eventType: word('What happened to the request.', statesOf('REQUEST')),
      request: open('The request, as it is now.', { id: id('the request') }),
      user,
      message,
    },
    ['user', 'message'],
  ),
  DeployPayload: open(
    'Payload of a DEPLOY update (`SingularityDeployUpdate`). The subject is `requestId/deployId`.',
    {
      deployMarker: open(
        'Which deploy.',
        {
          requestId: id('the request'),
          deployId: id('the deploy'),
          timestamp: epochMillis('When it was deployed, in epoch milliseconds. Age is counted from it.'),
          user,
          message,
        },
        ['user', 'message'],
      ),
      eventType: word('Whether the deploy begins or is over.', statesOf('DEPLOY')),
      deploy: { type: 'object', description: 'The deploy.' },
      deployResult: { type: 'object', description: 'How it ended. Only with `FINISHED`.' },
    },
    ['deploy', 'deployResult'],
  ),
  TaskPayload: open(
    'Payload of a TASK update (`SingularityTaskWebhook`). The subject is the task.',
    {
      taskUpdate: open('The change.', {
        taskId: open('Which task.', {
          id: id('the task'),
          requestId: id('its request'),
          deployId: id('its deploy'),
        }),
        timestamp: epochMillis('When it happened, in epoch milliseconds. Age is counted from it.'),
        taskState: word('The state that the task is in now.', statesOf('TASK')),
      }),
      task: { type: 'object', description: 'The task.' },
    },
    ['task'],
  ),
  CrashLoopPayload: open(
    'Payload of a CRASHLOOP update (`CrashLoopInfo`). The subject is `requestId/deployId`.',
    {
      requestId: id('the request'),
      deployId: id('the deploy'),
      type: text(LOOP),
      start: epochMillis('When the loop began, in epoch milliseconds.'),
      end: orNull(epochMillis('When it ended, in epoch milliseconds. Missing or null: it goes on.')),
    },
    ['end'],
  ),
  ElevatedAccessPayload: open(
    'Payload of an ELEVATED_ACCESS update (`ElevatedAccessEvent`). The subject is the request.',
    {
      user: id('the user'),
      requestId: id('the request, or `all`'),
      scope: word('What they were let do.', statesOf('ELEVATED_ACCESS')),
      createdAt: epochMillis('When it happened, in epoch milliseconds. Age is counted from it.'),
    },
  ),
  TaskHistoryUpdate: open('The `taskUpdate` of a TASK payload, alone.', {
    taskId: { type: 'object', description: 'Which task.' },
    timestamp: epochMillis('When it happened, in epoch milliseconds.'),
    taskState: word('The state that the task was in then.', statesOf('TASK')),
  }),
  WebhookHealth: view<WebhookHealth>(
    'Payload of a WEBHOOK_HEALTH update, which only Hooktide makes. The subject is the webhook. What has no value is null.',
    {
      webhookId: text('Which webhook. An id that was made of a uri is told without its query.'),
      webhookType: word('The updates that it wants.', WEBHOOK_TYPES),
      event: word('What there is to tell.', HEALTH_EVENTS),
      at: time('When it was found.'),
      failingSince: orNull(time('Since when it is failing; of `RECOVERED`, since when it was.')),
      pausedAt: orNull(time('Since when it is paused.')),
      disabledAt: orNull(time('Since when it is disabled.')),
      disabledReason: orNull(
        word('Why: by a 410 of its receiver, or by `disableFailingWebhooksAfterHours`.', DISABLED_REASONS),
      ),
      lastSuccessAt: orNull(time('When a delivery arrived last.')),
      oldestUpdateAt: orNull(time('From when the age counts of what has waited longest.')),
      dropsFrom: orNull(time('When that is too old: attempts that fail after it drop it.')),
      waiting: whole('How many deliveries wait, counted up to 10 000.', 0),
      successRate: orNull(
        number('Of the attempts of the last 24 hours, the share that succeeded.', { minimum: 0, maximum: 1 }),
      ),
      lastOutcome: orNull(
        view<LastOutcome>('How the last attempt that failed ended.', {
          reason: word('Why it ended so.', REASONS),
          status: orNull(whole("The receiver's HTTP status.", 100, 999)),
          detail: text('One sentence for a person, with the numbers.'),
        }),
      ),
    },
  ),
};

const REFS = Object.keys(PAYLOAD_SCHEMAS).filter((name) => name.endsWith('Payload'));

const among = (description: string, names: readonly string[]): Schema => ({
  description,
  anyOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })),
});

/** One that may be sent. */
export const payload = (description: string): Schema => among(description, REFS);

/** One that is shown: Hooktide makes some itself. */
export const shownPayload = (description: string): Schema => among(description, [...REFS, 'WebhookHealth']);
