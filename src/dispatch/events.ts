import type { Dropped, DropReason } from '../queue/sql/drop.js';
import type { Noticed } from '../queue/sql/health-notices.js';
import type { Delivery } from '../queue/sql/read.js';
import type { Message } from '../sinks/sink.js';
import type { DatabaseFailures } from '../telemetry/database-failures.js';
import type { Log } from '../telemetry/log.js';
import type { AttemptSpan, Tracing } from '../telemetry/tracing.js';
import type { Outcome } from '../updates/outcome.js';
import type { HealthEvent } from '../updates/webhook-health.js';
import type { Lane } from './lane.js';
import type { ClaimedBy, DispatchMetrics } from './metrics.js';
import type { Verdict } from './policy.js';

/** What happens in the dispatcher, one function each: the log line, the metrics, and what else wants to know. */
export class DispatchEvents {
  /** Attempts since the start. */
  readonly attempts = { delivered: 0, failed: 0 };

  constructor(
    private readonly log: Log,
    private readonly metrics: DispatchMetrics,
    private readonly failures: Pick<DatabaseFailures, 'failed'>,
    private readonly tracing: Tracing | null = null,
  ) {}

  /** An attempt begins. Undefined: it has no span. */
  attempting({ webhookId }: Lane, { id, attempts, update }: Delivery, message: Message): AttemptSpan | undefined {
    if (this.tracing === null) return undefined;
    const { destination, trace } = message;
    const { updateId } = update;
    return this.tracing.attempt({ webhookId, updateId, delivery: id, attempt: attempts + 1, destination, trace });
  }

  /** The canonical line: one for each attempt, with all that explains it. */
  attempted(lane: Lane, delivery: Delivery, outcome: Outcome, verdict: Verdict): void {
    this.attempts[verdict.delivery === 'delivered' ? 'delivered' : 'failed'] += 1;
    this.metrics.attempted(lane.target.uri, delivery, outcome, verdict);
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
    this.metrics.dropped(dropped.length, reason);
    this.log.warn('delivery.dropped', {
      webhookId,
      reason,
      count: dropped.length,
      deliveries: dropped.slice(0, 20).map((d) => d.id),
    });
  }

  /** So many attempts were written down together. */
  settled(verdicts: Readonly<Record<Verdict['delivery'], number>>, tookMillis: number): void {
    this.metrics.settled(verdicts, tookMillis);
  }

  claimed(lanes: number, by: ClaimedBy): void {
    this.metrics.claimed(lanes, by);
  }

  /**
   * A poll began.
   * @param clockMillis what Postgres' clock said, in epoch milliseconds
   * @param at when that was, by `performance.now()`
   */
  polled(clockMillis: number, at: number): void {
    this.metrics.polled(clockMillis, at);
  }

  leaseLost(lane: Lane): void {
    this.metrics.leaseLost();
    this.log.warn('lane.lost', { webhookId: lane.webhookId, lane: lane.id, inFlight: lane.backlog.inFlight });
  }

  /** It was told of the webhook's health: the update of it is stored. */
  noticed({ webhookId, failingSince, disabledReason, waiting }: Noticed, event: HealthEvent): void {
    this.metrics.noticed(event);
    const data = { webhookId, event, failingSince, disabledReason, waiting };
    if (event === 'RECOVERED') this.log.info('webhook.noticed', data);
    else this.log.warn('webhook.noticed', data);
  }

  /** The server is another one than before, or was restarted: what waits in these lanes is read anew. */
  serverChanged(lanes: number): void {
    this.log.info('database.server_changed', { lanes });
  }

  databaseFailed(doing: string, error: unknown): void {
    this.failures.failed(doing, error);
  }

  /** A bug of ours, not of the receiver: the delivery is tried again like after any failure. */
  sinkBroke(lane: Lane, error: unknown, durationMillis: number): Outcome {
    const detail = error instanceof Error ? error.message : String(error);
    this.log.error('sink.broke', { webhookId: lane.webhookId, error: error instanceof Error ? error.stack : detail });
    return { reason: 'network', detail: `Hooktide failed to send: ${detail}`, durationMillis };
  }
}
