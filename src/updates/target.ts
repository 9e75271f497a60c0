import type { WebhookSecrets } from './webhook-secrets.js';

/** How an update becomes a body. */
export const FORMATS = ['singularity', 'cloudevents', 'cloudevents-binary', 'form', 'slack', 'sail'] as const;
export type Format = (typeof FORMATS)[number];

/** `subject`: updates about one subject leave in their order. `none`: each for itself. */
export const ORDERS = ['subject', 'none'] as const;
export type Order = (typeof ORDERS)[number];

/**
 * Who made a webhook: a client of the API, the config, which names SNS topics, a client of Sail, or the first direct message
 * to an origin.
 */
export type Origin = 'client' | 'config' | 'sail' | 'message';

/** When a failed delivery is tried again: at the next poll, or by due times of the webhook's own. */
export const RETRY_POLICIES = ['poll', 'constant', 'linear', 'exponential', 'schedule'] as const;

/** After so many attempts, or beyond such an age of the update, a delivery whose attempt failed becomes a dead letter. */
export interface RetryLimits {
  maxAttempts?: number;
  /** In place of the config's `deleteUndeliverableWebhooksAfterHours`. */
  maxAgeHours?: number;
  /** In place of the config's `maxQueuedUpdatesPerWebhook`; 0: no cap. */
  maxQueued?: number;
}

export type Backoff = (
  | { policy: 'constant'; delayMillis: number }
  /** The nth retry waits n times the delay. */
  | { policy: 'linear'; delayMillis: number; maxDelayMillis?: number }
  /** Each wait is `factor` (2) times the one before. */
  | { policy: 'exponential'; delayMillis: number; factor?: number; maxDelayMillis?: number }
  /**
   * One wait for each retry, since the attempt before, or since the wait before began: the first with the update. After the
   * last the delivery becomes a dead letter.
   */
  | { policy: 'schedule'; delaysMillis: number[]; from?: 'attempt' | 'update' }
) & {
  /** Up to this share (0 to 1) of each wait is taken off it by chance, so that many don't come back at once. */
  jitter?: number;
};

export type Retry = ({ policy: 'poll' } | Backoff) & RetryLimits;

/** All that sending needs to know of a webhook. What is null is left to the config. */
export interface Target extends WebhookSecrets {
  /** May hold placeholders. */
  uri: string;
  format: Format;
  order: Order;
  retry: Retry | null;
  connectTimeoutMillis: number | null;
  /** Over the whole attempt. */
  timeoutMillis: number | null;
  maxConcurrent: number | null;
  /** What of the config's egress rules it keeps to; null: all that they allow. */
  onlyTo: string[] | null;
  /** Why its secrets can't be read: nothing is sent without them. */
  unreadable?: string;
  /** The one status that counts as delivered; missing: 200 to 299. */
  successStatus?: number;
}
