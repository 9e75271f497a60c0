import { GetTopicAttributesCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { parseTopic, type Topic } from '../../egress/topic.js';
import { Clients } from './clients.js';
import type { SnsOptions } from './options.js';
import { failed } from './result.js';
import type { Call } from './sentence.js';
import { within } from './within.js';

/** What was found out about SNS. Nothing is published, and nothing is created. */
export interface SnsExamined {
  /** Who gave the credentials, or why there are none. */
  credentials: { ok: boolean; says: string };
  /** Null: none is known. */
  region: string | null;
  topics: TopicExamined[];
}

export interface TopicExamined {
  /** As the config or a webhook names it. */
  destination: string;
  /** `unsure`: it can't be said, for the right to ask is missing, or it would have to be created first. */
  state: 'found' | 'unsure' | 'missing';
  says: string;
}

/** What the SDK marks credentials by: https://github.com/aws/aws-sdk-js-v3, packages/types, feature-ids. */
const PROVIDERS: Record<string, string> = {
  CREDENTIALS_CODE: 'webhookQueue.awsAccessKey',
  CREDENTIALS_ENV_VARS: 'variables of the environment (AWS_ACCESS_KEY_ID)',
  CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN: 'a web identity token (IRSA)',
  CREDENTIALS_STS_ASSUME_ROLE_WEB_ID: 'a web identity token (IRSA)',
  CREDENTIALS_HTTP: "the container's agent (EKS Pod Identity, ECS)",
  CREDENTIALS_IMDS: "the instance's role",
};
const MOST_PAGES = 20;

/** @param destinations `sns:<name>`, or ARNs */
export async function examineSns(options: SnsOptions, destinations: readonly string[]): Promise<SnsExamined> {
  const clients = new Clients(options);
  try {
    const region = await clients
      .of(null)
      .config.region()
      .catch(() => null);
    const credentials = await examineCredentials(clients, options);
    const topics: TopicExamined[] = [];
    if (credentials.ok) {
      for (const destination of destinations) topics.push(await examineTopic(destination, clients, options));
    }
    return { credentials, region, topics };
  } finally {
    clients.destroy();
  }
}

/** Its secret isn't looked at. */
async function examineCredentials(clients: Clients, options: SnsOptions): Promise<SnsExamined['credentials']> {
  const call = callOf(clients, options, 'sns:ListTopics', 'the topics');
  try {
    const signal = AbortSignal.timeout(options.totalTimeoutMillis);
    const found = await within(signal, clients.of(null).config.credentials());
    const { accessKeyId, $source: source = {} } = found as typeof found & { $source?: Record<string, string> };
    const provider = options.keys ? 'CREDENTIALS_CODE' : Object.keys(source).find((name) => name in PROVIDERS);
    const from = provider === undefined ? "the AWS SDK's own chain" : PROVIDERS[provider];
    return { ok: true, says: `the access key ${accessKeyId}, from ${from}` };
  } catch (error) {
    return { ok: false, says: failed(error, call).detail };
  }
}

async function examineTopic(destination: string, clients: Clients, options: SnsOptions): Promise<TopicExamined> {
  const topic = parseTopic(destination);
  if (topic === null) return { destination, state: 'missing', says: 'this is no topic: write an ARN, or sns:<name>' };
  const { arn, problem } = topic.arn === null ? await find(topic, clients, options) : { arn: topic.arn, problem: null };
  if (arn === null) return { destination, ...problem };
  const call = callOf(clients, options, 'sns:GetTopicAttributes', arn, topic.region);
  try {
    const abortSignal = AbortSignal.timeout(options.totalTimeoutMillis);
    const command = new GetTopicAttributesCommand({ TopicArn: arn });
    const { Attributes = {} } = await within(abortSignal, clients.of(topic.region).send(command, { abortSignal }));
    return { destination, state: 'found', says: describe(arn, topic, Attributes) };
  } catch (error) {
    const { reason, detail } = failed(error, call);
    // The right to ask is none that publishing takes.
    return { destination, state: reason === 'access_denied' ? 'unsure' : 'missing', says: detail };
  }
}

type Found = { arn: string; problem: null } | { arn: null; problem: Pick<TopicExamined, 'state' | 'says'> };

/** By what SNS lists: to create it, as the service does, would change something. */
async function find({ name, isFifo }: Topic, clients: Clients, options: SnsOptions): Promise<Found> {
  const call = callOf(clients, options, 'sns:ListTopics', `the topic ${name}`);
  try {
    const abortSignal = AbortSignal.timeout(options.totalTimeoutMillis);
    let NextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const sent = clients.of(null).send(new ListTopicsCommand({ NextToken }), { abortSignal });
      const answer = await within(abortSignal, sent);
      const arn = answer.Topics?.find(({ TopicArn = '' }) => TopicArn.endsWith(`:${name}`))?.TopicArn;
      if (arn !== undefined) return { arn, problem: null };
      NextToken = answer.NextToken;
      if (NextToken === undefined) break;
    }
  } catch (error) {
    const { reason, detail } = failed(error, call);
    return { arn: null, problem: { state: reason === 'access_denied' ? 'unsure' : 'missing', says: detail } };
  }
  const kind = isFifo ? 'FIFO topic' : 'topic';
  return options.createTopics
    ? { arn: null, problem: { state: 'unsure', says: `there is no ${kind} ${name} yet: the first update creates it` } }
    : { arn: null, problem: { state: 'missing', says: `there is no ${kind} ${name}, and createTopics is false` } };
}

function describe(arn: string, { isFifo }: Topic, attributes: Record<string, string>): string {
  const confirmed = Number(attributes['SubscriptionsConfirmed'] ?? 0);
  const key = attributes['KmsMasterKeyId'] === undefined ? '' : ', encrypted';
  return `${arn}: ${isFifo ? 'FIFO, ' : ''}${confirmed} confirmed subscription${confirmed === 1 ? '' : 's'}${key}`;
}

function callOf(
  clients: Clients,
  { totalTimeoutMillis }: SnsOptions,
  action: Call['action'],
  topic: string,
  region: string | null = null,
): Call {
  return { action, topic, host: clients.hostOf(region), totalTimeoutMillis };
}
