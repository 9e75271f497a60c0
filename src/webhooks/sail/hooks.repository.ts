import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Actor } from '../../database/audit.js';
import { Vault, type StoredSecrets } from '../../secrets/vault.js';
import { defaultsOf } from '../format-defaults.js';
import { DEFAULT_OPTIONS } from '../options.dto.js';
import { WebhookChanges, type Changed } from '../webhook-changes.repository.js';
import { NO_SECRETS } from '../../updates/webhook-secrets.js';
import type { Webhook } from '../webhook.entity.js';
import { WebhookRepository, type NewWebhook } from '../webhook.repository.js';
import type { HookUrl } from './hook-url.js';

/** By the index over webhooks of this format. */
const LIST = `
SELECT uri, headers, sealed FROM hooktide.webhook
WHERE format = 'sail' AND origin = 'sail' AND filter -> 'applications' ->> 0 = $1 ORDER BY registered_at, id`;

const APPLICATIONS = `
SELECT DISTINCT filter -> 'applications' ->> 0 AS name FROM hooktide.webhook
WHERE format = 'sail' AND origin = 'sail' ORDER BY name`;

/** What became of a hook that was registered. */
export interface Put {
  id: string;
  isNew: boolean;
  /** Of one that was there: its lane, if it is sent to in another way now. */
  changedLane: number | null;
}

/** The id of a hook: the same as long as its application and its url are. */
export const hookId = (application: string, key: string): string => `sail:${application}:${key}`;

/** Hooks of applications, which stand in the registry as webhooks of their own. */
@Injectable()
export class HookRepository {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookRepository,
    private readonly changes: WebhookChanges,
    private readonly vault: Vault,
  ) {}

  /** In the order in which they were registered. */
  async list(application: string): Promise<Pick<Webhook, 'uri' | 'headers'>[]> {
    const rows: (StoredSecrets & Pick<Webhook, 'uri'>)[] = await this.dataSource.query(LIST, [application]);
    return rows.map(({ uri, ...stored }) => ({ uri, headers: this.vault.openSecrets(stored).headers }));
  }

  async applications(): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(APPLICATIONS);
    return rows.map(({ name }) => name);
  }

  /** Registers a hook, or gives one that is there its new password, and ends what a 410 has disabled. A pause stays. */
  async put(application: string, url: HookUrl, by: Actor): Promise<Put> {
    const hook = webhookOf(application, url);
    const { id } = hook;
    for (;;) {
      if (await this.webhooks.register(hook, by)) return { id, isNew: true, changedLane: null };
      const changed = await this.change(hook, by);
      if (changed) return { id, isNew: false, changedLane: changed.concernsSending ? changed.laneId : null };
      // It was deleted meanwhile.
    }
  }

  private change({ id, headers }: NewWebhook, by: Actor): Promise<Changed | null> {
    let wasDisabled = false;
    return this.changes.change(
      [id],
      (webhook) => {
        wasDisabled = webhook.disabledAt !== null;
        const isSame = webhook.headers?.Authorization === headers?.Authorization;
        if (webhook.unreadable === undefined) return isSame ? {} : { headers };
        // Nothing else of a hook is secret.
        return { ...NO_SECRETS, headers };
      },
      (change) => wasDisabled || 'headers' in change,
      { by, action: 'webhook.changed' },
    );
  }
}

function webhookOf(application: string, { uri, authorization, key }: HookUrl): NewWebhook {
  return {
    ...DEFAULT_OPTIONS,
    ...defaultsOf('sail'),
    format: 'sail',
    id: hookId(application, key),
    type: 'TASK',
    origin: 'sail',
    uri,
    user: null,
    timestamp: null,
    filter: { applications: [application] },
    headers: authorization === null ? null : { Authorization: authorization },
  };
}
