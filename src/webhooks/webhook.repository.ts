import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Not, type DataSource } from 'typeorm';
import { writeAudit, type Actor } from '../database/audit.js';
import { Vault } from '../secrets/vault.js';
import { Webhook, type Options } from './webhook.entity.js';

/** A new webhook gets a lane of its own in the same statement; one that exists is left as it is. */
const REGISTER = `
WITH registered AS (
  INSERT INTO hooktide.webhook (id, lane_id, type, uri, "user", "timestamp", description, filter, headers, sealed,
                                only_to, format, "order", retry, connect_timeout_millis, timeout_millis, max_concurrent,
                                origin)
  VALUES ($1, nextval(pg_get_serial_sequence('hooktide.lane', 'id')), $2, $3, $4,
          coalesce($5::bigint, (extract(epoch FROM now()) * 1000)::bigint), $6, $7, $8, $9, $10, $11, $12, $13, $14,
          $15, $16, $17)
  ON CONFLICT (id) DO NOTHING
  RETURNING lane_id, id
)
INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE SELECT lane_id, id FROM registered
RETURNING id`;

/**
 * The lane is closed with its webhook; what waits in it becomes dead letters, in batches, later. The lane is locked
 * before the webhook, as the dispatcher does when a receiver is gone: the other order could wait in a ring.
 */
const DELETE = `
WITH found AS (
  SELECT lane_id FROM hooktide.webhook WHERE id = ANY ($1::text[]) AND origin IN ('client', 'sail') ORDER BY array_position($1::text[], id) LIMIT 1
), closed AS (
  UPDATE hooktide.lane AS l SET closed_at = now() FROM found WHERE l.id = found.lane_id AND l.closed_at IS NULL
  RETURNING l.id
)
DELETE FROM hooktide.webhook AS w USING closed WHERE w.lane_id = closed.id
RETURNING w.id, closed.id::float8 AS "laneId"`;

export type NewWebhook = Pick<Webhook, 'id' | 'type' | 'uri' | 'user' | 'origin'> &
  Options & { timestamp: number | null };

/** What Singularity's lists show: its clients know no type but its own. */
const LISTED = { id: true, type: true, uri: true, user: true, timestamp: true } as const;
export type ListedWebhook = Pick<Webhook, keyof typeof LISTED>;

/** The rows of the registry. */
@Injectable()
export class WebhookRepository {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: Vault,
  ) {}

  list(): Promise<ListedWebhook[]> {
    return this.dataSource.getRepository(Webhook).find({
      select: LISTED,
      where: { origin: 'client', type: Not('WEBHOOK_HEALTH') },
      order: { registeredAt: 'ASC', id: 'ASC' },
    });
  }

  /** The first of these ids that is registered. */
  async find(ids: string[]): Promise<Webhook | null> {
    for (const id of ids) {
      const webhook = await this.dataSource.getRepository(Webhook).findOneBy({ id });
      if (webhook) return webhook;
    }
    return null;
  }

  /** Answers whether it is new. */
  async register(webhook: NewWebhook, by: Actor): Promise<boolean> {
    const { id, type, uri, user, timestamp, description, filter, onlyTo, format, order, retry, origin } = webhook;
    const { headers, sealed } = this.vault.closeSecrets(webhook);
    const { connectTimeoutMillis, timeoutMillis, maxConcurrent } = webhook;
    const texts = [id, type, uri, user, timestamp, description, filter, headers, sealed, onlyTo, format, order, retry];
    const parameters = [...texts, connectTimeoutMillis, timeoutMillis, maxConcurrent, origin];
    return this.dataSource.transaction(async (manager) => {
      const rows: unknown[] = await manager.query(REGISTER, parameters);
      const isNew = rows.length > 0;
      if (isNew) await writeAudit(manager, { by, action: 'webhook.registered', target: id, details: { type, origin } });
      return isNew;
    });
  }

  /** Deletes the first of these ids that is registered; answers with what it was, or null. */
  async delete(ids: string[], by: Actor): Promise<Pick<Webhook, 'id' | 'laneId'> | null> {
    return this.dataSource.transaction(async (manager) => {
      const [[gone]]: [Pick<Webhook, 'id' | 'laneId'>[]] = await manager.query(DELETE, [ids]);
      if (!gone) return null;
      await writeAudit(manager, { by, action: 'webhook.deleted', target: gone.id });
      return gone;
    });
  }
}
