import type { WebhookQueueConfig } from '../config/config.js';
import { parseTopic } from '../egress/topic.js';
import { ConfigError } from '../errors/errors.js';
import type { Origin } from '../updates/target.js';
import type { UpdateType } from '../updates/update.js';

/** Of whose webhooks updates are delivered to. */
export function originsOf({ queueType, alsoDeliverWebhooks }: WebhookQueueConfig): Origin[] {
  if (queueType === 'POSTGRES') return ['client', 'sail'];
  return alsoDeliverWebhooks ? ['client', 'sail', 'config'] : ['config'];
}

/**
 * Where the topics of the config are.
 * @throws ConfigError for one that is neither the name nor the ARN of a topic
 */
export function destinationsOf(topics: WebhookQueueConfig['snsTopics']): Record<UpdateType, string> {
  const destinations = Object.entries(topics).map(([type, topic]: [string, string]) => {
    const destination = topic.startsWith('arn:') ? topic : `sns:${topic}`;
    if (parseTopic(destination)) return [type, destination];
    const key = `webhookQueue.snsTopics.${type}`;
    throw new ConfigError(
      key,
      `${key} is ${JSON.stringify(topic)}: write a name of letters, digits, "_" and "-" (256 at most, .fifo at the end of a FIFO topic's), or an ARN such as arn:aws:sns:eu-west-1:123456789012:name.`,
    );
  });
  return Object.fromEntries(destinations) as Record<UpdateType, string>;
}
