import type { WebhookType } from './update.js';
import type { WebhookHealth } from './webhook-health.js';

/** The id of every request, deploy and task that a sample speaks of: nobody takes it for a real one. */
export const SAMPLE_ID = 'hooktide-test';

const MESSAGE = 'A test from Hooktide: nothing happened';
const USER = 'hooktide';

/**
 * A payload of this type, shaped as Singularity's (contract §3) or Hooktide's, that says it is a test.
 * @param now epoch milliseconds
 */
export function samplePayload(type: WebhookType, now: number): object {
  return SAMPLES[type](now);
}

const REQUEST = { id: SAMPLE_ID, requestType: 'SERVICE', instances: 1 };
const DEPLOY = { requestId: SAMPLE_ID, id: SAMPLE_ID, command: 'true' };

const SAMPLES: Record<WebhookType, (now: number) => object> = {
  REQUEST: (now) => ({ createdAt: now, user: USER, eventType: 'UPDATED', request: REQUEST, message: MESSAGE }),

  DEPLOY: (now) => ({
    deployMarker: { requestId: SAMPLE_ID, deployId: SAMPLE_ID, timestamp: now, user: USER, message: MESSAGE },
    deploy: DEPLOY,
    eventType: 'STARTING',
  }),

  TASK: (now) => {
    const taskId = {
      requestId: SAMPLE_ID,
      deployId: SAMPLE_ID,
      startedAt: now,
      instanceNo: 1,
      host: 'localhost',
      sanitizedHost: 'localhost',
      sanitizedRackId: 'none',
      rackId: 'none',
      id: SAMPLE_ID,
    };
    const task = { taskRequest: { request: REQUEST, deploy: DEPLOY }, taskId, offers: [] };
    const taskUpdate = {
      taskId,
      timestamp: now,
      taskState: 'TASK_RUNNING',
      statusMessage: MESSAGE,
      previous: [],
    };
    return { task, taskUpdate };
  },

  CRASHLOOP: (now) => ({ requestId: SAMPLE_ID, deployId: SAMPLE_ID, start: now, type: 'FAST_FAILURE_LOOP' }),

  ELEVATED_ACCESS: (now) => ({ user: USER, requestId: SAMPLE_ID, scope: 'READ', createdAt: now }),

  WEBHOOK_HEALTH: (now): WebhookHealth => ({
    webhookId: SAMPLE_ID,
    webhookType: 'REQUEST',
    event: 'RECOVERED',
    at: new Date(now).toISOString(),
    failingSince: null,
    pausedAt: null,
    disabledAt: null,
    disabledReason: null,
    lastSuccessAt: new Date(now).toISOString(),
    oldestUpdateAt: null,
    dropsFrom: null,
    waiting: 0,
    successRate: 1,
    lastOutcome: null,
  }),
};
