import { Injectable } from '@nestjs/common';
import type { Actor } from '../database/audit.js';
import { NotFoundError } from '../errors/errors.js';
import { Wake } from '../queue/wake.js';
import { Log } from '../telemetry/log.js';
import { changesSending, readChange, readChangeBody, type Change } from './change.dto.js';
import { spellingsOf, type Given } from './input.js';
import { ReachCheck, saysWhere } from './reach-check.js';
import { WebhookChanges, type Changed, type Doing } from './webhook-changes.repository.js';
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
    private readonly reach: ReachCheck,
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
  async change(givenId: Given, body: Buffer | undefined, by: Actor): Promise<WebhookDetails> {
    const ids = spellingsOf(givenId);
    const fields = readChangeBody(body);
    await this.checkReach(ids, fields);
    const changed = await this.changes.change(ids, (webhook) => readChange(fields, webhook), changesSending, {
      by,
      action: 'webhook.changed',
    });
    return this.done('webhook.changed', ids, changed);
  }

  /**
   * Changes a webhook by what `read` makes of it; answers with the change.
   * @throws NotFoundError
   */
  async apply<Made extends Change>(givenId: Given, read: (webhook: Webhook) => Made, doing: Doing): Promise<Made> {
    const ids = spellingsOf(givenId);
    const changed = await this.changes.change(ids, read, changesSending, doing);
    this.tell('webhook.changed', ids, changed);
    return changed.change;
  }

  /** @throws NotFoundError */
  async pause(givenId: Given, by: Actor): Promise<WebhookDetails> {
    const ids = spellingsOf(givenId);
    return this.done('webhook.paused', ids, await this.changes.pause(ids, by));
  }

  /** @throws NotFoundError */
  async resume(givenId: Given, by: Actor): Promise<WebhookDetails> {
    const ids = spellingsOf(givenId);
    return this.done('webhook.resumed', ids, await this.changes.resume(ids, by));
  }

  /** Before the webhook is locked, as names are looked up. Whether it is there, and what is wrong else, shows after it. */
  private async checkReach(ids: string[], fields: Record<string, unknown>): Promise<void> {
    const webhook = saysWhere(fields) ? await this.webhooks.find(ids) : null;
    if (!webhook) return;
    const { uri, onlyTo, auth } = webhook;
    await this.reach.check({ uri, onlyTo, auth, ...readChange(fields, webhook) });
  }

  private done(event: string, ids: string[], changed: Changed | null): Promise<WebhookDetails> {
    this.tell(event, ids, changed);
    return this.details([changed.id]);
  }

  private tell(event: string, ids: string[], changed: Changed | null): asserts changed {
    if (changed === null) throw unknown(ids);
    const { id, laneId, change, concernsSending } = changed;
    const names = Object.keys(change);
    const fields = names.length > 0 ? names.join(',') : undefined;
    if (concernsSending || fields) this.log.info(event, { webhookId: id, lane: laneId, fields });
    if (concernsSending) this.wake.changed([laneId]);
  }

  private async details(ids: string[]): Promise<WebhookDetails> {
    const webhook = await this.webhooks.find(ids);
    const facts = webhook && (await this.facts.read(webhook.laneId));
    if (!facts) throw unknown(ids);
    return detailsOf(webhook, facts, Date.now());
  }
}

function unknown([id = '']: string[]): NotFoundError {
  return new NotFoundError('webhook', `There is no webhook with the id ${id}: GET /api/webhooks lists them all`);
}
