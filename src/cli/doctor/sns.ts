import type { Config } from '../../config/config.js';
import { snsOptionsOf } from '../../sinks/open.js';
import type { SnsExamined } from '../../sinks/sns/examine.js';
import { fail, ok, warn, type Finding } from './finding.js';

/**
 * Whether SNS can be published to, as far as that shows without publishing.
 * @param destinations topics of the config, and those of webhooks
 */
export async function examineSnsOf(config: Config, destinations: readonly string[]): Promise<Finding[]> {
  if (destinations.length === 0) return [];
  // The SDK is loaded for who uses it.
  const { examineSns } = await import('../../sinks/sns/examine.js');
  return judgeSns(await examineSns(snsOptionsOf(config), destinations));
}

function judgeSns({ credentials, region, topics }: SnsExamined): Finding[] {
  const who = credentials.ok
    ? ok('aws', `${credentials.says}; ${region === null ? 'no region' : `region ${region}`}`)
    : fail('aws', credentials.says, 'Give the service a role, or write webhookQueue.awsAccessKey and awsSecretKey.');
  const found = topics.map(({ destination, state, says }) => {
    const sentence = `${destination}: ${says}`;
    switch (state) {
      case 'found':
        return ok('topic', sentence);
      case 'unsure':
        return warn(
          'topic',
          sentence,
          'Grant sns:Publish (and sns:CreateTopic for names): it is needed, and can not be tried.',
        );
      default:
        return fail('topic', sentence, 'Create it, or write the right ARN into webhookQueue.snsTopics.');
    }
  });
  return [who, ...found];
}
