import { containerIdOf } from './container.js';
import { readObject, readText, readTime, readWord } from './fields.js';
import type { UpdateFacts, WebhookType } from './update.js';
import { HEALTH_EVENTS, readHealthFacts } from './webhook-health.js';

/** Three ids and their separators stay below what an index entry of Postgres holds (2 704 bytes). In UTF-8. */
const MAX_ID_BYTES = 800;
const MAX_GROUP_CHARACTERS = 255;

/** Source of the words: contract §3. */
const REQUEST_EVENTS = [
  'CREATED',
  'UPDATED',
  'DELETING',
  'DELETED',
  'PAUSED',
  'UNPAUSED',
  'ENTERED_COOLDOWN',
  'EXITED_COOLDOWN',
  'FINISHED',
  'DEPLOYED_TO_UNPAUSE',
  'BOUNCED',
  'SCALED',
  'SCALE_REVERTED',
] as const;
const DEPLOY_EVENTS = ['STARTING', 'FINISHED'] as const;
const TASK_STATES = [
  'TASK_LAUNCHED',
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_CLEANING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_LOST',
  'TASK_LOST_WHILE_DOWN',
  'TASK_ERROR',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_UNREACHABLE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN',
] as const;
const CRASH_LOOPS = [
  'FAST_FAILURE_LOOP',
  'SINGLE_INSTANCE_FAILURE_LOOP',
  'MULTI_INSTANCE_FAILURE',
  'UNEXPECTED_EXITS',
  'OOM',
  'SLOW_FAILURES',
  'STARTUP_FAILURE_LOOP',
] as const;
const LOOP_STATES = ['STARTED', 'RESOLVED'] as const;
const ACCESS_SCOPES = ['READ', 'WRITE', 'ADMIN'] as const;

const STATES: Record<WebhookType, readonly string[]> = {
  REQUEST: REQUEST_EVENTS,
  DEPLOY: DEPLOY_EVENTS,
  TASK: TASK_STATES,
  CRASHLOOP: LOOP_STATES,
  ELEVATED_ACCESS: ACCESS_SCOPES,
  WEBHOOK_HEALTH: HEALTH_EVENTS,
};

/** The words that an update's `state` may be. */
export function statesOf(type: WebhookType): readonly string[] {
  return STATES[type];
}

type Reader = (payload: Record<string, unknown>, path: string) => UpdateFacts;

/**
 * Reads ids, state, subject and time out of a parsed payload; the rest of it is the receiver's business. `path` is where
 * the payload stands in the input: `payload` or `[3].payload`.
 * @throws InvalidInputError for the first field that is missing or wrong, with its full path
 */
export function readFacts(type: WebhookType, payload: unknown, path: string): UpdateFacts {
  return READERS[type](readObject(payload, path), path);
}

const READERS: Record<WebhookType, Reader> = {
  REQUEST(payload, path) {
    const request = readObject(payload.request, `${path}.request`);
    const requestId = readId(request.id, `${path}.request.id`);
    return {
      requestId,
      state: readWord(payload.eventType, `${path}.eventType`, REQUEST_EVENTS),
      subject: requestId,
      occurredAtMillis: readTime(payload.createdAt, `${path}.createdAt`),
    };
  },

  DEPLOY(payload, path) {
    const marker = readObject(payload.deployMarker, `${path}.deployMarker`);
    const requestId = readId(marker.requestId, `${path}.deployMarker.requestId`);
    const deployId = readId(marker.deployId, `${path}.deployMarker.deployId`);
    return {
      requestId,
      deployId,
      state: readWord(payload.eventType, `${path}.eventType`, DEPLOY_EVENTS),
      subject: `${requestId}/${deployId}`,
      occurredAtMillis: readTime(marker.timestamp, `${path}.deployMarker.timestamp`),
    };
  },

  TASK(payload, path) {
    const update = readObject(payload.taskUpdate, `${path}.taskUpdate`);
    const ids = readObject(update.taskId, `${path}.taskUpdate.taskId`);
    const taskId = readId(ids.id, `${path}.taskUpdate.taskId.id`);
    return {
      requestId: readId(ids.requestId, `${path}.taskUpdate.taskId.requestId`),
      deployId: readId(ids.deployId, `${path}.taskUpdate.taskId.deployId`),
      taskId,
      state: readWord(update.taskState, `${path}.taskUpdate.taskState`, TASK_STATES),
      subject: taskId,
      occurredAtMillis: readTime(update.timestamp, `${path}.taskUpdate.timestamp`),
      containerId: containerIdOf(taskId, ids.startedAt),
      group: groupOf(payload),
    };
  },

  /** `end` is what tells a resolved loop from a started one; null counts as absent, as in upstream's Optional. */
  CRASHLOOP(payload, path) {
    const requestId = readId(payload.requestId, `${path}.requestId`);
    const deployId = readId(payload.deployId, `${path}.deployId`);
    readWord(payload.type, `${path}.type`, CRASH_LOOPS);
    const start = readTime(payload.start, `${path}.start`);
    const resolved = payload.end !== undefined && payload.end !== null;
    return {
      requestId,
      deployId,
      state: resolved ? 'RESOLVED' : 'STARTED',
      subject: `${requestId}/${deployId}`,
      occurredAtMillis: resolved ? readTime(payload.end, `${path}.end`) : start,
    };
  },

  ELEVATED_ACCESS(payload, path) {
    const requestId = readId(payload.requestId, `${path}.requestId`);
    const scope = readWord(payload.scope, `${path}.scope`, ACCESS_SCOPES);
    return {
      requestId,
      userId: readId(payload.user, `${path}.user`),
      scope,
      state: scope,
      subject: requestId,
      occurredAtMillis: readTime(payload.createdAt, `${path}.createdAt`),
    };
  },

  WEBHOOK_HEALTH: readHealthFacts,
};

/** The group of the task's request, where there is one that can be stored: nobody is asked for it. hooktide.group_of in SQL. */
function groupOf(payload: Record<string, unknown>): string | undefined {
  let value: unknown = payload;
  for (const name of ['task', 'taskRequest', 'request', 'group']) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  }
  if (typeof value !== 'string' || value === '' || /[\0\p{Surrogate}]/u.test(value)) return undefined;
  return Array.from(value).length <= MAX_GROUP_CHARACTERS ? value : undefined;
}

/** Any characters but those that can't be stored: ids of Kubernetes hold `/` and `#`. */
function readId(value: unknown, field: string): string {
  return readText(value, field, MAX_ID_BYTES);
}
