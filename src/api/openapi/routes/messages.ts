import * as answers from '../answers/messages.js';
import { AFTER, LIMIT, path, query, SINCE, UNTIL } from '../parameters.js';
import type { Parameter, Route } from '../route.js';
import { object, ref, text, word, words, type Schema } from '../schema.js';
import { STATUSES } from '../schemas/message.js';

const tag = 'Messages';
const shape = 'problem';
const IN_PATH = path('id', 'The job id, percent-encoded: a `/` in it is `%2F`. Of several, the newest.');
const STATUS = query('status', words('Only those in this status.', STATUSES));
const NAMES: Parameter[] = [
  query('group', text('Only those of this group.')),
  query('tag', text('Only those with this tag.')),
  query('uri', text('Only those to this URL. `*` stands for any characters: `http://shop:8080/*`.')),
  SINCE,
  UNTIL,
];
const properties = NAMES.map(({ name, description, schema }): [string, Schema] => [name, { ...schema, description }]);
const FAILED = object(
  'Which ones. The fields narrow together.',
  Object.fromEntries(properties),
  properties.map(([name]) => name),
);
const APPROXIMATE =
  'What is in flight is known to the process alone that sends. So of what is due in the lane of an origin the first sixteen count as `started` while a process holds the lane, also while they wait there for their turn; the others as `queued`.';

/** Direct messages. */
export const MESSAGES: Route[] = [
  {
    method: 'get',
    path: '/api/messages',
    id: 'listMessages',
    tag,
    summary: 'List messages',
    description: `Newest first, each with what it is doing and why. Filters narrow together. ${APPROXIMATE}\n\n\`next\` goes into \`after\` for the page that follows, with the same filters. Pages never repeat a message; what is sent meanwhile stands before the first page. Those that arrived are known for \`historyRetentionHours\` (3 days), those that failed for \`deadLetterRetentionHours\` (14 days).`,
    parameters: [STATUS, ...NAMES, LIMIT, AFTER],
    status: 200,
    answer: { description: 'One page.', schema: ref('MessagePage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      ofGroup: {
        summary: 'Those of a group that arrived',
        values: { status: 'finished', group: 'Bangladesh' },
        answer: answers.LIST,
      },
    },
  },
  {
    method: 'get',
    path: '/api/messages/counts',
    id: 'countMessages',
    tag,
    summary: 'Count messages by status',
    description: `Each message counts once. ${APPROXIMATE}`,
    status: 200,
    answer: { description: 'How many.', schema: ref('MessageCounts') },
    refuses: { codes: ['invalid_input'], shape },
    examples: { all: { summary: 'All of them', answer: answers.COUNTS } },
  },
  {
    method: 'post',
    path: '/api/messages/replay',
    id: 'replayMessages',
    tag,
    summary: 'Send failed messages again, by filter',
    description:
      'Each that failed and matches is queued once more, oldest first, under the same `webhook-id` and with all its retries. `{}` names all that failed; a filter in the query is refused, as it would name none. Send it again without harm: what was replayed has not failed any more.',
    body: { description: 'Which.', content: { 'application/json': FAILED } },
    status: 202,
    answer: { description: 'They are queued.', schema: ref('ReplayedMessages') },
    refuses: { codes: ['invalid_input', 'bad_request', 'too_large', 'unsupported_media_type'], shape },
    examples: {
      ofGroup: {
        summary: 'Of one group, to one host',
        body: { group: 'Bangladesh', uri: 'http://127.0.0.1:8099/*' },
        answer: { replayed: 0 },
      },
    },
  },
  {
    method: 'post',
    path: '/api/messages/{id}/replay',
    id: 'replayMessage',
    tag,
    summary: 'Send one message again',
    description:
      'One that failed or is finished is queued once more, under the same `webhook-id` and with all its retries. 409 while it waits.',
    parameters: [IN_PATH],
    status: 202,
    answer: { description: 'It is queued.', schema: ref('ReplayedOne') },
    refuses: { codes: ['bad_request', 'message_not_found', 'still_waiting', 'unsupported_media_type'], shape },
    examples: {
      one: {
        summary: 'One that is finished',
        values: { id: answers.JOB_ID },
        answer: { replayed: 1, deliveryId: answers.DETAILS.deliveryId },
      },
    },
  },
  {
    method: 'get',
    path: '/api/messages/{id}',
    id: 'readMessage',
    tag,
    summary: 'What became of a message?',
    description:
      'All that is known of it: what it is doing and why, and how the last attempt ended. `GET /api/updates/{id}` lists its replays, too.',
    parameters: [IN_PATH, query('payload', word('`true`: the payload is in the answer.', ['true', 'false']))],
    status: 200,
    answer: { description: 'The message.', schema: ref('MessageDetails') },
    refuses: { codes: ['invalid_input', 'bad_request', 'message_not_found'], shape },
    examples: {
      byJobId: {
        summary: 'The one that was replayed',
        values: { id: answers.JOB_ID, payload: 'true' },
        answer: answers.DETAILS,
      },
    },
  },
  {
    method: 'delete',
    path: '/api/messages',
    id: 'deleteMessages',
    tag,
    summary: 'Delete messages, by filter',
    description:
      'They go with all that is known of them, and what waits is not sent. At least one parameter is asked for. `status=queued` and `status=scheduled` take back what waits. What a process has in its hands may still arrive, and nothing is kept of it. Messages that come in meanwhile stay.',
    parameters: [STATUS, ...NAMES],
    status: 200,
    answer: { description: 'They are gone.', schema: ref('DeletedMessages') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      failed: {
        summary: 'Those of a group that failed',
        values: { status: 'failed', group: 'Bangladesh' },
        answer: { deleted: 0 },
      },
    },
  },
  {
    method: 'delete',
    path: '/api/messages/{id}',
    id: 'deleteMessage',
    tag,
    summary: 'Delete one message',
    description:
      'It goes with all that is known of it, whatever its status: one that waits is not sent, but what a process has in its hands may still arrive. A second call is a 404.',
    parameters: [IN_PATH],
    status: 204,
    answer: { description: 'It is gone.' },
    refuses: { codes: ['bad_request', 'message_not_found'], shape },
    examples: { one: { summary: 'The one from above', values: { id: answers.JOB_ID } } },
  },
];

/** Who sends. */
export const PROCESSES: Route[] = [
  {
    method: 'get',
    path: '/api/processes',
    id: 'listProcesses',
    tag: 'Processes',
    summary: 'List processes',
    description:
      'Who runs on this database, what each has done since its start, and which lanes it holds. One that ended without a word is shown as not alive for a day.\n\nTo suspend what is sent to one origin, pause its lane: `POST /api/webhooks/message:http%3A%2F%2Fhost%3A8080/pause`. There is no pause of everything: stop the processes with the role `dispatch`. What comes in meanwhile waits, and is sent when one is started again.',
    parameters: [LIMIT, AFTER],
    status: 200,
    answer: { description: 'One page.', schema: ref('ProcessPage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: { all: { summary: 'All of them', values: { limit: '10' }, answer: answers.PROCESSES } },
  },
];
