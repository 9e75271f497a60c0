import { PublishBatchCommand } from '@aws-sdk/client-sns';
import type { Reason } from '../../updates/outcome.js';
import type { Clients } from './clients.js';
import type { Entry } from './entry.js';
import type { SnsOptions } from './options.js';
import type { SnsMetrics } from './metrics.js';
import { failed, failedEntry, type Result } from './result.js';
import type { Call } from './sentence.js';
import type { Topic } from '../../egress/topic.js';
import type { Topics } from './topics.js';
import { within } from './within.js';

/** Publishes one batch. What AWS and the network do is a result, one for each entry. */
export class Publisher {
  constructor(
    private readonly clients: Clients,
    private readonly topics: Topics,
    private readonly options: Pick<SnsOptions, 'totalTimeoutMillis'>,
    private readonly metrics: SnsMetrics | null,
  ) {}

  async publish(topic: Topic, entries: Entry[], signal: AbortSignal): Promise<Result[]> {
    try {
      return await within(signal, this.publishFound(topic, entries, signal));
    } catch (error) {
      const result = failed(error, this.callOf(topic, topic.name));
      return entries.map(() => result);
    }
  }

  /** A topic that was deleted meanwhile is found again, which creates it, and published to once more. */
  private async publishFound(topic: Topic, entries: Entry[], signal: AbortSignal, again = false): Promise<Result[]> {
    const found = await this.topics.find(topic);
    if (!found.ok) return entries.map(() => found.result);
    const call = this.callOf(topic, found.arn);
    const results = await this.send(topic, call, entries, signal);
    const isMissing = results.every(({ reason }) => reason === 'topic_missing');
    if (isMissing && !again && (await this.topics.isGone(topic, found))) {
      return this.publishFound(topic, entries, signal, true);
    }
    return entries.length > 1 && results.every(isOfOne) ? this.sendEach(topic, call, entries, signal) : results;
  }

  private async send(topic: Topic, call: Call, entries: Entry[], signal: AbortSignal): Promise<Result[]> {
    const startedAt = performance.now();
    const PublishBatchRequestEntries = entries.map(({ body }, index) => ({ Id: String(index), ...body }));
    try {
      const command = new PublishBatchCommand({ TopicArn: call.topic, PublishBatchRequestEntries });
      const answer = await this.clients.of(topic.region).send(command, { abortSignal: signal });
      this.metrics?.published(entries.length, 'delivered');
      const { requestId, httpStatusCode: status } = answer.$metadata;
      const request = requestId === undefined ? '' : `, request ${requestId}`;
      const took = `${Math.round(performance.now() - startedAt)} ms${request}`;
      const results = new Map<string | undefined, Result>();
      for (const { Id, MessageId } of answer.Successful ?? []) {
        results.set(Id, { reason: 'delivered', status, detail: `Published as message ${MessageId} in ${took}` });
      }
      for (const entry of answer.Failed ?? []) results.set(entry.Id, failedEntry(entry, call, requestId));
      const nothing: Result = { reason: 'malformed_reply', status, detail: `${call.host} didn't say what came of it` };
      return entries.map((_, index) => results.get(String(index)) ?? nothing);
    } catch (error) {
      const result = failed(error, call);
      this.metrics?.published(entries.length, result.reason);
      return entries.map(() => result);
    }
  }

  /** A batch may be refused for one entry. Nobody else shall suffer for it. */
  private async sendEach(topic: Topic, call: Call, entries: Entry[], signal: AbortSignal): Promise<Result[]> {
    const results: Result[] = [];
    for (const entry of entries) results.push(...(await this.send(topic, call, [entry], signal)));
    return results;
  }

  private callOf({ region }: Topic, topic: string): Call {
    const { totalTimeoutMillis } = this.options;
    return { action: 'sns:Publish', topic, host: this.clients.hostOf(region), totalTimeoutMillis };
  }
}

/** What a single entry can bring upon its batch. */
const OF_ONE: ReadonlySet<Reason> = new Set(['refused', 'message_too_large']);

function isOfOne({ reason }: Result): boolean {
  return OF_ONE.has(reason);
}
