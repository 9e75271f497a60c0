import { CreateTopicCommand } from '@aws-sdk/client-sns';
import type { Clients } from './clients.js';
import type { SnsOptions } from './options.js';
import { failed, type Result } from './result.js';
import type { Topic } from '../../egress/topic.js';
import { within } from './within.js';

export type Found = { ok: true; arn: string } | { ok: false; result: Result };

/**
 * Where a topic is. One that is known by name is created, which answers with the ARN where it exists already: nothing else
 * tells the account, a part of the ARN. Once a name: who asks meanwhile gets the same answer. A failure is not kept.
 */
export class Topics {
  private readonly asked = new Map<string, Promise<Found>>();

  constructor(
    private readonly clients: Clients,
    private readonly options: Pick<SnsOptions, 'createTopics' | 'totalTimeoutMillis'>,
  ) {}

  async find({ arn, name, isFifo }: Topic): Promise<Found> {
    if (arn !== null) return { ok: true, arn };
    if (!this.options.createTopics) {
      const detail = `Nothing says where the topic ${name} is: write its ARN, or allow webhookQueue.createTopics`;
      return { ok: false, result: { reason: 'topic_missing', detail } };
    }
    const asked = this.asked.get(name) ?? this.create(name, isFifo);
    this.asked.set(name, asked);
    let isFound = false;
    try {
      const found = await asked;
      isFound = found.ok;
      return found;
    } finally {
      if (!isFound) this.forget(name, asked);
    }
  }

  /** The topic is gone from where it was found. Answers whether it is of use to find it again. */
  async isGone({ arn, name }: Topic, found: Found): Promise<boolean> {
    const asked = this.asked.get(name);
    // Several batches may have met its absence: the first forgets it, and not what was found since.
    if (asked && (await asked) === found) this.forget(name, asked);
    return arn === null;
  }

  private forget(name: string, asked: Promise<Found>): void {
    if (this.asked.get(name) === asked) this.asked.delete(name);
  }

  private async create(name: string, isFifo: boolean): Promise<Found> {
    const { totalTimeoutMillis } = this.options;
    const command = new CreateTopicCommand({ Name: name, Attributes: isFifo ? { FifoTopic: 'true' } : undefined });
    try {
      const abortSignal = AbortSignal.timeout(totalTimeoutMillis);
      const sent = this.clients.of(null).send(command, { abortSignal });
      const { TopicArn: arn } = await within(abortSignal, sent);
      if (arn !== undefined) return { ok: true, arn };
      return { ok: false, result: { reason: 'malformed_reply', detail: `SNS named no ARN for the topic ${name}` } };
    } catch (error) {
      const host = this.clients.hostOf(null);
      const call = { action: 'sns:CreateTopic', topic: `the topic ${name}`, host, totalTimeoutMillis } as const;
      return { ok: false, result: failed(error, call) };
    }
  }
}
