import { createHash } from 'node:crypto';

/** Letters, digits and punctuation of ASCII, at most 128: what SNS takes for a group or a deduplication id. */
const TAKEN = /^[!-~]{1,128}$/;

/** A text as an id of a FIFO topic: itself, or its SHA-256 where SNS wouldn't take it. Equal texts have equal ids. */
export function fifoId(text: string): string {
  return TAKEN.test(text) ? text : createHash('sha256').update(text).digest('hex');
}
