import { writeAudit, type Entry } from '../database/audit.js';
import type { Database, Sql } from '../database/database.js';

/** One batch of what somebody asked for: with what it came to, it is written down in the transaction that does it. */
export async function audited<Batch>(
  database: Database,
  entry: Entry,
  work: (sql: Sql) => Promise<Batch>,
  /** What it came to, such as `{ replayed: 12 }`; null: nothing was done. */
  countsOf: (batch: Batch) => Record<string, number> | null,
): Promise<Batch> {
  return database.transaction(async (sql) => {
    const batch = await work(sql);
    const counts = countsOf(batch);
    if (counts !== null) await writeAudit(sql, { ...entry, details: { ...entry.details, ...counts } });
    return batch;
  });
}
