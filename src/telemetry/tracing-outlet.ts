import { ExportResultCode } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Log } from './log.js';

/** Spans that wait for the collector, at most: about 8 MB. Later ones are lost. */
const MOST_WAITING = 4_096;
const BATCH = 512;
/** A batch that isn't full leaves after this. */
const DELAY_MILLIS = 1_000;
/** One that isn't taken within this is lost. */
export const EXPORT_MILLIS = 5_000;
const REPEAT_MILLIS = 60_000;

type Report = Parameters<SpanExporter['export']>[1];

/**
 * Where ended spans wait, are put together and leave. It counts those that wait, so that it knows of all that are lost, and
 * says so at once and then once a minute at most. OpenTelemetry's own log is one for the whole process, and stays off.
 */
export class SpanOutlet implements SpanProcessor {
  private readonly batches: BatchSpanProcessor;
  private waiting = 0;
  /** Since it was said. */
  private lost = 0;
  private reason = '';
  private quietUntil = -Infinity;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly log: Pick<Log, 'warn'>,
  ) {
    this.batches = new BatchSpanProcessor(
      { export: (spans, done) => this.export(spans, done), shutdown: () => exporter.shutdown() },
      {
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: DELAY_MILLIS,
        exportTimeoutMillis: EXPORT_MILLIS * 2,
      },
    );
  }

  onStart(): void {
    // Nothing is to be done before the end.
  }

  onEnd(span: ReadableSpan): void {
    if (this.waiting >= MOST_WAITING) return this.lose(1, `more than ${MOST_WAITING} spans wait for the collector`);
    this.waiting += 1;
    this.batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.batches.shutdown().finally(() => this.lost > 0 && this.say());
  }

  private export(spans: ReadableSpan[], done: Report): void {
    this.waiting -= spans.length;
    this.exporter.export(spans, (result) => {
      if (result.code !== ExportResultCode.SUCCESS) this.lose(spans.length, reasonOf(result.error));
      done(result);
    });
  }

  private lose(spans: number, reason: string): void {
    this.lost += spans;
    this.reason = reason;
    const now = performance.now();
    if (now < this.quietUntil) return;
    this.quietUntil = now + REPEAT_MILLIS;
    this.say();
  }

  private say(): void {
    this.log.warn('tracing.lost', { spans: this.lost, reason: this.reason });
    this.lost = 0;
  }
}

/** Never what the collector answered, but for the status: it may say again what was sent. */
function reasonOf(error: (Error & { code?: string | number }) | undefined): string {
  if (typeof error?.code === 'number') return `the collector answered ${error.code}`;
  // Of several addresses that refuse, Node says nothing but the code.
  return error?.message || (error?.code ?? 'nobody knows why');
}
