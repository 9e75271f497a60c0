import {
  Flag,
  isHttpUrlOrNull,
  isPathOrNull,
  isText,
  isTextOrNull,
  MOST_MILLIS,
  OneOf,
  SecretValue,
  Section,
  Value,
  Whole,
} from './rules.js';

const Topic = (): PropertyDecorator =>
  Value('the name or the ARN of a topic, such as singularity-task-updates', isText);

/** By type of update. Which names and ARNs there can be is the sink's to say. */
export class SnsTopicSettings {
  @Topic()
  readonly REQUEST: string;

  @Topic()
  readonly DEPLOY: string;

  @Topic()
  readonly TASK: string;

  @Topic()
  readonly CRASHLOOP: string;

  @Topic()
  readonly ELEVATED_ACCESS: string;

  @Value('the name or the ARN of a topic, such as hooktide-webhook-health, or null for none', isTextOrNull)
  readonly WEBHOOK_HEALTH: string | null;
}

export class WebhookQueueSettings {
  @OneOf(['POSTGRES', 'SNS'])
  readonly queueType: 'POSTGRES' | 'SNS';

  @Flag()
  readonly alsoDeliverWebhooks: boolean;

  @Section(() => SnsTopicSettings)
  readonly snsTopics: SnsTopicSettings;

  @Flag()
  readonly createTopics: boolean;

  @SecretValue('the id of an access key, or null', isTextOrNull)
  readonly awsAccessKey: string | null;

  @SecretValue('the secret access key, or null', isTextOrNull)
  readonly awsSecretKey: string | null;

  @SecretValue('the path of a file that holds the secret access key, or null', isPathOrNull)
  readonly awsSecretKeyFile: string | null;

  @Value('a region, such as eu-west-1, or null', isTextOrNull)
  readonly awsRegion: string | null;

  @Value('a url, such as http://127.0.0.1:4566, or null', isHttpUrlOrNull)
  readonly awsEndpoint: string | null;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly snsConnectTimeout: number;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly snsSocketTimeout: number;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly snsRequestTimeout: number;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly snsTotalTimeout: number;
}
