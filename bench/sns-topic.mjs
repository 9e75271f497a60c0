// The topic that is published to, and how its server is reached: any keys will do there.
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';

// What the SDK says of Node 20 stands in docs/sns.md.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export const REGION = 'us-east-1';
export const AWS_KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };
export const TOPIC = 'request-updates';

export const connect = (endpoint) => new SNSClient({ endpoint, region: REGION, credentials: AWS_KEYS });

/** Returns its ARN. */
export async function createTopic(endpoint) {
  const client = connect(endpoint);
  const { TopicArn: arn } = await client.send(new CreateTopicCommand({ Name: TOPIC }));
  client.destroy();
  return arn;
}
