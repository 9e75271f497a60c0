import { signingNow } from '../signing/symmetric.js';
import type { Reason } from '../updates/outcome.js';
import type { DisabledReason, HealthEvent } from '../updates/webhook-health.js';
import { HIDDEN, showAuth, showTls } from './credentials.js';
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
export interface WebhookDetails extends Plain, Omit<Options, 'filter' | 'auth' | 'signing'>, StateView {
  /** As it was given, `eventTypes` or `states` after the type. */
  filter: Record<string, string[]> | null;
  /** Like all that is secret, hidden: `***`. */
  auth: Record<string, unknown> | null;
  /** `***`: it signs; null: it doesn't. */
  secret: string | null;
  /** Until when the secret before signs as well. */
  oldSecretUntil: Date | null;
  hubSignature: boolean;
  /** Why what is secret can't be read, so that nothing is sent. */
  unreadable: string | null;
  /** Who disabled it: its receiver, or the config's limit. */
  disabledReason: DisabledReason | null;
  failingSince: Date | null;
  restingUntil: Date | null;
  lastSuccessAt: Date | null;
  successRate: number | null;
  /** The WEBHOOK_HEALTH event that was told last since it worked. */
  lastNotice: HealthEvent | null;
  isDraining: boolean;
  waiting: number;
  /** More wait than `waiting` says: it isn't counted further. */
  waitingIsCapped: boolean;
  oldestWaitingAt: Date | null;
  lastFailure: LastFailure | null;
}

const UNREADABLE = "what is secret of it can't be read";

/** @param nowMillis of the clock by which secrets end */
export function detailsOf(webhook: Webhook, facts: LaneFacts, nowMillis: number): WebhookDetails {
  const { laneId: _, origin: __, sealed: ___, signing, ...plain } = webhook;
  const state = stateOf({ ...plain, ...facts });
  const [newest, older] = signing ? signingNow(signing, nowMillis) : [];
  return {
    ...plain,
    filter: showFilter(webhook.filter, webhook.type),
    headers: hideValues(webhook.headers),
    auth: showAuth(webhook.auth),
    tls: showTls(webhook.tls),
    secret: newest ? HIDDEN : null,
    oldSecretUntil: older?.untilMillis === undefined ? null : new Date(older.untilMillis),
    hubSignature: signing?.hub ?? false,
    unreadable: webhook.unreadable ?? null,
    ...state,
    why: webhook.unreadable === undefined ? state.why : `Nothing is sent: ${UNREADABLE}: ${webhook.unreadable}.`,
    disabledReason: webhook.disabledAt && (webhook.disabledReason ?? 'gone'),
    failingSince: facts.failingSince,
    restingUntil: facts.restingUntil,
    lastSuccessAt: facts.lastSuccessAt,
    successRate: facts.successRate,
    lastNotice: facts.lastNotice,
    isDraining: facts.isDraining,
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
