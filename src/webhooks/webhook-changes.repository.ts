import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import type { Change } from './change.dto.js';
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
 * What is known of the receiver counts no more: failed deliveries are due at once. Those that another transaction has
 * locked are being dropped; waiting for them could be waiting in a ring.
 */
const REOPEN = `
WITH reopened AS (
  UPDATE hooktide.lane
  SET revision = revision + 1, failed_subjects = '{}', failing_since = NULL, probed_at = NULL, resting_until = NULL
  WHERE id = $1
), enabled AS (
  UPDATE hooktide.webhook SET disabled_at = NULL, paused_at = CASE WHEN $2 THEN NULL ELSE paused_at END
  WHERE lane_id = $1
), failed AS (
  SELECT lane_id, id FROM hooktide.delivery WHERE lane_id = $1 AND attempts > 0 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE hooktide.delivery AS d SET due_at = now() FROM failed AS f WHERE d.lane_id = f.lane_id AND d.id = f.id`;

/** What was done to a webhook, if anything had to be. */
export interface Changed {
  id: string;
  laneId: number;
  change: Change;
  /** Whether the dispatcher has to know. */
  concernsSending: boolean;
}

/** Changes of one webhook, each in one transaction under the lock of its lane. Null: no webhook has one of these ids. */
@Injectable()
export class WebhookChanges {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * @param read makes the change of the webhook as it is now; what it throws ends the transaction
   * @param concernsSending whether a change tells how and where deliveries are sent
   */
  change(
    ids: string[],
    read: (webhook: Webhook) => Change,
    concernsSending: (change: Change) => boolean,
  ): Promise<Changed | null> {
    return this.locked(ids, async (manager, webhook) => {
      const { id, laneId } = webhook;
      const change = read(webhook);
      const reopens = concernsSending(change);
      if (Object.keys(change).length > 0) await manager.update(Webhook, { laneId }, change);
      if (reopens) await manager.query(REOPEN, [laneId, false]);
      return { id, laneId, change, concernsSending: reopens };
    });
  }

  /** One that is paused stays so, since when it was. */
  pause(ids: string[]): Promise<Changed | null> {
    return this.locked(ids, async (manager, { id, laneId, pausedAt }) => {
      const isNew = pausedAt === null;
      if (isNew) await manager.query(PAUSE, [laneId]);
      return { id, laneId, change: {}, concernsSending: isNew };
    });
  }

  resume(ids: string[]): Promise<Changed | null> {
    return this.locked(ids, async (manager, { id, laneId }) => {
      await manager.query(REOPEN, [laneId, true]);
      return { id, laneId, change: {}, concernsSending: true };
    });
  }

  private locked(
    ids: string[],
    work: (manager: EntityManager, webhook: Webhook) => Promise<Changed>,
  ): Promise<Changed | null> {
    return this.dataSource.transaction(async (manager) => {
      const [lane]: { laneId: number }[] = await manager.query(LOCK, [ids]);
      if (!lane) return null;
      // Read by a statement of its own: what was committed while the lock was waited for is seen by no other.
      return work(manager, await manager.findOneByOrFail(Webhook, lane));
    });
  }
}
