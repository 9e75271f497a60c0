/** Answers to the examples, as they come on a fresh database; times and generated ids differ. */

export const RELEASE_42 = '01a1f9c3-7a00-7f65-abaf-1e1f7916a86e';
const RELEASE_43 = '01a1f9c3-9c2d-7496-a4f5-4d8107721b63';
const RELEASE_43_DONE = '01a1f9c3-9c2d-77c5-8419-abfbd0ba00c4';
export const EVENT_47 = '01a1f9c3-b1f7-7ccb-962d-2e772ed1903f';

const SENT_AT = '2026-11-22T10:00:00.120Z';
export const ENDED_AT = '2026-11-22T10:00:00.123Z';
const DROPPED_AT = '2026-11-22T10:00:00.130Z';
const PAUSED_AT = '2026-11-22T10:05:00.000Z';
const REPLAYED_AT = '2026-11-22T10:06:00.000Z';
export const REFUSED = 'Nobody listens at 127.0.0.1:9 (connection refused)';

const NO_PHASES = { dnsMillis: null, connectMillis: null, tlsMillis: null, firstByteMillis: null, bodyMillis: null };

export const DELIVERED = {
  id: 1,
  state: 'delivered',
  webhookId: 'web-deploys',
  updateId: RELEASE_42,
  type: 'DEPLOY',
  updateState: 'STARTING',
  requestId: 'web',
  deployId: '42',
  taskId: null,
  isReplay: false,
  attempts: 1,
  firstTriedAt: SENT_AT,
  lastTriedAt: ENDED_AT,
  deliveredAt: ENDED_AT,
  droppedAt: null,
  dropReason: null,
  waitingSince: null,
  nextTryAt: null,
  why: { code: 'delivered', detail: `It was delivered at ${ENDED_AT}, after 1 attempt` },
  lastOutcome: {
    reason: 'delivered',
    status: 204,
    detail: 'The receiver answered 204 No Content in 3 ms',
    answer: null,
    durationMillis: 3,
    phases: { ...NO_PHASES, connectMillis: 1, firstByteMillis: 2, bodyMillis: 0 },
  },
};

/** The same update to the receiver that is away. */
export const NOT_DELIVERED = {
  ...DELIVERED,
  id: 2,
  state: 'dropped',
  webhookId: 'web-audit',
  deliveredAt: null,
  droppedAt: DROPPED_AT,
  dropReason: 'over_age',
  why: {
    code: 'over_age',
    detail: `It was dropped at ${DROPPED_AT}, after 1 attempt: its update was older than deleteUndeliverableWebhooksAfterHours, or the maxAgeHours of the webhook, allow`,
  },
  lastOutcome: {
    reason: 'connection_refused',
    status: null,
    detail: REFUSED,
    answer: null,
    durationMillis: 2,
    phases: { ...NO_PHASES, connectMillis: 2 },
  },
};

export const WAITING = {
  ...DELIVERED,
  id: 12,
  state: 'waiting',
  webhookId: 'web-audit',
  isReplay: true,
  attempts: 0,
  firstTriedAt: null,
  lastTriedAt: null,
  deliveredAt: null,
  waitingSince: REPLAYED_AT,
  why: { code: 'paused', detail: `The webhook is paused since ${PAUSED_AT}: resume it` },
  lastOutcome: null,
};

const ABOUT_43 = { deployId: '43', updateId: RELEASE_43 };

export const DROPPED = { ...NOT_DELIVERED, ...ABOUT_43, id: 4 };

export const NEWEST = {
  items: [{ ...DELIVERED, ...ABOUT_43, id: 5, updateId: RELEASE_43_DONE, updateState: 'FINISHED' }],
  next: '5',
};
export const NEXT = { items: [{ ...DELIVERED, ...ABOUT_43, id: 3 }], next: '3' };

const DEAD_LETTER = {
  id: 2,
  webhookId: 'web-audit',
  updateId: RELEASE_42,
  type: 'DEPLOY',
  requestId: 'web',
  deployId: '42',
  taskId: null,
  state: 'STARTING',
  reason: 'over_age',
  attempts: 1,
  firstTriedAt: SENT_AT,
  triedAt: ENDED_AT,
  droppedAt: DROPPED_AT,
  outcome: { reason: 'connection_refused', detail: REFUSED, durationMillis: 2, phases: { connectMillis: 2 } },
};

export const OLDEST_DEAD_LETTER = { items: [DEAD_LETTER], next: '2' };
export const NEXT_DEAD_LETTER = { items: [{ ...DEAD_LETTER, ...ABOUT_43, id: 4 }], next: '4' };
