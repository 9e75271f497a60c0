import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { writeAudit, type Actor, type Audited } from '../database/audit.js';
import { Vault } from '../secrets/vault.js';
import type { Change } from './change.dto.js';
import { sealedIn } from './sealed.js';
import { Webhook } from './webhook.entity.js';

/** Whatever writes a webhook locks its lane first. One whose lane was closed meanwhile is deleted. */
const LOCK = `
SELECT l.id::float8 AS "laneId"
FROM hooktide.webhook AS w JOIN hooktide.lane AS l ON l.id = w.lane_id
WHERE w.id = ANY ($1::text[]) AND l.closed_at IS NULL
ORDER BY array_position($1::text[], w.id) LIMIT 1
FOR NO KEY UPDATE OF l`;

const PAUSE = `
WITH paused AS (UPDATE hooktide.webhook SET paused_at = now() WHERE lane_id = $1)
UPDATE hooktide.lane SET revision = revision + 1 WHERE id = $1`;

/**
 * What is known of the receiver counts no more: failed deliveries are due at once. What has waited while nothing was sent leaves
 * slowly (src/dispatch/drain.ts). Those that another transaction has
 * locked are being dropped; waiting for them could be waiting in a ring.
 */
const REOPEN = `
WITH reopened AS (
  UPDATE hooktide.lane AS l
  SET revision = revision + 1, failed_subjects = '{}', failing_since = NULL, probed_at = NULL, resting_until = NULL,
      drain_to_id = CASE WHEN w.begins THEN (SELECT last_value FROM hooktide.delivery_id_seq) ELSE l.drain_to_id END
  FROM (
    SELECT (paused_at IS NOT NULL OR disabled_at IS NOT NULL) AND (paused_at IS NULL OR $2) AS begins
    FROM hooktide.webhook WHERE lane_id = $1
  ) AS w
  WHERE l.id = $1
), enabled AS (
  UPDATE hooktide.webhook
  SET disabled_at = NULL, disabled_reason = NULL, paused_at = CASE WHEN $2 THEN NULL ELSE paused_at END
  WHERE lane_id = $1
), failed AS (
  SELECT lane_id, id FROM hooktide.delivery WHERE lane_id = $1 AND attempts > 0 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE hooktide.delivery AS d SET due_at = now() FROM failed AS f WHERE d.lane_id = f.lane_id AND d.id = f.id`;

/** Who does it, and what it is called in the audit log. */
export interface Doing {
  by: Actor;
  action: Audited;
}

/** What was done to a webhook, if anything had to be. */
export interface Changed<Made extends Change = Change> {
  id: string;
  laneId: number;
  change: Made;
  /** Whether the dispatcher has to know. */
  concernsSending: boolean;
}

/** Changes of one webhook, each in one transaction under the lock of its lane. Null: no webhook has one of these ids. */
@Injectable()
export class WebhookChanges {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: Vault,
  ) {}

  /**
   * @param read makes the change of the webhook as it is now; what it throws ends the transaction
   * @param concernsSending whether a change tells how and where deliveries are sent
   */
  change<Made extends Change>(
    ids: string[],
    read: (webhook: Webhook) => Made,
    concernsSending: (change: Change) => boolean,
    doing: Doing,
  ): Promise<Changed<Made> | null> {
    return this.locked(ids, doing, async (manager, webhook) => {
      const { id, laneId } = webhook;
      const change = read(webhook);
      const reopens = concernsSending(change);
      if (Object.keys(change).length > 0) {
        await manager.update(Webhook, { laneId }, sealedIn(change, webhook, this.vault));
      }
      if (reopens) await manager.query(REOPEN, [laneId, false]);
      return { id, laneId, change, concernsSending: reopens };
    });
  }

  /** One that is paused stays so, since when it was. */
  pause(ids: string[], by: Actor): Promise<Changed | null> {
    return this.locked(ids, { by, action: 'webhook.paused' }, async (manager, { id, laneId, pausedAt }) => {
      const isNew = pausedAt === null;
      if (isNew) await manager.query(PAUSE, [laneId]);
      return { id, laneId, change: {}, concernsSending: isNew };
    });
  }

  resume(ids: string[], by: Actor): Promise<Changed | null> {
    return this.locked(ids, { by, action: 'webhook.resumed' }, async (manager, { id, laneId }) => {
      await manager.query(REOPEN, [laneId, true]);
      return { id, laneId, change: {}, concernsSending: true };
    });
  }

  private locked<Made extends Change>(
    ids: string[],
    doing: Doing,
    work: (manager: EntityManager, webhook: Webhook) => Promise<Changed<Made>>,
  ): Promise<Changed<Made> | null> {
    return this.dataSource.transaction(async (manager) => {
      const [lane]: { laneId: number }[] = await manager.query(LOCK, [ids]);
      if (!lane) return null;
      // Read by a statement of its own: what was committed while the lock was waited for is seen by no other.
      const changed = await work(manager, await manager.findOneByOrFail(Webhook, lane));
      await this.note(manager, changed, doing);
      return changed;
    });
  }

  /** Which fields were changed, never to what: that may be a secret. */
  private async note(manager: EntityManager, { id, change, concernsSending }: Changed, doing: Doing): Promise<void> {
    const fields = Object.keys(change);
    if (fields.length === 0 && !concernsSending) return;
    await writeAudit(manager, { ...doing, target: id, details: fields.length > 0 ? { fields } : {} });
  }
}
