import type { TraceContext } from './trace-context.js';

/** What an update is about. Source: contract of Singularity's webhooks, §2. */
export const UPDATE_TYPES = ['REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS'] as const;
export type UpdateType = (typeof UPDATE_TYPES)[number];

/** What a webhook may want: beside what clients send, what Hooktide itself tells (`webhook-health.ts`). */
export const WEBHOOK_TYPES = [...UPDATE_TYPES, 'WEBHOOK_HEALTH'] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** What waits in the queue: beside updates, direct messages (`direct.ts`). */
export const QUEUED_TYPES = [...WEBHOOK_TYPES, 'MESSAGE'] as const;
export type QueuedType = (typeof QUEUED_TYPES)[number];

/** What is read out of a payload: ids, state, subject and the update's own time. */
export interface UpdateFacts {
  /** WEBHOOK_HEALTH: the webhook's id. */
  requestId: string;
  deployId?: string;
  taskId?: string;
  /** ELEVATED_ACCESS only. */
  userId?: string;
  /** ELEVATED_ACCESS only: READ, WRITE or ADMIN. */
  scope?: string;
  /**
   * Event type (REQUEST, DEPLOY), task state (TASK), STARTED or RESOLVED (CRASHLOOP), scope (ELEVATED_ACCESS), event
   * (WEBHOOK_HEALTH).
   */
  state: string;
  /** The key of ordering: task id, else `requestId/deployId`, else request id. */
  subject: string;
  /** The update's own time, epoch milliseconds (contract §5.1). */
  occurredAtMillis: number;
  /** TASK only: what is started anew with each of its tasks (`container.ts`). */
  containerId?: string;
  /** TASK only: the group of its request. */
  group?: string;
}

/** One change of a request, deploy or task (or a crash loop, an elevated access, a webhook's health), ready to be queued. */
export interface Update extends UpdateFacts, Partial<TraceContext> {
  type: WebhookType;
  /** The payload, byte for byte as it came. */
  payload: string;
  /** The client's idempotency id. */
  id?: string;
  application?: string;
}
