import { isTopic } from '../egress/topic.js';
import { toBody } from '../formats/formats.js';
import type { Delivery } from '../queue/sql/read.js';
import { targetOf } from '../updates/direct.js';
import { fillPlaceholders } from '../updates/placeholders.js';
import type { Target } from '../updates/target.js';
import type { Message, Publication } from './sink.js';

/** What leaves of a delivery. */
export type Outgoing = Omit<Delivery, 'laneId' | 'subject' | 'refusals' | 'wasCut' | 'ageMillis'>;

/**
 * What leaves for a delivery: the update in the webhook's format, to its uri with the placeholders filled. The id names the
 * update and the lane: the same over all retries and replays, another for each webhook.
 */
export function toMessage(target: Target, delivery: Outgoing): Message {
  const { type } = delivery;
  if (type === 'MESSAGE') return toDirectMessage(target, delivery);
  const { contentType, headers, body } = toBody(target.format, { ...delivery, type, subject: delivery.about });
  return {
    ...asTargetSays(target, delivery),
    destination: fillPlaceholders(target.uri, type, delivery),
    contentType,
    headers: target.headers === null ? headers : { ...target.headers, ...headers },
    body,
    publication: isTopic(target.uri) ? publicationOf(delivery) : undefined,
  };
}

/** Its own uri, header and limits, and its body as it came: nothing is filled in. */
function toDirectMessage(lane: Target, delivery: Outgoing): Message {
  const target = delivery.direct ? targetOf(lane, delivery.direct) : lane;
  return {
    ...asTargetSays(target, delivery),
    destination: target.uri,
    contentType: 'application/json',
    headers: target.headers ?? {},
    body: delivery.payload,
  };
}

function asTargetSays(target: Target, { updateId, firstLaneId }: Outgoing) {
  return {
    id: `${updateId}-${firstLaneId}`,
    connectTimeoutMillis: target.connectTimeoutMillis ?? undefined,
    timeoutMillis: target.timeoutMillis ?? undefined,
    successStatus: target.successStatus,
  };
}

/** By the names that subscribers' filters are written in. */
function publicationOf(delivery: Outgoing): Publication {
  const { id, type, requestId, deployId = '', taskId = '', state, application = '', updateId, about } = delivery;
  const isEvent = type === 'REQUEST' || type === 'DEPLOY';
  const what: Record<string, string> = isEvent ? { eventType: state } : { state };
  const attributes = { type, requestId, deployId, taskId, ...what, application, updateId };
  // The update's id makes it unlike any that another database gives out: SNS would drop that in silence.
  return { attributes, group: about, dedupId: `${updateId}-${id}` };
}
