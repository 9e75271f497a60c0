import type { WebhookType } from '../updates/update.js';
import type { Formattable } from './format.js';
import { phraseOf } from './slack-words.js';

/** What a card says beside the ids and time of its update. Plain text: nothing in it is escaped or cut yet. */
export interface Card {
  /** What happened to what, and by whom where that is known. */
  sentence: string;
  /** How it stands: the word that decides the colour. */
  word: string;
  /** What whoever caused it had to say. */
  lines: Array<string | undefined>;
  /** By title. A number is a time, in epoch milliseconds; what is undefined is left out. */
  facts: Record<string, string | number | undefined>;
}

/** Failures beyond these are only counted. */
const MAX_FAILURES = 10;

/** What a Date can hold, in epoch milliseconds (ECMA-262 §21.4.1.1). */
const MAX_MILLIS = 8.64e15;

/** Of a payload only ids, state and time are known to be right: all else is read as if it could be anything. */
export function readCard(update: Formattable): Card {
  const payload: unknown = JSON.parse(update.payload);
  return READERS[update.type](update, payload);
}

const READERS: Record<WebhookType, (update: Formattable, payload: unknown) => Card> = {
  REQUEST({ requestId, state }, payload) {
    const user = textAt(payload, 'user');
    return {
      sentence: `Request ${requestId} ${phraseOf(state)}${by(user)}`,
      word: state,
      lines: [textAt(payload, 'message')],
      facts: { By: user },
    };
  },

  /** The marker's user, message and time are those of the start; how and when a deploy finished stands in its result. */
  DEPLOY({ requestId, deployId, state, occurredAtMillis }, payload) {
    const user = textAt(payload, 'deployMarker', 'user');
    const result = state === 'FINISHED' ? textAt(payload, 'deployResult', 'deployState') : undefined;
    const word = result ?? state;
    return {
      sentence: `Deploy ${deployId} of ${requestId} ${phraseOf(word)}${by(state === 'STARTING' ? user : undefined)}`,
      word,
      lines: [
        textAt(payload, 'deployMarker', 'message'),
        textAt(payload, 'deployResult', 'message'),
        ...failuresIn(valueAt(payload, 'deployResult', 'deployFailures')),
      ],
      facts: {
        Time: timeAt(payload, 'deployResult', 'timestamp') ?? occurredAtMillis,
        Result: result,
        'Started by': user,
      },
    };
  },

  /** The host by its own name, else as the task id has it, with `_` for `-` (contract §3). The task id is a field only. */
  TASK({ requestId, state }, payload) {
    const host = textAt(payload, 'task', 'offer', 'hostname') ?? textAt(payload, 'taskUpdate', 'taskId', 'host');
    const on = host === undefined ? '' : ` on ${host}`;
    const user = textAt(payload, 'task', 'taskRequest', 'pendingTask', 'user');
    return {
      sentence: `A task of ${requestId} ${phraseOf(state)}${on}${by(state === 'TASK_LAUNCHED' ? user : undefined)}`,
      word: state,
      lines: [textAt(payload, 'taskUpdate', 'statusMessage')],
      facts: {
        Reason: textAt(payload, 'taskUpdate', 'statusReason'),
        Host: host,
        'Launched by': user,
      },
    };
  },

  CRASHLOOP({ requestId, deployId, state }, payload) {
    return {
      sentence: `Deploy ${deployId} of ${requestId} ${phraseOf(state)}`,
      word: state,
      lines: [],
      facts: {
        Kind: textAt(payload, 'type'),
        Since: state === 'RESOLVED' ? timeAt(payload, 'start') : undefined,
      },
    };
  },

  /** `all` stands for every request (contract §3). */
  ELEVATED_ACCESS({ requestId, userId, scope, state }) {
    const what = requestId === 'all' ? 'all requests' : `request ${requestId}`;
    return {
      sentence: `User ${userId} used elevated ${scope} access to ${what}`,
      word: state,
      lines: [],
      facts: { User: userId, Scope: scope },
    };
  },

  /** The payload is Hooktide's own; a redacted one may lack anything. */
  WEBHOOK_HEALTH({ requestId, state }, payload) {
    const rate = valueAt(payload, 'successRate');
    return {
      sentence: `Webhook ${requestId} ${phraseOf(state)}`,
      word: state,
      lines: [textAt(payload, 'lastOutcome', 'detail')],
      facts: {
        Request: undefined,
        'Failing since': instantAt(payload, 'failingSince'),
        'Last success': instantAt(payload, 'lastSuccessAt'),
        'Drops from': instantAt(payload, 'dropsFrom'),
        Waiting: textAt(payload, 'waiting'),
        'Success rate': typeof rate === 'number' ? `${Math.round(rate * 100)} %` : undefined,
      },
    };
  },
};

function by(user: string | undefined): string {
  return user === undefined ? '' : ` by ${user}`;
}

function failuresIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const failures: unknown[] = value;
  const lines = failures.slice(0, MAX_FAILURES).map((failure) => {
    const instance = textAt(failure, 'taskId', 'instanceNo');
    const message = textAt(failure, 'message');
    const where = instance === undefined ? '' : `, instance ${instance}`;
    return `• ${textAt(failure, 'reason') ?? 'Failure'}${where}${message === undefined ? '' : `: ${message}`}`;
  });
  const more = failures.length - lines.length;
  return more > 0 ? [...lines, `• and ${more} more`] : lines;
}

/** A text that shows, or a number as one. */
function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : undefined;
}

function timeAt(value: unknown, ...path: string[]): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'number' && Math.abs(found) <= MAX_MILLIS ? found : undefined;
}

/** Of a time in ISO 8601. */
function instantAt(value: unknown, ...path: string[]): number | undefined {
  const millis = Date.parse(textAt(value, ...path) ?? '');
  return Number.isNaN(millis) ? undefined : millis;
}

function valueAt(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
