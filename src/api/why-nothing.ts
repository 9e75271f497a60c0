import type { LeftOut } from '../queue/sql/left-out.js';
import type { UpdateRow } from '../queue/sql/updates.js';
import type { Origin } from '../updates/target.js';
import { nameOf } from '../updates/webhook-health.js';
import type { Why } from './why-waiting.js';

const MILLIS_PER_HOUR = 3_600_000;

/** How long is known what became of a delivery. */
export abstract class Kept {
  abstract readonly historyRetentionHours: number;
  abstract readonly deadLetterRetentionHours: number;
}

/** A webhook that got nothing of an update, as the API shows it. */
export interface Nothing {
  id: null;
  state: 'none';
  webhookId: string;
  why: Why;
}

type Facts = Pick<UpdateRow, 'type' | 'requestId' | 'state' | 'acceptedAt'>;

export function toNothing(webhook: LeftOut, update: Facts, kept: Kept, now: Date): Nothing {
  return { id: null, state: 'none', webhookId: webhook.webhookId, why: whyNothing(webhook, update, kept, now) };
}

const ITSELF: Why = { code: 'itself', detail: 'The update is about the webhook itself, which is told of others only' };

/** By who made the webhook. */
const OF_ANOTHER_MODE: Record<Origin, Why> = {
  client: {
    code: 'sns_mode',
    detail: 'In SNS mode updates go to the topic of their type; webhookQueue.alsoDeliverWebhooks is off',
  },
  sail: {
    code: 'sns_mode',
    detail: 'In SNS mode updates go to the topic of their type; webhookQueue.alsoDeliverWebhooks is off',
  },
  message: { code: 'type', detail: 'It is for direct messages' },
  config: {
    code: 'postgres_mode',
    detail: 'It is a topic of the config, which gets updates in SNS mode; webhookQueue.queueType is POSTGRES',
  },
};

/** Why a webhook got nothing of an update, as it stands now. What matches and what passes is not decided here. Pure. */
export function whyNothing(webhook: LeftOut, update: Facts, kept: Kept, now: Date): Why {
  const accepted = update.acceptedAt.toISOString();
  const isLater = webhook.registeredAt > update.acceptedAt;
  const refused = webhook.matches ? null : whyNoMatch(webhook, update, isLater);
  if (refused) return refused;
  if (update.type === 'WEBHOOK_HEALTH' && nameOf(webhook.webhookId) === update.requestId) return ITSELF;
  if (!webhook.isOfMode) return OF_ANOTHER_MODE[webhook.origin];
  if (isLater) {
    const registered = webhook.registeredAt.toISOString();
    const detail = `The webhook was registered at ${registered}, after the update was accepted at ${accepted}`;
    return { code: 'registered_later', detail };
  }
  const detail = `The update, accepted at ${accepted}, matches, and the webhook was there: ${whatIsLost(update, kept, now)}`;
  return { code: 'forgotten', detail };
}

function whatIsLost(
  { acceptedAt }: Facts,
  { historyRetentionHours, deadLetterRetentionHours }: Kept,
  now: Date,
): string {
  const oneOf = 'its dead letter was discarded, or its filter or the mode (webhookQueue) was another then';
  const hours = (now.getTime() - acceptedAt.getTime()) / MILLIS_PER_HOUR;
  if (hours < Math.min(historyRetentionHours, deadLetterRetentionHours)) return oneOf;
  const kept = `${historyRetentionHours} hours after it arrived, or ${deadLetterRetentionHours} after it was dropped`;
  return `what became of it is kept no longer (${kept}), ${oneOf}`;
}

/**
 * The type first: a filter of another type says nothing of this update. Then all that its filter refuses. Whether a container
 * changed isn't known of updates that came before somebody wanted to be told.
 */
function whyNoMatch({ type, isOfType, filter, ...passes }: LeftOut, update: Facts, isLater: boolean): Why | null {
  if (!isOfType) return { code: 'type', detail: `It wants ${type} updates, and this is a ${update.type}` };
  const refused: Why[] = [];
  if (!passes.passesApplication) {
    const found = passes.application === null ? 'has none' : `has ${JSON.stringify(passes.application)}`;
    const detail = `applications ${list(filter?.applications)} pass, and the update ${found}`;
    refused.push({ code: 'filter_application', detail });
  }
  if (!passes.passesRequestId) {
    const detail = `request ids ${list(filter?.requestIds)} pass, and the update has ${JSON.stringify(update.requestId)}`;
    refused.push({ code: 'filter_request_id', detail });
  }
  if (!passes.passesState) {
    const what = type === 'REQUEST' || type === 'DEPLOY' ? 'event types' : 'states';
    const detail = `${what} ${list(filter?.states)} pass, and the update has ${JSON.stringify(update.state)}`;
    refused.push({ code: 'filter_state', detail });
  }
  if (!passes.isChange && !isLater) {
    const detail = 'changes of a container pass, and the update is none: its container was in this state before';
    refused.push({ code: 'no_change', detail });
  }
  const [first] = refused;
  const details = refused.map(({ detail }) => detail);
  return first ? { code: first.code, detail: `Its filter lets ${details.join('. It lets ')}` } : null;
}

function list(patterns: string[] = []): string {
  return patterns.map((pattern) => JSON.stringify(pattern)).join(', ');
}
