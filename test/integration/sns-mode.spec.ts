import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { closeSns, startSns } from '../setup/sns.js';
import { subscribe } from '../setup/sns-client.js';
import { awsEnv, startInSnsMode } from '../setup/sns-mode.js';
import { until } from '../setup/until.js';
import { fixture, numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  await closeSns();
});

const textOf = (type: string, payload: string) => `{"type":"${type}","application":"café","payload":${payload}}`;
const publishedText = JSON.parse(fixture('sns.publish.request-created.json')).Message as string;

/** Of each type: the default topic, a payload, and the attributes that subscribers filter by. */
const OF_TYPES: [string, string, string, Record<string, string>][] = [
  ['REQUEST', 'singularity-request-updates', publishedText, { eventType: 'CREATED' }],
  ['DEPLOY', 'singularity-deploy-updates', fixture('deploy-update.starting.json'), { eventType: 'STARTING' }],
  ['TASK', 'singularity-task-updates', fixture('task-webhook.running.json'), { state: 'TASK_RUNNING' }],
  ['CRASHLOOP', 'singularity-crashloop-updates', fixture('crash-loop.resolved.json'), { state: 'RESOLVED' }],
  ['ELEVATED_ACCESS', 'singularity-elevated-access-updates', fixture('elevated-access.json'), {}],
];

describe('in SNS mode', () => {
  it('updates of all types arrive at their topics byte for byte, with attributes, and webhooks get nothing', async () => {
    const sns = await startSns();
    const subscribers = await Promise.all(OF_TYPES.map(([, topic]) => subscribe(sns, topic)));
    hooktide = await startInSnsMode(sns);
    const receiver = await startReceiver();
    for (const [type] of OF_TYPES) await hooktide.register(receiver.url, type);
    const posted = `[${OF_TYPES.map(([type, , payload]) => textOf(type, payload)).join(',')}]`;
    const { deliveries, ids } = await hooktide.post(posted);
    expect(deliveries).toBe(5);

    const { json: updates } = await hooktide.api('GET', '/api/updates');
    for (const [index, [type, , payload, event]] of OF_TYPES.entries()) {
      const [message] = await subscribers[index]!.receive(1);
      expect(message?.body).toBe(payload);
      // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
      const update = updates.items.find(({ id }: any) => id === ids[index]);
      const { requestId, deployId, taskId, state } = update;
      const named = { requestId, ...(deployId && { deployId }), ...(taskId && { taskId }) };
      const what = 'eventType' in event ? {} : { state };
      const attributes = { type, ...named, ...what, ...event, application: 'café', updateId: ids[index] };
      expect(message?.attributes).toEqual(attributes);
    }
    await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length === 0);
    expect(receiver.requests).toEqual([]);
  });

  it('alsoDeliverWebhooks delivers to both', async () => {
    const sns = await startSns();
    const { receive } = await subscribe(sns, 'singularity-request-updates');
    hooktide = await startInSnsMode(sns, { env: { WEBHOOK_QUEUE_ALSO_DELIVER_WEBHOOKS: 'true' } });
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    expect((await hooktide.post(textOf('REQUEST', publishedText))).deliveries).toBe(2);
    const [posted] = await receiver.waitFor(1);
    const [published] = await receive(1);
    expect([posted?.body, published?.body]).toEqual([publishedText, publishedText]);
  });

  it('updates by SQL are published, too, and webhooks get nothing of them', async () => {
    const sns = await startSns();
    const { receive } = await subscribe(sns, 'singularity-request-updates');
    hooktide = await startInSnsMode(sns);
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    const payload = JSON.stringify(requestUpdate('by-sql').payload);
    await hooktide.sql('SELECT hooktide.enqueue($1, $2)', ['REQUEST', payload]);
    expect((await receive(1))[0]?.body).toBe(payload);
    await until(async () => (await hooktide.sql('SELECT FROM hooktide.history')).length === 1);
    expect(await hooktide.sql('SELECT FROM hooktide.delivery')).toEqual([]);
    expect(receiver.requests).toEqual([]);
  });

  it('a FIFO topic keeps the order of each subject', async () => {
    const sns = await startSns();
    const { receive } = await subscribe(sns, 'requests.fifo');
    hooktide = await startInSnsMode(sns, { env: { WEBHOOK_QUEUE_SNS_TOPICS_REQUEST: 'requests.fifo' } });
    const subjects = ['a', 'b b', 'ü'];
    await hooktide.post(Array.from({ length: 60 }, (_, n) => requestUpdate(subjects[n % 3]!, n)));
    const received = await receive(60);
    for (const [place, subject] of subjects.entries()) {
      const numbers = received.filter(({ body }) => requestOf(body) === subject).map(({ body }) => numberOf(body));
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => 3 * i + place));
    }
  });

  it('an update of more than 256 KiB is a dead letter at once, and the next one of its subject is published', async () => {
    const sns = await startSns();
    const { receive } = await subscribe(sns, 'singularity-request-updates');
    hooktide = await startInSnsMode(sns);
    const large = requestUpdate('web', 1);
    await hooktide.post([
      { ...large, payload: { ...large.payload, filler: 'x'.repeat(262_144) } },
      requestUpdate('web', 2),
    ]);
    expect((await receive(1)).map(({ body }) => numberOf(body))).toEqual([2]);
    const [letter] = (await hooktide.api('GET', '/api/dead-letters')).json.items;
    expect(letter).toMatchObject({ webhookId: 'sns:REQUEST', reason: 'too_large', attempts: 1 });
    expect(letter.outcome.detail).toMatch(/^Payload and attributes have \d+ bytes: SNS takes 262144 at most$/);
  });
});

describe('a webhook whose uri is the ARN of a topic', () => {
  it('publishes in the default mode, while another POSTs', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'of-a-team');
    hooktide = await startHooktide({ env: awsEnv(sns) });
    const receiver = await startReceiver();
    await hooktide.register(receiver.url);
    const id = await hooktide.register(topicArn);
    expect(id).toBe(`REQUEST-${encodeURIComponent(topicArn)}`);
    const update = requestUpdate('web', 7);
    await hooktide.post(update);
    const body = JSON.stringify(update.payload);
    expect((await receiver.waitFor(1))[0]?.body).toBe(body);
    expect(await receive(1)).toMatchObject([{ body, attributes: { type: 'REQUEST', requestId: 'web' } }]);
  });

  it('publishes in its own format, and only what its filter lets pass', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'of-a-team');
    hooktide = await startHooktide({ env: awsEnv(sns) });
    const webhook = { uri: topicArn, type: 'REQUEST', format: 'slack', filter: { requestIds: ['web'] } };
    expect((await hooktide.api('POST', '/api/webhooks', webhook)).json).toBe('CREATED');
    await hooktide.post([requestUpdate('other'), requestUpdate('web')]);
    expect(JSON.parse((await receive(1))[0]!.body)).toHaveProperty('text');
    expect(sns.batches().flatMap(({ entries }) => entries)).toHaveLength(1);
  });

  it('is refused where it is no ARN of a topic: at the registration and at a change', async () => {
    const sns = await startSns();
    hooktide = await startHooktide({ env: awsEnv(sns) });
    const good = 'arn:aws:sns:eu-west-1:123456789012:updates';
    const id = await hooktide.register(good);
    const bad = ['sns:updates', 'arn:aws:sqs:eu-west-1:123456789012:updates', 'arn:aws:sns:eu-west-1:12:updates'];
    for (const uri of bad) {
      const registered = await hooktide.api('POST', '/api/webhooks', { uri, type: 'REQUEST' });
      const changed = await hooktide.api('PATCH', `/api/webhooks/${encodeURIComponent(id)}`, { uri });
      for (const { status, text } of [registered, changed]) {
        expect(status).toBe(400);
        expect(text).toContain('write an ARN such as arn:aws:sns:eu-west-1:123456789012:name');
      }
    }
    expect((await hooktide.api('GET', '/api/webhooks')).json).toMatchObject([{ id, uri: good }]);
  });

  it('gets a sample at once, and each that is asked for where the topic is FIFO', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'of-a-team.fifo');
    hooktide = await startHooktide({ env: awsEnv(sns) });
    const path = `/api/webhooks/${encodeURIComponent(await hooktide.register(topicArn))}/test`;
    const answers = [await hooktide.api('POST', path), await hooktide.api('POST', path)];
    for (const { json } of answers) expect(json).toMatchObject({ delivered: true, sent: { destination: topicArn } });
    const received = await receive(2);
    expect(received.map(({ body }) => body)).toEqual(answers.map(({ json }) => json.sent.body));
    expect(received[0]?.attributes).toMatchObject({ type: 'REQUEST', 'hooktide-test': 'true' });
  });
});
