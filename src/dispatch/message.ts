import type { Delivery } from '../queue/sql/read.js';
import type { Message } from '../sinks/sink.js';
import { fillPlaceholders } from '../updates/placeholders.js';

/**
 * What leaves for a delivery: the payload byte for byte, to the webhook's uri with its placeholders filled.
 * The id names the update and the lane: the same over all retries, another for each webhook.
 */
export function toMessage(laneId: number, uri: string, delivery: Delivery): Message {
  return {
    id: `${delivery.updateId}-${laneId}`,
    destination: fillPlaceholders(uri, delivery.type, delivery),
    contentType: 'application/json',
    headers: {},
    body: delivery.payload,
  };
}
