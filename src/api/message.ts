import type { MessageRow, MessageStatus } from '../queue/sql/messages.js';
import { JsonText } from '../updates/json-text.js';
import type { Retry } from '../updates/target.js';
import { toDelivery, type LastOutcome } from './delivery.js';
import type { Clock, Why } from './why-waiting.js';

/** A direct message as the API shows it: its sender's words for it, and how its newest delivery does. */
export interface Message {
  /** What its sender knows it by. */
  id: string;
  status: MessageStatus;
  group: string | null;
  tag: string | null;
  uri: string;
  hasAuthorization: boolean;
  createdAt: Date;
  attempts: number;
  /** How many retries follow where the next attempt fails; null: as many as it takes. */
  retriesLeft: number | null;
  /** At the earliest. */
  nextTryAt: Date | null;
  lastTriedAt: Date | null;
  finishedAt: Date | null;
  failedAt: Date | null;
  isReplay: boolean;
  why: Why;
  lastOutcome: LastOutcome | null;
  updateId: string;
  deliveryId: number;
  webhookId: string;
}

/** Pure. */
export function toMessage(row: MessageRow, clock: Clock): Message {
  const delivery = toDelivery(row, clock);
  const { group, tag, uri, retry } = row.direct;
  return {
    id: row.jobId,
    status: row.status,
    group: group ?? null,
    tag: tag ?? null,
    uri,
    hasAuthorization: row.hasAuthorization,
    createdAt: row.acceptedAt,
    attempts: delivery.attempts,
    retriesLeft: row.state === 'waiting' ? retriesAfter(delivery.attempts + 1, retry) : 0,
    nextTryAt: delivery.nextTryAt,
    lastTriedAt: delivery.lastTriedAt,
    finishedAt: delivery.deliveredAt,
    failedAt: delivery.droppedAt,
    isReplay: delivery.isReplay,
    why: delivery.why,
    lastOutcome: delivery.lastOutcome,
    updateId: delivery.updateId,
    deliveryId: delivery.id,
    webhookId: delivery.webhookId,
  };
}

function retriesAfter(attempts: number, retry: Retry): number | null {
  const most = retry.policy === 'schedule' ? retry.delaysMillis.length + 1 : retry.maxAttempts;
  return most === undefined ? null : Math.max(0, most - attempts);
}

/** With its payload, where that was asked for, byte for byte. */
export function printMessage(message: Message, payload: string | null): JsonText {
  const fields = JSON.stringify(message);
  return new JsonText(payload === null ? fields : `${fields.slice(0, -1)},"payload":${payload}}`);
}
