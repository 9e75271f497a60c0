import { VERSION } from '../../../config/version.js';
import { DELIVERED, ENDED_AT } from './deliveries.js';

/** As the example of `POST /hook_slinger` is answered. */
export const JOB_ID = 'Bangladesh_Dhaka_fd712b9a-1713-477a-9ec0-062ff3d4825e';

const MESSAGE = {
  id: JOB_ID,
  status: 'finished',
  group: 'Bangladesh',
  tag: 'Dhaka',
  uri: 'http://127.0.0.1:8099/orders',
  hasAuthorization: true,
  createdAt: ENDED_AT,
  attempts: 1,
  retriesLeft: 0,
  nextTryAt: null,
  lastTriedAt: ENDED_AT,
  finishedAt: ENDED_AT,
  failedAt: null,
  isReplay: false,
  why: DELIVERED.why,
  lastOutcome: DELIVERED.lastOutcome,
  updateId: DELIVERED.updateId,
  deliveryId: 15,
  webhookId: 'message:http://127.0.0.1:8099',
};

export const LIST = { items: [MESSAGE], next: null };
export const COUNTS = { queued: 0, started: 0, scheduled: 0, finished: 1, failed: 0, isExact: true };
/** Once it was replayed. */
export const DETAILS = { ...MESSAGE, isReplay: true, deliveryId: 16, payload: { greetings: 'Hello, world!' } };

export const PROCESSES = {
  items: [
    {
      id: 'hooktide-0:7:5f0c9d2b',
      host: 'hooktide-0',
      pid: 7,
      version: VERSION,
      roles: ['api', 'dispatch'],
      startedAt: ENDED_AT,
      seenAt: ENDED_AT,
      isAlive: true,
      delivered: 9,
      failed: 6,
      inFlight: 0,
      lanes: 1,
      webhookIds: ['message:http://127.0.0.1:8099'],
    },
  ],
  next: null,
};
