import type { Database } from '../database/database.js';
import { listDeadLetters, type DeadLetter, type DeadLetterFilter } from './sql/dead-letters.js';
import { findDelivery, listDeliveries, listDeliveriesOf, type DeliveryFilter } from './sql/deliveries.js';
import type { DeliveryRow } from './sql/delivery-view.js';
import { listLeftOut, type LeftOut } from './sql/left-out.js';
import type { IdRange } from './sql/update-ids.js';
import { findUpdate, listUpdates, type UpdateFilter, type UpdateRow } from './sql/updates.js';

/** What became of updates and deliveries, whether they wait or not. Reads only. */
export class Lookups {
  constructor(private readonly database: Database) {}

  listUpdates(filter: UpdateFilter, ids: IdRange, limit: number): Promise<UpdateRow[]> {
    return listUpdates(this.database, filter, ids, limit);
  }

  findUpdate(id: string, withPayload: boolean): Promise<(UpdateRow & { payload: string | null }) | null> {
    return findUpdate(this.database, id, withPayload);
  }

  listDeliveries(filter: DeliveryFilter, before: number, limit: number): Promise<DeliveryRow[]> {
    return listDeliveries(this.database, filter, before, limit);
  }

  listDeliveriesOf(
    updateId: string,
    webhookIds: string[] | null,
    after: number,
    limit: number,
  ): Promise<DeliveryRow[]> {
    return listDeliveriesOf(this.database, updateId, webhookIds, after, limit);
  }

  findDelivery(id: number): Promise<DeliveryRow | null> {
    return findDelivery(this.database, id);
  }

  listLeftOut(updateId: string, webhookIds: string[] | null, after: string, limit: number): Promise<LeftOut[]> {
    return listLeftOut(this.database, updateId, webhookIds, after, limit);
  }

  listDeadLetters(filter: DeadLetterFilter, after: number, limit: number): Promise<DeadLetter[]> {
    return listDeadLetters(this.database, filter, after, limit);
  }
}
