import type { CutShort } from '../../egress/cut-short.js';
import type { Outcome } from '../../updates/outcome.js';
import type { Message, Sink } from '../sink.js';
import { Clients } from './clients.js';
import { MOST_BYTES, toEntry } from './entry.js';
import { Gatherer } from './gatherer.js';
import type { SnsMetrics } from './metrics.js';
import type { SnsOptions } from './options.js';
import { Publisher } from './publisher.js';
import type { Result } from './result.js';
import { parseTopic, type Topic } from '../../egress/topic.js';
import { Topics } from './topics.js';

/**
 * Publishes a message to the SNS topic that its destination names (contract §6), in batches with others to the same topic.
 * The message's own limit of time counts from the moment its batch leaves; its limit for connecting is the options'.
 */
export class SnsSink implements Sink {
  private readonly clients: Clients;
  private readonly publisher: Publisher;
  /** By destination, while they have something to do. */
  private readonly gatherers = new Map<string, Gatherer>();
  private readonly sending = new Set<Promise<Outcome>>();

  constructor(
    private readonly options: SnsOptions,
    metrics: SnsMetrics | null = null,
  ) {
    this.clients = new Clients(options);
    this.publisher = new Publisher(this.clients, new Topics(this.clients, options), options, metrics);
  }

  async send(message: Message, cutShort: CutShort): Promise<Outcome> {
    const { destination, timeoutMillis = this.options.totalTimeoutMillis } = message;
    const topic = parseTopic(destination);
    if (!topic) return atOnce({ reason: 'bad_uri', detail: NO_TOPIC });
    const entry = toEntry(message, topic.isFifo);
    if (entry.bytes > MOST_BYTES) return atOnce({ reason: 'message_too_large', detail: tooLarge(entry.bytes) });

    const sent = this.gathererOf(destination, topic).add(entry, timeoutMillis, cutShort);
    this.sending.add(sent);
    try {
      return await sent;
    } finally {
      this.sending.delete(sent);
    }
  }

  /** Lets what is under way end, and closes every connection. */
  async close(): Promise<void> {
    await Promise.allSettled(this.sending);
    this.clients.destroy();
  }

  private gathererOf(destination: string, topic: Topic): Gatherer {
    const known = this.gatherers.get(destination);
    if (known) return known;
    const publish = this.publisher.publish.bind(this.publisher, topic);
    const gatherer = new Gatherer(publish, this.options.maxConnections, () => this.gatherers.delete(destination));
    this.gatherers.set(destination, gatherer);
    return gatherer;
  }
}

const NO_TOPIC = 'The destination is no topic: write arn:aws:sns:<region>:<account>:<name>, or sns:<name>';

function tooLarge(bytes: number): string {
  return `Payload and attributes have ${bytes} bytes: SNS takes ${MOST_BYTES} at most`;
}

function atOnce(result: Result): Outcome {
  return { ...result, durationMillis: 0 };
}
