import { Injectable } from '@nestjs/common';
import type { Actor } from '../../database/audit.js';
import { Reach } from '../../egress/reach.js';
import { InvalidInputError, NotFoundError } from '../../errors/errors.js';
import { Wake } from '../../queue/wake.js';
import { Log } from '../../telemetry/log.js';
import { DisabledActions } from '../disabled-actions.service.js';
import { WebhooksService } from '../webhooks.service.js';
import { hookKey, urlOf, type HookUrl } from './hook-url.js';
import { hookId, HookRepository } from './hooks.repository.js';

/** A hook as Sail shows it: all there is of it. */
export interface Hook {
  url: string;
}

/** The hooks of applications: each url gets every change of every container of its application. */
@Injectable()
export class HooksService {
  constructor(
    private readonly hooks: HookRepository,
    private readonly webhooks: WebhooksService,
    private readonly actions: DisabledActions,
    private readonly wake: Wake,
    private readonly log: Log,
    private readonly reach: Reach,
  ) {}

  /** In the order in which they were added. */
  async list(application: string): Promise<Hook[]> {
    return (await this.hooks.list(application)).map((hook) => ({ url: urlOf(hook) }));
  }

  /** The applications that have hooks. */
  applications(): Promise<string[]> {
    return this.hooks.applications();
  }

  /**
   * Adds a hook. The same url once more is no other hook; it brings one back whose receiver wanted no more.
   * @throws ActionDisabledError, InvalidInputError for a name that leads to where nothing may be sent
   */
  async add(application: string, url: HookUrl, by: Actor): Promise<Hook & { isNew: boolean }> {
    await this.actions.check('ADD_WEBHOOK');
    const problem = await this.reach.problem(url.uri);
    if (problem !== null) throw new InvalidInputError('url', `url: ${problem}`);
    const { id: webhookId, isNew, changedLane } = await this.hooks.put(application, url, by);
    if (isNew) this.log.info('webhook.registered', { webhookId, type: 'TASK' });
    if (changedLane !== null) {
      this.log.info('webhook.changed', { webhookId, lane: changedLane });
      this.wake.changed([changedLane]);
    }
    const headers = url.authorization === null ? null : { Authorization: url.authorization };
    return { url: urlOf({ uri: url.uri, headers }), isNew };
  }

  /**
   * Deletes the first of these urls that is one of a hook; what waits for it becomes dead letters.
   * @throws ActionDisabledError, NotFoundError
   */
  async delete(application: string, urls: readonly string[], by: Actor): Promise<Hook> {
    for (const url of urls) {
      const key = hookKey(url);
      if (key === null) continue;
      if ((await this.webhooks.delete(hookId(application, key), by)) === 'DELETED') return { url };
    }
    const message = `The application ${application} has no such webhook: GET /v1/applications/${encodeURIComponent(application)}/hook lists them all`;
    throw new NotFoundError('webhook', message);
  }
}
