import { ENDED_AT, REFUSED } from './deliveries.js';

const REGISTERED_AT = '2026-11-22T09:55:00.000Z';
const MILLIS = Date.parse(REGISTERED_AT);
const PAUSED_AT = '2026-11-22T10:05:00.000Z';

const PLAIN = {
  uri: 'http://127.0.0.1:8099/',
  timestamp: MILLIS,
  type: 'REQUEST',
  id: 'REQUEST-http%3A%2F%2F127.0.0.1%3A8099%2F',
};
const DEPLOYS = {
  uri: 'http://127.0.0.1:8099/deploys/$DEPLOY_ID',
  timestamp: MILLIS,
  type: 'DEPLOY',
  id: 'web-deploys',
};
const AUDIT = { uri: 'http://127.0.0.1:9/', timestamp: MILLIS, type: 'DEPLOY', id: 'web-audit' };

export const LIST = [PLAIN, DEPLOYS, AUDIT];
export const SUMMARY = [
  { webhook: DEPLOYS, queueSize: 0 },
  { webhook: AUDIT, queueSize: 0 },
];

export const AWAY = {
  id: 'web-audit',
  type: 'DEPLOY',
  uri: 'http://127.0.0.1:9/',
  user: null,
  description: null,
  timestamp: MILLIS,
  registeredAt: REGISTERED_AT,
  filter: null,
  headers: null,
  auth: null,
  tls: null,
  onlyTo: null,
  secret: '***',
  oldSecretUntil: null,
  hubSignature: false,
  unreadable: null,
  format: 'singularity',
  order: 'subject',
  retry: { policy: 'constant', delayMillis: 1000, maxAttempts: 1 },
  connectTimeoutMillis: null,
  timeoutMillis: null,
  maxConcurrent: null,
  disabledAt: null,
  disabledReason: null,
  pausedAt: null,
  state: 'failing',
  why: `Failing since ${ENDED_AT}: two subjects have failed since the last success. Nothing waits: what failed was dropped, and its dead letters say why.`,
  failingSince: ENDED_AT,
  restingUntil: null,
  lastSuccessAt: null,
  successRate: 0,
  lastNotice: null,
  isDraining: false,
  waiting: 0,
  waitingIsCapped: false,
  oldestWaitingAt: null,
  lastFailure: { reason: 'connection_refused', status: null, detail: REFUSED, answer: null, at: ENDED_AT },
};

export const PAUSED = {
  ...AWAY,
  pausedAt: PAUSED_AT,
  state: 'paused',
  why: `Paused since ${PAUSED_AT}: updates go on queueing; resume it with POST …/resume.`,
};

export const CHANGED = {
  ...AWAY,
  id: 'web-deploys',
  uri: 'http://127.0.0.1:8099/deploys/$DEPLOY_ID',
  description: 'Tells the team of the web shop what is deployed',
  filter: { requestIds: ['web', 'web-*'] },
  headers: { 'X-Team': '***' },
  retry: { policy: 'exponential', delayMillis: 1000, maxDelayMillis: 600000 },
  maxConcurrent: 4,
  state: 'active',
  why: `Active: the last delivery succeeded at ${ENDED_AT}.`,
  failingSince: null,
  lastSuccessAt: ENDED_AT,
  successRate: 1,
  lastFailure: null,
};

/** A secret of nobody's: each call makes another. */
export const ROTATED = {
  secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  oldSecretUntil: '2026-11-24T10:06:00.000Z',
};

/** It was active, and is. */
export const RESUMED = CHANGED;

const SAMPLE = JSON.stringify({
  deployMarker: {
    requestId: 'hooktide-test',
    deployId: 'hooktide-test',
    timestamp: MILLIS,
    user: 'hooktide',
    message: 'A test from Hooktide: nothing happened',
  },
  deploy: { requestId: 'hooktide-test', id: 'hooktide-test', command: 'true' },
  eventType: 'STARTING',
});

export const TAKEN = {
  delivered: true,
  outcome: {
    reason: 'delivered',
    status: 204,
    detail: 'The receiver answered 204 No Content in 2 ms',
    durationMillis: 2,
    phases: { connectMillis: 1, firstByteMillis: 1, bodyMillis: 0 },
  },
  sent: {
    id: '13329e89-814d-4029-9528-96cf7b822b55-2',
    destination: 'http://127.0.0.1:8099/deploys/hooktide-test',
    contentType: 'application/json',
    body: SAMPLE,
  },
};

export const NOT_TAKEN = {
  delivered: false,
  outcome: {
    reason: 'connection_refused',
    detail: 'Nobody listens at 127.0.0.1:9 (connection refused)',
    durationMillis: 1,
    phases: { connectMillis: 1 },
  },
  sent: {
    id: 'f8e28413-0240-4a96-a1dc-c0bb4e5c1150-4',
    destination: 'http://127.0.0.1:9/',
    contentType: 'application/json',
    body: SAMPLE,
  },
};
