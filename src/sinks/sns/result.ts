import type { BatchResultErrorEntry } from '@aws-sdk/client-sns';
import type { Outcome } from '../../updates/outcome.js';
import { classify } from './classify.js';
import { sentence, type Call } from './sentence.js';

/** What came of a message. How long that took, counted from its sending, is the gatherer's to say. */
export type Result = Omit<Outcome, 'durationMillis'>;

/**
 * What a call that failed as a whole means.
 * @throws what is no fault of AWS or of the way there: a bug
 */
export function failed(thrown: unknown, call: Call): Result {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // Not by the SDK's class of service errors: an answer that it can't parse is a plain error with the same fields.
  const { Code: awsCode, $metadata: metadata } = error as FromSdk;
  const fault = { awsCode, message: error.message, status: metadata?.httpStatusCode, error };
  const cause = classify(fault);
  if (cause === null) throw error;
  // What SNS refuses when a topic is to be created is the topic, not this very update.
  const isOfTopic = cause === 'refused' && awsCode !== undefined && call.action === 'sns:CreateTopic';
  const reason = isOfTopic ? 'topic_missing' : cause;
  return { reason, status: fault.status, detail: sentence(reason, fault, call, metadata?.requestId) };
}

/** What a batch's answer says of one entry that failed. It has no status: the answer's is 200. */
export function failedEntry(entry: BatchResultErrorEntry, call: Call, requestId?: string): Result {
  const awsCode = entry.Code ?? (entry.SenderFault === true ? 'InvalidParameter' : 'InternalError');
  const fault = { awsCode, message: entry.Message ?? '' };
  const known = classify(fault);
  // A code that nobody knows: whose fault it is says whether a repetition may help.
  const reason = known === 'refused' && entry.SenderFault === false ? 'server_error' : (known ?? 'refused');
  return { reason, detail: sentence(reason, fault, call, requestId) };
}

interface FromSdk extends Error {
  /** As it came. The SDK's names differ, and an empty 404 is a `NotFoundException` for it. */
  Code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}
