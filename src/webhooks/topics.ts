import type { WebhookQueueConfig } from '../config/config.js';
import { parseTopic } from '../egress/topic.js';
import { ConfigError } from '../errors/errors.js';
import type { Origin } from '../updates/target.js';
import type { WebhookType } from '../updates/update.js';

/** Destinations by type: an ARN, or `sns:<name>`. */
export type Topics = Partial<Record<WebhookType, string>>;

/** Of whose webhooks updates are delivered to. */
export function originsOf({ queueType, alsoDeliverWebhooks }: WebhookQueueConfig): Origin[] {
  if (queueType === 'POSTGRES') return ['client', 'sail'];
  return alsoDeliverWebhooks ? ['client', 'sail', 'config'] : ['config'];
}

/**
 * Where the topics of the config are; those that it doesn't want are left out.
 * @throws ConfigError for one that is neither the name nor the ARN of a topic
 */
export function destinationsOf(topics: WebhookQueueConfig['snsTopics']): Topics {
  const named = Object.entries(topics).filter((entry): entry is [string, string] => entry[1] !== null);
  const destinations = named.map(([type, topic]) => {
    const destination = topic.startsWith('arn:') ? topic : `sns:${topic}`;
    if (parseTopic(destination)) return [type, destination];
    const key = `webhookQueue.snsTopics.${type}`;
    throw new ConfigError(
      key,
      `${key} is ${JSON.stringify(topic)}: write a name of letters, digits, "_" and "-" (256 at most, .fifo at the end of a FIFO topic's), or an ARN such as arn:aws:sns:eu-west-1:123456789012:name.`,
    );
  });
  return Object.fromEntries(destinations) as Topics;
}
