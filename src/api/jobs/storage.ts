import type { TableSize } from '../../queue/sql/storage.js';

/** For how long what is kept, in hours. */
export abstract class Retained {
  abstract readonly historyRetentionHours: number;
  abstract readonly deadLetterRetentionHours: number;
  abstract readonly idempotencyHours: number;
  abstract readonly auditRetentionHours: number;
}

/** A table, how much is in it, and how long it stays. */
export interface StoredTable extends TableSize {
  /** Rows go when they are older; null: they stay as long as they are needed. */
  keptHours: number | null;
}

/** What goes by age. An update stays, however old, while a delivery, a dead letter or a row of history names it. */
export function keptHours(table: string, retained: Retained): number | null {
  switch (table) {
    case 'history':
    case 'update':
    case 'task_state':
      return retained.historyRetentionHours;
    case 'dead_letter':
      return retained.deadLetterRetentionHours;
    case 'idempotency_id':
      return retained.idempotencyHours;
    case 'audit':
    case 'job':
      return retained.auditRetentionHours;
    default:
      return null;
  }
}
