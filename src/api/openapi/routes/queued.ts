import * as answers from '../answers/updates.js';
import { WEBHOOK_IN_PATH, WEBHOOK_IN_QUERY } from '../parameters.js';
import type { Example, Route } from '../route.js';
import { list, ref } from '../schema.js';

const shape = 'singularity';

/** One of Singularity's lists of what waits for a webhook. */
interface Queued {
  type: string;
  segment: string;
  /** Of the operation: `listQueued…`. */
  name: string;
  schema: string;
  note?: string;
  values: Record<string, string>;
  answer: unknown;
}

const NOTHING = { values: { webhookId: 'web-deploys' }, answer: [] };
const LISTS: Queued[] = [
  { type: 'REQUEST', segment: 'request', name: 'Requests', schema: 'RequestPayload', ...NOTHING },
  {
    type: 'DEPLOY',
    segment: 'deploy',
    name: 'Deploys',
    schema: 'DeployPayload',
    values: { webhookId: 'web-audit' },
    answer: answers.QUEUED,
  },
  {
    type: 'TASK',
    segment: 'task',
    name: 'Tasks',
    schema: 'TaskHistoryUpdate',
    note: ' Of each payload only the `taskUpdate` is shown, as Singularity does.',
    ...NOTHING,
  },
  {
    type: 'ELEVATED_ACCESS',
    segment: 'elevated-access',
    name: 'ElevatedAccess',
    schema: 'ElevatedAccessPayload',
    ...NOTHING,
  },
];

function toRoute({ type, segment, name, schema, note = '', values, answer }: Queued): Route {
  const example: Example = { summary: 'List them', values, answer };
  return {
    method: 'get',
    path: `/api/webhooks/${segment}`,
    id: `listQueued${name}`,
    tag: 'Queued updates',
    summary: `List the ${type} updates that wait for a webhook`,
    description: `The payloads that wait for one webhook of the type ${type}, oldest first. An id that nobody has, or a webhook of another type, is answered with \`[]\`.${note} Why each waits, and when it is tried: \`GET /api/deliveries?state=waiting\`.`,
    parameters: [WEBHOOK_IN_QUERY],
    status: 200,
    answer: { description: 'What waits.', schema: list('What waits.', ref(schema)) },
    refuses: { codes: ['invalid_input'], shape },
    examples: { waiting: example },
  };
}

function byPath(route: Route): Route {
  return {
    ...route,
    path: `${route.path}/{webhookId}`,
    id: `${route.id}ByPath`,
    isDeprecated: true,
    summary: `${route.summary}, its id in the path`,
    description: `The same as \`GET ${route.path}?webhookId=\`, which does without the escapes: proxies that decode \`%2F\` break this one.`,
    parameters: [WEBHOOK_IN_PATH],
    refuses: { codes: ['invalid_input', 'bad_request'], shape },
  };
}

/** Singularity's lists of what waits. CRASHLOOP has none, and ELEVATED_ACCESS none by path. */
export const QUEUED: Route[] = LISTS.map(toRoute).flatMap((route) =>
  route.id === 'listQueuedElevatedAccess' ? [route] : [route, byPath(route)],
);
