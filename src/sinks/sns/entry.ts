import type { PublishBatchRequestEntry } from '@aws-sdk/client-sns';
import type { TraceContext } from '../../updates/trace-context.js';
import type { Message } from '../sink.js';
import { fifoId } from './fifo-id.js';

/** A message as SNS takes it in a batch; the batch gives it its `Id`. */
export interface Entry {
  body: Omit<PublishBatchRequestEntry, 'Id'>;
  /** What counts towards the limits of SNS. */
  bytes: number;
  /** Entries of one group leave in their order, one after the other. */
  group: string;
}

/** For one message as for a whole batch: 256 KiB. */
export const MOST_BYTES = 262_144;
/** A message with more doesn't reach queues that are subscribed with raw message delivery. */
const MOST_ATTRIBUTES = 10;
const TYPE = 'String';

const bytesOf = (name: string, value: string): number =>
  Buffer.byteLength(name) + TYPE.length + Buffer.byteLength(value);

/** The payload byte for byte, as Singularity publishes it (contract §6), with attributes beside; ids for FIFO topics only. */
export function toEntry({ id, body, publication, trace }: Message, isFifo: boolean): Entry {
  const { attributes, group, dedupId } = publication ?? { attributes: {}, group: id, dedupId: id };
  const typed: NonNullable<PublishBatchRequestEntry['MessageAttributes']> = {};
  let bytes = Buffer.byteLength(body);
  // SNS refuses an attribute without a value.
  const given = Object.entries(attributes).filter(([, value]) => value !== '');
  for (const [name, value] of given.slice(0, MOST_ATTRIBUTES)) {
    typed[name] = { DataType: TYPE, StringValue: value };
    bytes += bytesOf(name, value);
  }
  for (const [name, value] of attributesOf(trace)) {
    // It is no reason for a message not to arrive.
    if (Object.keys(typed).length >= MOST_ATTRIBUTES || bytes + bytesOf(name, value) > MOST_BYTES) break;
    typed[name] = { DataType: TYPE, StringValue: value };
    bytes += bytesOf(name, value);
  }
  const ids = isFifo ? { MessageGroupId: fifoId(group), MessageDeduplicationId: fifoId(dedupId) } : {};
  return { body: { Message: body, MessageAttributes: typed, ...ids }, bytes, group };
}

/** By the names of the headers; the parent first, as the state is nothing without it. */
function attributesOf(trace: TraceContext | undefined): [string, string][] {
  if (!trace) return [];
  const { traceParent, traceState } = trace;
  return [
    ['traceparent', traceParent],
    ...(traceState === undefined ? [] : [['tracestate', traceState] as [string, string]]),
  ];
}
