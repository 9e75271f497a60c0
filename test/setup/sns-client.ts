import { Secret } from '../../src/config/secret.js';
import type { SnsOptions } from '../../src/sinks/sns/options.js';
import { SnsSink } from '../../src/sinks/sns/sns.sink.js';
import type { Message, Publication } from '../../src/sinks/sink.js';
import type { Sns } from './sns.js';
import { until } from './until.js';

export const REGION = 'eu-west-1';
const sinks: SnsSink[] = [];

/** Closed by `closeSnsSinks`. */
export function snsSink(sns: Pick<Sns, 'endpoint'>, options: Partial<SnsOptions> = {}): SnsSink {
  const sink = new SnsSink({
    region: REGION,
    keys: { accessKeyId: 'AKIATEST', secretAccessKey: new Secret('hush') },
    endpoint: sns.endpoint,
    createTopics: true,
    connectTimeoutMillis: 2_000,
    requestTimeoutMillis: 3_000,
    socketTimeoutMillis: 3_000,
    totalTimeoutMillis: 5_000,
    maxConnections: 4,
    ...options,
  });
  sinks.push(sink);
  return sink;
}

export async function closeSnsSinks(): Promise<void> {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
}

let count = 0;

/** Each of a group of its own, unless `publication` says another. */
export function publicationTo(destination: string, body = '{"n":1}', publication: Partial<Publication> = {}): Message {
  const id = `update-${(count += 1)}`;
  const whole = { attributes: {}, group: id, dedupId: id, ...publication };
  return { id, destination, contentType: 'application/json', headers: {}, body, publication: whole };
}

/** What a subscriber got. */
export interface Received {
  body: string;
  attributes: Record<string, string>;
  group?: string;
}

/** A queue that is subscribed to a topic, with raw message delivery. */
export interface Subscriber {
  receive: (count: number) => Promise<Received[]>;
}

/** Creates the topic, by the server itself and not by the proxy, and subscribes a queue. */
export async function subscribe(sns: Sns, name: string): Promise<Subscriber & { topicArn: string }> {
  const isFifo = name.endsWith('.fifo');
  const fifo = isFifo ? { 'Attributes.entry.1.key': 'FifoTopic', 'Attributes.entry.1.value': 'true' } : undefined;
  const topicArn = /<TopicArn>(.+)<\/TopicArn>/.exec(await ask(sns, 'CreateTopic', { Name: name, ...fifo }))![1]!;
  const queue = isFifo ? { QueueName: name, Attributes: { FifoQueue: 'true' } } : { QueueName: name };
  const { QueueUrl } = await askQueue<{ QueueUrl: string }>(sns, 'CreateQueue', queue);
  const { Attributes } = await askQueue<{ Attributes: { QueueArn: string } }>(sns, 'GetQueueAttributes', {
    QueueUrl,
    AttributeNames: ['QueueArn'],
  });
  const raw = { 'Attributes.entry.1.key': 'RawMessageDelivery', 'Attributes.entry.1.value': 'true' };
  await ask(sns, 'Subscribe', { TopicArn: topicArn, Protocol: 'sqs', Endpoint: Attributes.QueueArn, ...raw });

  const receive = async (wanted: number) => {
    const received: Received[] = [];
    await until(async () => {
      const got = await askQueue<{ Messages?: QueueMessage[] }>(sns, 'ReceiveMessage', {
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        AttributeNames: ['All'],
      });
      for (const { Body, MessageAttributes = {}, Attributes, ReceiptHandle } of got.Messages ?? []) {
        const attributes = Object.entries(MessageAttributes).map(
          ([key, { StringValue }]) => [key, StringValue] as const,
        );
        received.push({
          body: Body,
          attributes: Object.fromEntries(attributes),
          group: Attributes?.['MessageGroupId'],
        });
        await askQueue(sns, 'DeleteMessage', { QueueUrl, ReceiptHandle });
      }
      return received.length >= wanted;
    });
    return received;
  };
  return { topicArn, receive };
}

export async function deleteTopic(sns: Sns, topicArn: string): Promise<void> {
  await ask(sns, 'DeleteTopic', { TopicArn: topicArn });
}

interface QueueMessage {
  Body: string;
  ReceiptHandle: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, { StringValue: string }>;
}

async function ask(sns: Sns, action: string, fields: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ Action: action, Version: '2010-03-31', ...fields });
  return post(sns, 'sns', { 'content-type': 'application/x-www-form-urlencoded' }, body.toString());
}

async function askQueue<T>(sns: Sns, action: string, fields: object): Promise<T> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` };
  const text = await post(sns, 'sqs', headers, JSON.stringify(fields));
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/** The servers for tests look at the signature for service and region only. */
async function post(sns: Sns, service: string, headers: Record<string, string>, body: string): Promise<string> {
  const scope = `test/20260101/${REGION}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`;
  const answer = await fetch(sns.serverUrl(), { method: 'POST', headers: { ...headers, authorization }, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text;
}
