import { Injectable } from '@nestjs/common';
import { isTopic } from '../egress/topic.js';
import type { Actor } from '../database/audit.js';
import { InvalidInputError } from '../errors/errors.js';
import { newSecret, rotated } from '../signing/symmetric.js';
import type { Signing } from '../updates/webhook-secrets.js';
import { aSecret, HIDDEN } from './credentials.js';
import { readBody, type Given } from './input.js';
import { readFields } from './read-fields.js';
import { Optional, whole } from './rules.js';
import { SigningOptions } from './signing-options.js';
import type { Webhook } from './webhook.entity.js';
import { WebhookService } from './webhook.service.js';

/** A secret that is shown this once. */
export interface NewSecret {
  secret: string;
  /** Until when the one before signs as well; null: it doesn't any more, or there was none. */
  oldSecretUntil: Date | null;
}

const HOUR_MILLIS = 3_600_000;
const MOST_OVERLAP_HOURS = 720;
/** The newest, and those before in their overlap. */
const MOST_SIGNING = 5;

class RotationDto {
  @Optional(aSecret)
  secret?: string | null;

  @Optional(whole('hours', 0, MOST_OVERLAP_HOURS))
  overlapHours?: number | null;
}

/** Replaces the secret that a webhook's deliveries are signed by. */
@Injectable()
export class SecretService {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly options: SigningOptions,
  ) {}

  /**
   * Makes a new secret the one that signs first; those before sign beside it for the overlap.
   * @throws NotFoundError, InvalidInputError
   */
  async rotate(givenId: Given, body: Buffer | undefined, by: Actor): Promise<NewSecret> {
    const given = readFields(
      RotationDto,
      readBody(body, 'body is no JSON object: send none, or {"overlapHours": 24}') ?? {},
    );
    const { secret = null, overlapHours = null } = given;
    if (secret === HIDDEN) throw new InvalidInputError('secret', `secret is ${HIDDEN}: leave it out to get a new one`);
    const next = secret ?? newSecret();
    const now = Date.now();
    const untilMillis = now + (overlapHours ?? this.options.overlapHours) * HOUR_MILLIS;
    const rotate = (webhook: Webhook): { signing: Signing } => {
      checkSigns(webhook);
      const signing = rotated(webhook.signing, next, untilMillis, now);
      checkCount(signing);
      return { signing };
    };
    const { signing } = await this.webhooks.apply(givenId, rotate, { by, action: 'webhook.secret_replaced' });
    const older = signing.keys[1]?.untilMillis;
    return { secret: next, oldSecretUntil: older === undefined ? null : new Date(older) };
  }
}

function checkSigns({ id, origin, uri }: Webhook): void {
  if (origin !== 'client') {
    const why = 'is not registered with POST /api/webhooks: its deliveries are not signed';
    throw new InvalidInputError('webhookId', `${id} ${why}`);
  }
  if (!isTopic(uri)) return;
  throw new InvalidInputError('webhookId', `${id} goes to a topic of SNS, which signs for itself: it has no secret`);
}

/** Each bears a signature to every delivery. */
function checkCount({ keys }: Signing): void {
  if (keys.length <= MOST_SIGNING) return;
  const ends = new Date(Math.min(...keys.map(({ untilMillis = Infinity }) => untilMillis))).toISOString();
  throw new InvalidInputError(
    'overlapHours',
    `overlapHours: ${MOST_SIGNING} secrets sign already, one of them until ${ends}: wait for that, or write 0 to end all the old ones now`,
  );
}
