import type { Reason } from './outcome.js';
import { readText, readWord } from './fields.js';
import { InvalidInputError } from '../errors/errors.js';
import type { UpdateFacts, WebhookType } from './update.js';

/**
 * What Hooktide tells of a webhook's health, in the order in which it comes: it fails; what waits, or the failing itself, has
 * reached that share of the age at which deliveries are dropped; it was disabled; it works again.
 */
export const HEALTH_EVENTS = ['FAILING', 'AGE_50', 'AGE_75', 'AGE_90', 'DISABLED', 'RECOVERED'] as const;
export type HealthEvent = (typeof HEALTH_EVENTS)[number];

/** Who disabled a webhook: its receiver, by a 410, or `disableFailingWebhooksAfterHours`. */
export const DISABLED_REASONS = ['gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** How the last attempt that failed ended. */
export interface LastOutcome {
  reason: Reason;
  status: number | null;
  detail: string;
}

/** The payload of a WEBHOOK_HEALTH update. Times are ISO 8601; what has no value is null. */
export interface WebhookHealth {
  /** As `nameOf` has it. */
  webhookId: string;
  webhookType: WebhookType;
  event: HealthEvent;
  at: string;
  failingSince: string | null;
  pausedAt: string | null;
  disabledAt: string | null;
  disabledReason: DisabledReason | null;
  lastSuccessAt: string | null;
  /** From when the age counts of what has waited longest. */
  oldestUpdateAt: string | null;
  /** When that will be too old: attempts that fail after it drop it. */
  dropsFrom: string | null;
  /** Counted up to 10 000. */
  waiting: number;
  /** Of the attempts of the last 24 hours, the share that succeeded: 0 to 1. */
  successRate: number | null;
  lastOutcome: LastOutcome | null;
}

/** As long as the id of a webhook can be, in bytes. */
const MAX_ID_BYTES = 2_000;

/** What an id begins with that was made of a uri, encoded or not. */
const MADE_OF_A_URI = /^[A-Z_]+-https?(?::\/\/|%3A%2F%2F)/i;
const HIDDEN = '***';

/**
 * What a webhook is called to others: its id; of an id that was made of a uri, without the credentials and the query, which
 * may be secret.
 */
export function nameOf(webhookId: string): string {
  const [start] = MADE_OF_A_URI.exec(webhookId) ?? [];
  if (start === undefined) return webhookId;
  const [place = ''] = webhookId.slice(start.length).split(/[?#]|%3F|%23/i, 1);
  const [authority = ''] = place.split(/\/|%2F/i, 1);
  const host = authority.split(/@|%40/i).at(-1) ?? '';
  const shown = host === authority ? place : `${HIDDEN}@${host}${place.slice(authority.length)}`;
  return start + shown + (start.length + place.length < webhookId.length ? HIDDEN : '');
}

/**
 * What an update tells of a webhook's health.
 * @throws InvalidInputError for the first field that is missing or wrong, with its full path
 */
export function readHealthFacts(payload: Record<string, unknown>, path: string): UpdateFacts {
  const webhookId = readText(payload.webhookId, `${path}.webhookId`, MAX_ID_BYTES);
  return {
    requestId: webhookId,
    state: readWord(payload.event, `${path}.event`, HEALTH_EVENTS),
    subject: webhookId,
    occurredAtMillis: readInstant(payload.at, `${path}.at`),
  };
}

function readInstant(value: unknown, field: string): number {
  const millis = Date.parse(readText(value, field, 40));
  if (!Number.isNaN(millis)) return millis;
  throw new InvalidInputError(field, `${field} is no time: write ISO 8601, such as 2026-11-22T10:00:00.000Z`);
}
