import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../errors/errors.js';
import { Wake } from '../queue/wake.js';
import { Log } from '../telemetry/log.js';
import { changesSending, readChange, readChangeBody } from './change.dto.js';
import { spellingsOf, type Given } from './input.js';
import { WebhookChanges, type Changed } from './webhook-changes.repository.js';
import { WebhookFacts } from './webhook-facts.repository.js';
import { detailsOf, type WebhookDetails } from './webhook-view.js';
import type { Webhook } from './webhook.entity.js';
import { WebhookRepository } from './webhook.repository.js';

/** One webhook: all about it, and its changes. Each answers with the webhook as it is then. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly changes: WebhookChanges,
    private readonly facts: WebhookFacts,
    private readonly wake: Wake,
    private readonly log: Log,
  ) {}

  /** @throws NotFoundError */
  async find(givenId: Given): Promise<Webhook> {
    const ids = spellingsOf(givenId);
    const webhook = await this.webhooks.find(ids);
    if (webhook === null) throw unknown(ids);
    return webhook;
  }

  /** @throws NotFoundError */
  read(givenId: Given): Promise<WebhookDetails> {
    return this.details(spellingsOf(givenId));
  }

  /** @throws NotFoundError, InvalidInputError */
  async change(givenId: Given, body: Buffer | undefined): Promise<WebhookDetails> {
    const ids = spellingsOf(givenId);
    const fields = readChangeBody(body);
    const changed = await this.changes.change(ids, (webhook) => readChange(fields, webhook), changesSending);
    return this.done('webhook.changed', ids, changed);
  }

  /** @throws NotFoundError */
  async pause(givenId: Given): Promise<WebhookDetails> {
    const ids = spellingsOf(givenId);
    return this.done('webhook.paused', ids, await this.changes.pause(ids));
  }

  /** @throws NotFoundError */
  async resume(givenId: Given): Promise<WebhookDetails> {
    const ids = spellingsOf(givenId);
    return this.done('webhook.resumed', ids, await this.changes.resume(ids));
  }

  private done(event: string, ids: string[], changed: Changed | null): Promise<WebhookDetails> {
    if (changed === null) throw unknown(ids);
    const { id, laneId, change, concernsSending } = changed;
    const names = Object.keys(change);
    const fields = names.length > 0 ? names.join(',') : undefined;
    if (concernsSending || fields) this.log.info(event, { webhookId: id, lane: laneId, fields });
    if (concernsSending) this.wake.changed([laneId]);
    return this.details([id]);
  }

  private async details(ids: string[]): Promise<WebhookDetails> {
    const webhook = await this.webhooks.find(ids);
    const facts = webhook && (await this.facts.read(webhook.laneId));
    if (!facts) throw unknown(ids);
    return detailsOf(webhook, facts);
  }
}

function unknown([id = '']: string[]): NotFoundError {
  return new NotFoundError('webhook', `There is no webhook with the id ${id}: GET /api/webhooks lists them all`);
}
