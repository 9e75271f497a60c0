import type { Sql } from '../../database/database.js';
import type { Origin } from '../../updates/target.js';

/** The one row that hooktide.enqueue goes by. Of processes with different configs, the one started last wins. */
const WRITE_LIMITS = `
INSERT INTO hooktide.ingest_limits
  (max_payload_bytes, max_fan_out, max_waiting_deliveries, idempotency_hours, wake_on_enqueue, origins)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (is_only) DO UPDATE SET
  max_payload_bytes = excluded.max_payload_bytes, max_fan_out = excluded.max_fan_out,
  max_waiting_deliveries = excluded.max_waiting_deliveries, idempotency_hours = excluded.idempotency_hours,
  wake_on_enqueue = excluded.wake_on_enqueue, origins = excluded.origins`;

export interface IngestRules {
  ingest: { maxPayloadBytes: number };
  maxFanOut: number;
  maxWaitingDeliveries: number;
  idempotencyHours: number;
  wakeOnEnqueue: boolean;
  origins: readonly Origin[];
}

/** Tells what the config says to updates that come by SQL: they pass no process. */
export async function writeLimits(sql: Sql, rules: IngestRules): Promise<void> {
  const { ingest, maxFanOut, maxWaitingDeliveries, idempotencyHours, wakeOnEnqueue, origins } = rules;
  const row = [ingest.maxPayloadBytes, maxFanOut, maxWaitingDeliveries, idempotencyHours, wakeOnEnqueue, origins];
  await sql.query(WRITE_LIMITS, row);
}
