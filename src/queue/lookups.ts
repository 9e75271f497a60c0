import { listAudit, type AuditFilter, type AuditRow } from '../database/audit.js';
import type { Sql } from '../database/database.js';
import { InvalidInputError } from '../errors/errors.js';
import type { Origin } from '../updates/target.js';
import { listDeadLetters, type DeadLetter, type DeadLetterFilter } from './sql/dead-letters.js';
import { findDelivery, listDeliveries, listDeliveriesOf, type DeliveryFilter } from './sql/deliveries.js';
import type { DeliveryRow } from './sql/delivery-view.js';
import { listLeftOut, type LeftOut } from './sql/left-out.js';
import { countMessages, type MessageCounts } from './sql/message-counts.js';
import { findMessage, listMessageIds, listMessages, type MessageFilter, type MessageRow } from './sql/messages.js';
import { listProcesses, type ProcessRow } from './sql/processes.js';
import type { IdRange } from './sql/update-ids.js';
import { findUpdate, listUpdates, type UpdateFilter, type UpdateRow } from './sql/updates.js';

/** Postgres ended a statement for its `statement_timeout`. */
const QUERY_CANCELED = '57014';

/**
 * What became of updates and deliveries, whether they wait or not. Reads only, and over connections of its own: those who
 * ask much must not keep the queue waiting. They may come from a replica, which is behind: what is to be acted upon is asked
 * of `primary`.
 */
export class Lookups {
  /** The same, of what is so now. */
  readonly primary: Lookups;
  private readonly sql: Sql;

  /**
   * @param database its statements end after a while; then a look-up throws InvalidInputError
   * @param origins of whose webhooks updates are delivered to
   * @param replica asked first; missing: there is none
   */
  constructor(
    database: Sql,
    private readonly origins: readonly Origin[],
    replica?: Sql,
  ) {
    const asked = replica ?? database;
    this.sql = { query: (...statement) => asked.query<never>(...statement).catch(narrow) };
    this.primary = replica ? new Lookups(database, origins) : this;
  }

  /**
   * Looks one thing up. What the replica doesn't know may have been accepted a moment ago: the primary is asked once.
   * @returns it, and of whom to ask what belongs to it
   */
  async find<Found>(ask: (from: Lookups) => Promise<Found | null>): Promise<{ found: Found; from: Lookups } | null> {
    for (const from of new Set([this, this.primary])) {
      const found = await ask(from);
      if (found !== null) return { found, from };
    }
    return null;
  }

  listUpdates(filter: UpdateFilter, ids: IdRange, limit: number): Promise<UpdateRow[]> {
    return listUpdates(this.sql, filter, ids, limit);
  }

  findUpdate(id: string, withPayload: boolean): Promise<(UpdateRow & { payload: string | null }) | null> {
    return findUpdate(this.sql, id, withPayload);
  }

  listDeliveries(filter: DeliveryFilter, before: number, limit: number): Promise<DeliveryRow[]> {
    return listDeliveries(this.sql, filter, before, limit);
  }

  listDeliveriesOf(
    updateId: string,
    webhookIds: string[] | null,
    after: number,
    limit: number,
  ): Promise<DeliveryRow[]> {
    return listDeliveriesOf(this.sql, updateId, webhookIds, after, limit);
  }

  findDelivery(id: number): Promise<DeliveryRow | null> {
    return findDelivery(this.sql, id);
  }

  listLeftOut(updateId: string, webhookIds: string[] | null, after: string, limit: number): Promise<LeftOut[]> {
    return listLeftOut(this.sql, this.origins, updateId, webhookIds, after, limit);
  }

  listDeadLetters(filter: DeadLetterFilter, after: number, limit: number): Promise<DeadLetter[]> {
    return listDeadLetters(this.sql, filter, after, limit);
  }

  listMessages(filter: MessageFilter, limit: number): Promise<MessageRow[]> {
    return listMessages(this.sql, filter, limit);
  }

  /** The ids of their updates, newest first. */
  listMessageIds(filter: MessageFilter, limit: number): Promise<string[]> {
    return listMessageIds(this.sql, filter, limit);
  }

  findMessage(id: string, withPayload: boolean): Promise<MessageRow | null> {
    return findMessage(this.sql, id, withPayload);
  }

  countMessages(): Promise<MessageCounts> {
    return countMessages(this.sql);
  }

  listAudit(filter: AuditFilter, before: number, limit: number): Promise<AuditRow[]> {
    return listAudit(this.sql, filter, before, limit);
  }

  listProcesses(after: string, limit: number): Promise<ProcessRow[]> {
    return listProcesses(this.sql, after, limit);
  }
}

function narrow(error: unknown): never {
  if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
  throw new InvalidInputError(
    'since',
    'There is too much to look through: ask for one webhookId, requestId or id, or for a shorter time by since and until',
  );
}
