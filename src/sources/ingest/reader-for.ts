import {
  isBinaryEvent,
  readBinaryEvent,
  readEvent,
  readEventBatch,
  type Headers,
} from '../../updates/read-cloud-events.js';
import { readUpdates, type UpdateLimits } from '../../updates/read-updates.js';
import type { Update } from '../../updates/update.js';

export type Reader = (text: string, limits: UpdateLimits) => Update[];

/** How to read a request's body: as a CloudEvent when its headers say so, else as updates. */
export function readerFor(headers: Headers): Reader {
  switch (headers['content-type']?.toString().split(';')[0]?.trim().toLowerCase()) {
    case 'application/cloudevents+json':
      return readEvent;
    case 'application/cloudevents-batch+json':
      return readEventBatch;
    default:
      return isBinaryEvent(headers) ? (text, limits) => readBinaryEvent(headers, text, limits) : readUpdates;
  }
}
