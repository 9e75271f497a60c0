import type { CutShort } from '../egress/cut-short.js';
import { isTopic } from '../egress/topic.js';
import type { Outcome } from '../updates/outcome.js';
import type { Message, Sink } from './sink.js';

/** A sink that has connections to close. */
export interface ClosableSink extends Sink {
  close(): Promise<void>;
}

/** Sends by HTTP or publishes to SNS, as the destination says. SNS is opened when it is first needed: it takes memory. */
export class Sinks implements ClosableSink {
  private sns: Promise<ClosableSink> | null = null;

  constructor(
    private readonly http: ClosableSink,
    private readonly openSns: () => Promise<ClosableSink>,
  ) {}

  send(message: Message, cutShort: CutShort): Promise<Outcome> {
    return isTopic(message.destination) ? this.publish(message, cutShort) : this.http.send(message, cutShort);
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.sns?.then((sns) => sns.close())]);
  }

  private async publish(message: Message, cutShort: CutShort): Promise<Outcome> {
    this.sns ??= this.openSns();
    return (await this.sns).send(message, cutShort);
  }
}
