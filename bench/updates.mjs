// What all questions send: updates of 200 requests in turn, with payloads of one size.
import { randomBytes } from 'node:crypto';

const PAYLOAD_BYTES = 1024;
const SUBJECTS = 200;

/** Letters that Postgres can't make smaller than they are. */
const fillers = new Map();
function fillerOf(bytes) {
  if (!fillers.has(bytes)) fillers.set(bytes, randomBytes(bytes).toString('base64url').slice(0, bytes));
  return fillers.get(bytes);
}

export function payloadOf(request, bytes = PAYLOAD_BYTES) {
  const payload = { createdAt: Date.now(), eventType: 'CREATED', request: { id: `request-${request}` }, message: '' };
  return { ...payload, message: fillerOf(bytes).slice(0, bytes - JSON.stringify(payload).length) };
}

/** One payload of each request, as text. */
export const bodies = (bytes) =>
  Array.from({ length: SUBJECTS }, (_, request) => JSON.stringify(payloadOf(request, bytes)));

let made = 0;

export const nextUpdates = (count) =>
  Array.from({ length: count }, () => ({ type: 'REQUEST', payload: payloadOf(made++ % SUBJECTS) }));
