import { startHooktide, type Hooktide, type HooktideOptions } from './hooktide.js';
import type { CallEntry } from './sns-wire.js';
import type { Sns } from './sns.js';
import { REGION } from './sns-client.js';

/** What a Hooktide needs to publish to a server for tests; `env` of `startHooktide` and `startProcess`. */
export function awsEnv({ endpoint }: Pick<Sns, 'endpoint'>): Record<string, string> {
  return {
    WEBHOOK_QUEUE_AWS_ENDPOINT: endpoint,
    WEBHOOK_QUEUE_AWS_REGION: REGION,
    WEBHOOK_QUEUE_AWS_ACCESS_KEY: 'AKIATEST',
    WEBHOOK_QUEUE_AWS_SECRET_KEY: 'hush',
  };
}

/** The same in SNS mode. */
export function snsEnv(sns: Pick<Sns, 'endpoint'>): Record<string, string> {
  return { ...awsEnv(sns), WEBHOOK_QUEUE_QUEUE_TYPE: 'SNS' };
}

export function startInSnsMode(sns: Sns, { env = {}, ...options }: HooktideOptions = {}): Promise<Hooktide> {
  return startHooktide({ ...options, env: { ...snsEnv(sns), ...env } });
}

/** Each message once, in the order in which they first arrived at the topic of that name. */
export function firstArrivals(sns: Sns, topic: string): CallEntry[] {
  const of = sns.batches().filter(({ topicArn }) => topicArn?.endsWith(`:${topic}`));
  const entries = of.flatMap((batch) => batch.entries);
  return [...new Map(entries.toReversed().map((entry) => [entry.message, entry])).values()].toReversed();
}
