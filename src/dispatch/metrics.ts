import { isTopic } from '../egress/topic.js';
import { DROP_REASONS } from '../queue/sql/dead-letters.js';
import type { DropReason } from '../queue/sql/drop.js';
import type { Delivery } from '../queue/sql/read.js';
import type { Metrics } from '../telemetry/metrics.js';
import { REASONS, type Outcome, type Phases } from '../updates/outcome.js';
import { QUEUED_TYPES } from '../updates/update.js';
import { HEALTH_EVENTS, type HealthEvent } from '../updates/webhook-health.js';
import type { Verdict } from './policy.js';

/** From a receiver next door to the longest deadline. */
const ATTEMPT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const PHASE_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
/** From what an idle service takes to seven days, after which nothing is tried any more. */
const DELIVERY_SECONDS = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400, 259_200,
  604_800,
];
const SETTLE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const SINKS = ['http', 'sns'];
const VERDICTS = ['delivered', 'retry', 'drop'] as const satisfies readonly Verdict['delivery'][];

/** The fields of an outcome's phases, each with the name of its label. */
const PHASES = [
  ['dnsMillis', 'dns'],
  ['connectMillis', 'connect'],
  ['tlsMillis', 'tls'],
  ['firstByteMillis', 'first_byte'],
  ['bodyMillis', 'body'],
] as const satisfies readonly (readonly [keyof Phases, string])[];

/** What had lanes claimed: word of new deliveries, or a due time; the poll; the poll, for one probe each. */
export const CLAIMED_BY = ['nudge', 'poll', 'probe'] as const;
export type ClaimedBy = (typeof CLAIMED_BY)[number];

/** What a dispatcher holds at the moment. */
export interface Held {
  lanes: number;
  inFlight: number;
  bufferedBytes: number;
}

/** Counts what the dispatcher does. Called for each delivery: no object and no text is made here. */
export class DispatchMetrics {
  private readonly attempts;
  private readonly attemptSeconds;
  private readonly phaseSeconds;
  private readonly deliverySeconds;
  private readonly droppedDeliveries;
  private readonly settledDeliveries;
  private readonly settleSeconds;
  private readonly claimedLanes;
  private readonly leasesLost;
  private readonly polls;
  private readonly healthNotices;
  private lastPollSeconds = 0;
  /** What Postgres' clock says, in epoch milliseconds, when `performance.now()` is 0. */
  private clockMillis: number | null = null;
  private hold: (() => Held) | null = null;

  constructor(metrics: Metrics) {
    const counter = metrics.counter.bind(metrics);
    const histogram = metrics.histogram.bind(metrics);
    const attempted = { type: QUEUED_TYPES, sink: SINKS, reason: REASONS };
    const phases = { phase: PHASES.map(([, phase]) => phase) };
    const took = 'How long an attempt took, from its beginning to the end of the answer, in seconds.';
    const waited =
      'From the acceptance of an update to the end of the attempt that delivered it, in seconds. Not of replays.';
    this.attempts = counter('hooktide_attempts_total', 'Attempts, by how they ended.', attempted);
    this.attemptSeconds = histogram('hooktide_attempt_seconds', took, ATTEMPT_SECONDS, { sink: SINKS });
    this.phaseSeconds = histogram(
      'hooktide_attempt_phase_seconds',
      'How long a phase of an attempt by HTTP took, in seconds. On a kept connection there are only the last two.',
      PHASE_SECONDS,
      phases,
    );
    this.deliverySeconds = histogram('hooktide_delivery_seconds', waited, DELIVERY_SECONDS, { type: QUEUED_TYPES });
    this.droppedDeliveries = counter(
      'hooktide_dropped_deliveries_total',
      'Deliveries that became dead letters, by why.',
      { reason: DROP_REASONS },
    );
    this.settledDeliveries = counter(
      'hooktide_settled_deliveries_total',
      'Attempts that are written down, by what follows from them.',
      { verdict: VERDICTS },
    );
    this.settleSeconds = histogram(
      'hooktide_settle_seconds',
      'How long it took to write down a batch of attempts, in seconds.',
      SETTLE_SECONDS,
    );
    this.claimedLanes = counter(
      'hooktide_claimed_lanes_total',
      'Lanes that were claimed, by what it was that had them claimed.',
      {
        why: CLAIMED_BY,
      },
    );
    this.leasesLost = counter(
      'hooktide_leases_lost_total',
      'Lanes that another process took over while this one held them.',
    );
    this.polls = counter('hooktide_polls_total', 'Polls that began.');
    this.healthNotices = counter(
      'hooktide_health_notices_total',
      "Notices of webhooks' health that this process made updates of.",
      { event: HEALTH_EVENTS },
    );
    this.addGauges(metrics);
  }

  /** From now on the gauges say what this dispatcher holds. */
  follow(hold: () => Held): void {
    this.hold = hold;
  }

  attempted(uri: string, { update, subject }: Delivery, outcome: Outcome, verdict: Verdict): void {
    const { type } = update;
    const sink = isTopic(uri) ? 'sns' : 'http';
    this.attempts.add(1, type, sink, outcome.reason);
    this.attemptSeconds.observe(outcome.durationMillis / 1_000, sink);
    const { phases } = outcome;
    if (phases) {
      for (const [field, phase] of PHASES) {
        const millis = phases[field];
        if (millis !== undefined) this.phaseSeconds.observe(millis / 1_000, phase);
      }
    }
    // A replay is a subject of its own. It was accepted long ago, and what it waited since isn't known here.
    if (verdict.delivery !== 'delivered' || this.clockMillis === null || subject !== update.subject) return;
    const waitedMillis = this.clockMillis + performance.now() - acceptedAtMillis(update.updateId);
    this.deliverySeconds.observe(Math.max(0, waitedMillis) / 1_000, type);
  }

  dropped(count: number, reason: DropReason): void {
    this.droppedDeliveries.add(count, reason);
  }

  /** A batch of attempts was written down. */
  settled(verdicts: Readonly<Record<Verdict['delivery'], number>>, tookMillis: number): void {
    for (const verdict of VERDICTS) this.settledDeliveries.add(verdicts[verdict], verdict);
    this.settleSeconds.observe(tookMillis / 1_000);
  }

  claimed(lanes: number, by: ClaimedBy): void {
    this.claimedLanes.add(lanes, by);
  }

  leaseLost(): void {
    this.leasesLost.add(1);
  }

  /** An update that tells of a webhook's health is stored. */
  noticed(event: HealthEvent): void {
    this.healthNotices.add(1, event);
  }

  /**
   * A poll began.
   * @param clockMillis what Postgres' clock said, in epoch milliseconds
   * @param at when that was, by `performance.now()`
   */
  polled(clockMillis: number, at: number): void {
    this.polls.add(1);
    this.lastPollSeconds = Date.now() / 1_000;
    this.clockMillis = clockMillis - at;
  }

  private addGauges(metrics: Metrics): void {
    const gauge = (name: string, help: string, read: (held: Held) => number): void =>
      metrics.gauge(name, help, {}, () => [{ labels: {}, value: this.hold ? read(this.hold()) : 0 }]);
    gauge('hooktide_held_lanes', 'Lanes that this process holds.', ({ lanes }) => lanes);
    gauge('hooktide_in_flight_deliveries', 'Attempts under way in this process.', ({ inFlight }) => inFlight);
    gauge(
      'hooktide_buffered_bytes',
      'Payloads that this process has in memory to send, in bytes; a character is taken for one.',
      ({ bufferedBytes }) => bufferedBytes,
    );
    metrics.gauge(
      'hooktide_last_poll_timestamp_seconds',
      'When the last poll began, in seconds since 1970; 0: there was none. Only in processes that dispatch.',
      {},
      () => (this.hold ? [{ labels: {}, value: this.lastPollSeconds }] : []),
    );
  }
}

/** Epoch milliseconds by Postgres' clock, of `hooktide.new_update_id()`: `0189c2f0-1a2b-7…`. */
function acceptedAtMillis(updateId: string): number {
  return Number.parseInt(updateId.slice(0, 8), 16) * 0x10000 + Number.parseInt(updateId.slice(9, 13), 16);
}
