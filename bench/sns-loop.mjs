// A process that does what anybody has to do who publishes to SNS, and nothing else: PublishBatch with ten entries, over and
// over, to the topic in its second argument on the server in its first one. It has as many batches under way as
// `maxConcurrentWebhooks` allows Hooktide, and its entries say what Hooktide's do.
import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { connect } from './sns-topic.mjs';
import { payloadOf } from './updates.mjs';

const ENTRIES = 10;
const BATCHES = 10;

const [endpoint, TopicArn] = process.argv.slice(2);
const client = connect(endpoint);
const attributes = { type: 'REQUEST', requestId: 'request-0', eventType: 'CREATED', updateId: crypto.randomUUID() };
const typed = Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]);
const entry = { Message: JSON.stringify(payloadOf(0)), MessageAttributes: Object.fromEntries(typed) };
const PublishBatchRequestEntries = Array.from({ length: ENTRIES }, (_, index) => ({ Id: String(index), ...entry }));

async function publish() {
  for (;;) {
    const answer = await client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
    if (answer.Successful?.length !== ENTRIES) throw new Error('SNS has not published all entries of a batch.');
  }
}

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
await Promise.all(Array.from({ length: BATCHES }, publish));
