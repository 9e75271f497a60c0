import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace-base';

/**
 * Ids of traces and spans. The attempts of an update that came without a trace begin one, and over all retries, webhooks and
 * processes it is the same: its id is that of the update, without the dashes. It was made by chance, but for the time in
 * front, as the right half of a trace id has to be (W3C Trace Context, level 2).
 */
export class TraceIds implements IdGenerator {
  private readonly random = new RandomIdGenerator();
  private next: string | null = null;

  /** The trace that is begun next gets this id: to be called right before. */
  ofNextRoot(updateId: string): void {
    this.next = updateId.replaceAll('-', '');
  }

  generateTraceId(): string {
    const id = this.next ?? this.random.generateTraceId();
    this.next = null;
    return id;
  }

  generateSpanId(): string {
    return this.random.generateSpanId();
  }
}
