// What all questions send: updates of 200 requests in turn, with payloads of one size.
const PAYLOAD_BYTES = 1024;
const SUBJECTS = 200;

export function payloadOf(request) {
  const payload = { createdAt: Date.now(), eventType: 'CREATED', request: { id: `request-${request}` }, message: '' };
  return { ...payload, message: 'm'.repeat(PAYLOAD_BYTES - JSON.stringify(payload).length) };
}

let made = 0;

export const nextUpdates = (count) =>
  Array.from({ length: count }, () => ({ type: 'REQUEST', payload: payloadOf(made++ % SUBJECTS) }));
