import { statesOf } from '../../../updates/payload.js';
import { epochMillis, open, orNull, text, word, type Schema } from '../schema.js';

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
};

const REFS = Object.keys(PAYLOAD_SCHEMAS).filter((name) => name.endsWith('Payload'));

export const payload = (description: string): Schema => ({
  description,
  anyOf: REFS.map((name) => ({ $ref: `#/components/schemas/${name}` })),
});
