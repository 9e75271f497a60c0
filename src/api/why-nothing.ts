import type { LeftOut } from '../queue/sql/left-out.js';
import type { UpdateRow } from '../queue/sql/updates.js';
import type { Why } from './why-waiting.js';

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

type Facts = Pick<UpdateRow, 'type' | 'application' | 'requestId' | 'state' | 'acceptedAt'>;

export function toNothing(webhook: LeftOut, update: Facts, kept: Kept): Nothing {
  return { id: null, state: 'none', webhookId: webhook.webhookId, why: whyNothing(webhook, update, kept) };
}

/** Why a webhook got nothing of an update, as it stands now. What matches and what passes is not decided here. Pure. */
export function whyNothing(webhook: LeftOut, update: Facts, kept: Kept): Why {
  const accepted = update.acceptedAt.toISOString();
  if (!webhook.matches) return whyNoMatch(webhook, update);
  if (webhook.registeredAt > update.acceptedAt) {
    const registered = webhook.registeredAt.toISOString();
    const detail = `The webhook was registered at ${registered}, after the update was accepted at ${accepted}`;
    return { code: 'registered_later', detail };
  }
  const hours = `${kept.historyRetentionHours} hours after it arrived, or ${kept.deadLetterRetentionHours} after it was dropped`;
  const detail =
    `The update, accepted at ${accepted}, matches, and the webhook was there: what became of it is kept no longer ` +
    `(${hours}), its dead letter was discarded, or its filter was another then`;
  return { code: 'forgotten', detail };
}

function whyNoMatch({ type, filter, ...passes }: LeftOut, update: Facts): Why {
  if (!passes.passesApplication) {
    const found = update.application === null ? 'has none' : `has ${JSON.stringify(update.application)}`;
    const detail = `Its filter lets applications ${list(filter?.applications)} pass, and the update ${found}`;
    return { code: 'filter_application', detail };
  }
  if (!passes.passesRequestId) {
    const detail = `Its filter lets request ids ${list(filter?.requestIds)} pass, and the update has ${JSON.stringify(update.requestId)}`;
    return { code: 'filter_request_id', detail };
  }
  if (!passes.passesState) {
    const what = type === 'REQUEST' || type === 'DEPLOY' ? 'event types' : 'states';
    const detail = `Its filter lets ${what} ${list(filter?.states)} pass, and the update has ${JSON.stringify(update.state)}`;
    return { code: 'filter_state', detail };
  }
  return { code: 'type', detail: `It wants ${type} updates, and this is a ${update.type}` };
}

function list(patterns: string[] = []): string {
  return patterns.map((pattern) => JSON.stringify(pattern)).join(', ');
}
