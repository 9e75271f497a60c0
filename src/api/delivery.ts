import type { DropReason } from '../queue/sql/drop.js';
import type { DeliveryRow, DeliveryState } from '../queue/sql/delivery-view.js';
import { answered } from '../updates/answered.js';
import type { Reason } from '../updates/outcome.js';
import type { QueuedType } from '../updates/update.js';
import { whyWaiting, type Clock, type Why, type WhyWaiting } from './why-waiting.js';

/** How the last attempt ended, and where its time went. What is null was not reached, or is not known. */
export interface LastOutcome {
  reason: Reason;
  status: number | null;
  detail: string;
  answer: string | null;
  durationMillis: number;
  phases: Record<(typeof PHASES)[number], number | null>;
}

/** A delivery as the API shows it, and why it is as it is. */
export interface Delivery {
  id: number;
  state: DeliveryState;
  webhookId: string;
  updateId: string;
  type: QueuedType;
  updateState: string;
  requestId: string;
  deployId: string | null;
  taskId: string | null;
  isReplay: boolean;
  attempts: number;
  firstTriedAt: Date | null;
  lastTriedAt: Date | null;
  deliveredAt: Date | null;
  droppedAt: Date | null;
  dropReason: DropReason | null;
  waitingSince: Date | null;
  /** At the earliest. */
  nextTryAt: Date | null;
  why: Why;
  lastOutcome: LastOutcome | null;
}

const PHASES = ['dnsMillis', 'connectMillis', 'tlsMillis', 'firstByteMillis', 'bodyMillis'] as const;

/** Why it was dropped, in a sentence. */
const DROPPED: Record<DropReason, string> = {
  over_cap: 'the webhook was failing, and newer ones than maxQueuedUpdatesPerWebhook allows waited behind it',
  over_age: 'its update was older than deleteUndeliverableWebhooksAfterHours, or the maxAgeHours of the webhook, allow',
  attempts_exhausted: 'it had failed as often as the retry policy of the webhook allows',
  too_large: 'it is larger than SNS takes, payload and attributes together',
  webhook_deleted: 'the webhook was deleted while it waited',
};

/** The same of a direct message, which has a policy of its own and no webhook that anybody registered. */
const MESSAGE_DROPPED: Record<DropReason, string> = {
  ...DROPPED,
  over_cap: 'its origin was failing, and newer ones than allowed waited behind it',
  over_age: 'it was older than it may become',
  attempts_exhausted: 'it had failed as often as its retries allow',
  webhook_deleted: 'the lane of its origin was closed while it waited',
};

/** Pure. */
export function toDelivery(row: DeliveryRow, clock: Clock): Delivery {
  const { why, nextTryAt } = whyOf(row, clock);
  return {
    id: row.id,
    state: row.state,
    webhookId: row.webhookId,
    updateId: row.updateId,
    type: row.type,
    updateState: row.updateState,
    requestId: row.requestId,
    deployId: row.deployId,
    taskId: row.taskId,
    isReplay: row.isReplay,
    attempts: row.attempts,
    firstTriedAt: row.firstTriedAt,
    lastTriedAt: row.lastTriedAt,
    deliveredAt: row.deliveredAt,
    droppedAt: row.droppedAt,
    dropReason: row.dropReason,
    waitingSince: row.waitingSince,
    nextTryAt,
    why,
    lastOutcome: toLastOutcome(row.outcome),
  };
}

function whyOf(row: DeliveryRow, clock: Clock): WhyWaiting {
  if (row.state === 'waiting') return whyWaiting(row, clock);
  const attempts =
    row.attempts === 0
      ? 'before its first attempt'
      : `after ${row.attempts} ${row.attempts === 1 ? 'attempt' : 'attempts'}`;
  if (row.deliveredAt) {
    const detail = `It was delivered at ${row.deliveredAt.toISOString()}, ${attempts}`;
    return { why: { code: 'delivered', detail }, nextTryAt: null };
  }
  const reason = row.dropReason ?? 'webhook_deleted';
  const isDirect = row.type === 'MESSAGE';
  const detail = `It was dropped at ${row.droppedAt?.toISOString()}, ${attempts}: ${(isDirect ? MESSAGE_DROPPED : DROPPED)[reason]}${whose(row)}`;
  return { why: { code: reason, detail }, nextTryAt: null };
}

/** A dead letter that was never tried bears the outcome of the attempt that had it dropped. */
function whose({ attempts, outcome }: DeliveryRow): string {
  return attempts === 0 && outcome !== null ? '. lastOutcome is that of another delivery to the webhook' : '';
}

function toLastOutcome(outcome: DeliveryRow['outcome']): LastOutcome | null {
  if (outcome === null) return null;
  const { reason, status, answer, durationMillis, phases } = outcome;
  return {
    reason,
    status: status ?? null,
    detail: outcome.detail ?? answered(status ?? 0, durationMillis),
    answer: answer ?? null,
    durationMillis,
    phases: Object.fromEntries(PHASES.map((name) => [name, phases?.[name] ?? null])) as LastOutcome['phases'],
  };
}
