import type { Sql } from '../../database/database.js';

/** How much of a table there is. */
export interface TableSize {
  table: string;
  /** An estimate, as of the last vacuum or analysis; null: there was none yet. */
  rows: number | null;
  /** With indexes and what is stored apart. */
  bytes: number;
  /**
   * When the oldest row was written; of `delivery` and `history`, when the oldest update was accepted that they name. Null:
   * the table is empty, or not kept in that order.
   */
  oldestAt: Date | null;
}

/** Ids of updates begin with the time of their acceptance (hooktide.new_update_id). */
const timeOf = (id: string): string =>
  `to_timestamp(('x' || translate(left(${id}::text, 13), '-', ''))::bit(48)::bigint / 1000.0)`;
const ofFirst = (table: string): string =>
  `(SELECT ${timeOf('update_id')} FROM hooktide.${table} ORDER BY update_id LIMIT 1)`;

/** Each of these is the first entry of an index. */
const STORAGE = `
SELECT c.relname AS "table", nullif(c.reltuples, -1)::bigint AS rows, pg_total_relation_size(c.oid) AS bytes,
  CASE c.relname
    WHEN 'update' THEN (SELECT ${timeOf('id')} FROM hooktide.update ORDER BY id LIMIT 1)
    WHEN 'delivery' THEN ${ofFirst('delivery')}
    WHEN 'history' THEN ${ofFirst('history')}
    WHEN 'dead_letter' THEN (SELECT dropped_at FROM hooktide.dead_letter ORDER BY dropped_at LIMIT 1)
    WHEN 'audit' THEN (SELECT at FROM hooktide.audit ORDER BY at LIMIT 1)
    WHEN 'job' THEN (SELECT created_at FROM hooktide.job ORDER BY id LIMIT 1)
  END AS "oldestAt"
FROM pg_class AS c
WHERE c.relnamespace = 'hooktide'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname`;

/** All tables, by name. */
export function readStorage(sql: Sql): Promise<TableSize[]> {
  return sql.query(STORAGE);
}
