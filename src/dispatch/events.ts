import type { Dropped, DropReason } from '../queue/sql/drop.js';
import type { Delivery } from '../queue/sql/read.js';
import type { Log } from '../telemetry/log.js';
import type { Outcome } from '../updates/outcome.js';
import type { Lane } from './lane.js';
import type { Verdict } from './policy.js';

const REPEAT_MILLIS = 5_000;

/** What happens in the dispatcher, one function each: the log line, and what else wants to know. */
export class DispatchEvents {
  /** Attempts since the start. */
  readonly attempts = { delivered: 0, failed: 0 };
  private readonly quietUntil = new Map<string, number>();

  constructor(private readonly log: Log) {}

  /** The canonical line: one for each attempt, with all that explains it. */
  attempted(lane: Lane, delivery: Delivery, outcome: Outcome, verdict: Verdict): void {
    this.attempts[verdict.delivery === 'delivered' ? 'delivered' : 'failed'] += 1;
    const { update } = delivery;
    this.log.info('delivery.attempted', {
      webhookId: lane.webhookId,
      updateId: update.updateId,
      delivery: delivery.id,
      type: update.type,
      state: update.state,
      subject: delivery.subject,
      attempt: delivery.attempts + 1,
      reason: outcome.reason,
      status: outcome.status,
      millis: Math.round(outcome.durationMillis),
      verdict: verdict.delivery,
      detail: outcome.reason === 'delivered' ? undefined : outcome.detail,
    });
  }

  dropped(dropped: readonly Dropped[], reason: DropReason, webhookId: string | null): void {
    if (dropped.length === 0) return;
    this.log.warn('delivery.dropped', {
      webhookId,
      reason,
      count: dropped.length,
      deliveries: dropped.slice(0, 20).map((d) => d.id),
    });
  }

  leaseLost(lane: Lane): void {
    this.log.warn('lane.lost', { webhookId: lane.webhookId, lane: lane.id, inFlight: lane.backlog.inFlight });
  }

  /** While the database is away the same is tried many times a second: it is said every few seconds. */
  databaseFailed(doing: string, error: unknown): void {
    const now = performance.now();
    if (now < (this.quietUntil.get(doing) ?? 0)) return;
    this.quietUntil.set(doing, now + REPEAT_MILLIS);
    this.log.error('database.failed', { doing, error: error instanceof Error ? error.message : String(error) });
  }

  /** A bug of ours, not of the receiver: the delivery is tried again like after any failure. */
  sinkBroke(lane: Lane, error: unknown, durationMillis: number): Outcome {
    const detail = error instanceof Error ? error.message : String(error);
    this.log.error('sink.broke', { webhookId: lane.webhookId, error: error instanceof Error ? error.stack : detail });
    return { reason: 'network', detail: `Hooktide failed to send: ${detail}`, durationMillis };
  }
}
