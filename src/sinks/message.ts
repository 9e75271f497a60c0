import { isTopic } from '../egress/topic.js';
import { toBody } from '../formats/formats.js';
import type { Delivery } from '../queue/sql/read.js';
import type { QueuedUpdate } from '../queue/sql/queued-updates.js';
import { targetOf } from '../updates/direct.js';
import { fillPlaceholders } from '../updates/placeholders.js';
import type { Target } from '../updates/target.js';
import type { TraceContext } from '../updates/trace-context.js';
import type { WebhookType } from '../updates/update.js';
import type { Message, Publication } from './sink.js';

/** What leaves of a delivery. */
export type Outgoing = Pick<Delivery, 'id' | 'firstLaneId' | 'attempts' | 'update'>;

/**
 * What leaves for a delivery: the update in the webhook's format, to its uri with the placeholders filled. The id names the
 * update and the lane: the same over all retries and replays, another for each webhook.
 */
export function toMessage(target: Target, delivery: Outgoing): Message {
  const { update, attempts } = delivery;
  if (!isForWebhooks(update)) return toDirectMessage(target, delivery);
  const { contentType, headers, body } = toBody(target.format, update, attempts);
  return {
    ...asTargetSays(target, delivery),
    destination: fillPlaceholders(target.uri, update.type, update),
    contentType,
    headers: target.headers === null ? headers : { ...target.headers, ...headers },
    body,
    publication: isTopic(target.uri) ? publicationOf(delivery) : undefined,
  };
}

/** Its own uri, header and limits, and its body as it came: nothing is filled in. */
function toDirectMessage(lane: Target, delivery: Outgoing): Message {
  const { direct, payload } = delivery.update;
  const target = direct ? targetOf(lane, direct) : lane;
  return {
    ...asTargetSays(target, delivery),
    destination: target.uri,
    contentType: 'application/json',
    headers: target.headers ?? {},
    body: payload,
  };
}

function isForWebhooks(update: QueuedUpdate): update is QueuedUpdate & { type: WebhookType } {
  return update.type !== 'MESSAGE';
}

function asTargetSays(target: Target, { update, firstLaneId }: Outgoing) {
  return {
    id: `${update.updateId}-${firstLaneId}`,
    connectTimeoutMillis: target.connectTimeoutMillis ?? undefined,
    timeoutMillis: target.timeoutMillis ?? undefined,
    successStatus: target.successStatus,
    ownHeaders: target.headers,
    signing: target.signing,
    auth: target.auth,
    tls: target.tls,
    onlyTo: target.onlyTo,
    unreadable: target.unreadable,
    trace: traceOf(update),
  };
}

function traceOf({ traceParent, traceState }: QueuedUpdate): TraceContext | undefined {
  return traceParent === undefined ? undefined : { traceParent, traceState };
}

/** By the names that subscribers' filters are written in. */
function publicationOf({ id, update }: Outgoing): Publication {
  const { type, requestId, deployId = '', taskId = '', state, application = '', updateId, subject } = update;
  const isEvent = type === 'REQUEST' || type === 'DEPLOY';
  const what: Record<string, string> = isEvent ? { eventType: state } : { state };
  const attributes = { type, requestId, deployId, taskId, ...what, application, updateId };
  // The update's id makes it unlike any that another database gives out: SNS would drop that in silence.
  return { attributes, group: subject, dedupId: `${updateId}-${id}` };
}
