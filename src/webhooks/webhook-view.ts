import type { Reason } from '../updates/outcome.js';
import { hideValues } from './custom-headers.js';
import { showFilter } from './filter.js';
import { MOST_COUNTED, type LaneFacts } from './webhook-facts.repository.js';
import { stateOf, type StateView } from './webhook-state.js';
import type { Options, Webhook } from './webhook.entity.js';

type Plain = Pick<Webhook, 'id' | 'type' | 'uri' | 'user' | 'timestamp' | 'registeredAt' | 'pausedAt' | 'disabledAt'>;

/** How the last attempt failed, of what waits or was dropped since the last success. */
export interface LastFailure {
  reason: Reason;
  status: number | null;
  detail: string;
  answer: string | null;
  at: Date;
}

/** All about one webhook. What has no value is null. */
export interface WebhookDetails extends Plain, Omit<Options, 'filter'>, StateView {
  /** As it was given, `eventTypes` or `states` after the type. */
  filter: Record<string, string[]> | null;
  failingSince: Date | null;
  restingUntil: Date | null;
  lastSuccessAt: Date | null;
  waiting: number;
  /** More wait than `waiting` says: it isn't counted further. */
  waitingIsCapped: boolean;
  oldestWaitingAt: Date | null;
  lastFailure: LastFailure | null;
}

export function detailsOf(webhook: Webhook, facts: LaneFacts): WebhookDetails {
  const { laneId: _, origin: __, ...plain } = webhook;
  return {
    ...plain,
    filter: showFilter(webhook.filter, webhook.type),
    headers: hideValues(webhook.headers),
    ...stateOf({ ...plain, ...facts }),
    failingSince: facts.failingSince,
    restingUntil: facts.restingUntil,
    lastSuccessAt: facts.lastSuccessAt,
    waiting: Math.min(facts.waiting, MOST_COUNTED),
    waitingIsCapped: facts.waiting > MOST_COUNTED,
    oldestWaitingAt: facts.oldestWaitingAt,
    lastFailure: lastFailureOf(facts),
  };
}

function lastFailureOf({ outcome, triedAt }: LaneFacts): LastFailure | null {
  if (outcome === null || triedAt === null) return null;
  const { reason, status = null, detail, answer = null } = outcome;
  return { reason, status, detail, answer, at: triedAt };
}
