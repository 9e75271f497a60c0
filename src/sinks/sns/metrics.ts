import type { Counter, Histogram } from '../../telemetry/metrics-series.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { REASONS, type Reason } from '../../updates/outcome.js';
import { MOST_ENTRIES } from './batch.js';

/** Counts the requests to SNS: one publishes many messages. */
export class SnsMetrics {
  private readonly entries: Histogram;
  private readonly requests: Counter;

  constructor(metrics: Metrics) {
    const sizes = Array.from({ length: MOST_ENTRIES }, (_, index) => index + 1);
    this.entries = metrics.histogram('hooktide_sns_batch_entries', 'Messages in one PublishBatch to SNS.', sizes);
    this.requests = metrics.counter(
      'hooktide_sns_requests_total',
      'Requests of PublishBatch, by how they ended: of one that SNS answered, single messages may still have failed.',
      { reason: REASONS },
    );
  }

  /** A batch was sent, and answered or not. */
  published(entries: number, reason: Reason): void {
    this.entries.observe(entries);
    this.requests.add(1, reason);
  }
}
