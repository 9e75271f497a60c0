import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { uncut } from '../setup/sinks.js';
import { closeSns, startSns } from '../setup/sns.js';
import { closeSnsSinks, publicationTo, REGION, snsSink, subscribe } from '../setup/sns-client.js';

const { Message: payload, _absent: absent }: { Message: string; _absent: string[] } = JSON.parse(
  readFileSync(new URL('../fixtures/singularity/sns.publish.request-created.json', import.meta.url), 'utf8'),
);

afterEach(async () => {
  await closeSnsSinks();
  await closeSns();
});

describe('a message', () => {
  it('is Singularity’s payload, byte for byte, and nothing of what Singularity leaves out', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'singularity-request-updates');

    const outcome = await snsSink(sns).send(publicationTo(topicArn, payload), uncut);

    expect(outcome).toMatchObject({ reason: 'delivered', status: 200 });
    const [{ requestId } = { requestId: '' }] = sns.batches();
    expect(outcome.detail).toMatch(
      new RegExp(String.raw`^Published as message [\da-f-]{36} in \d+ ms, request ${requestId}$`),
    );
    expect(await receive(1)).toEqual([{ body: payload, attributes: {} }]);
    const fields = sns.batches().flatMap(({ entries }) => entries.flatMap((entry) => entry.fields));
    expect(fields).toEqual(['Id', 'Message']);
    expect(fields.filter((field) => absent.includes(field))).toEqual([]);
  });

  it.each(['{"n":512.0,"big":12345678901234567890}', '"é ☃ 🎉 \\u0000 <&>\\" a+b=c%20"', ' [\t1,\r\n 2 ]\n'])(
    'arrives as it is: %j',
    async (body) => {
      const sns = await startSns();
      const { topicArn, receive } = await subscribe(sns, 'updates');
      await snsSink(sns).send(publicationTo(topicArn, body), uncut);
      expect(await receive(1)).toEqual([{ body, attributes: {} }]);
    },
  );

  it('carries its attributes as strings, and none that is empty', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'updates');
    const attributes = { type: 'TASK', requestId: 'web', deployId: '', state: 'TASK_RUNNING', application: 'café' };
    await snsSink(sns).send(publicationTo(topicArn, '{}', { attributes }), uncut);
    const { deployId: _, ...filled } = attributes;
    expect((await receive(1))[0]!.attributes).toEqual(filled);
    expect(sns.batches()[0]!.entries[0]!.attributes).toMatchObject({ type: { type: 'String', value: 'TASK' } });
  });

  it.each([262_143, 262_144])('of %d bytes is published, its attributes counted', async (bytes) => {
    const sns = await startSns();
    const body = `"${'x'.repeat(bytes - 16)}"`;
    const message = publicationTo('sns:updates', body, { attributes: { type: 'TASK' } });
    expect((await snsSink(sns).send(message, uncut)).reason).toBe('delivered');
    expect(sns.batches()[0]!.bytes).toBe(bytes);
  });

  it('of more than 256 KiB is too large at once, without a call', async () => {
    const sns = await startSns();
    const message = publicationTo('sns:updates', `"${'x'.repeat(262_145 - 16)}"`, { attributes: { type: 'TASK' } });
    expect(await snsSink(sns).send(message, uncut)).toEqual({
      reason: 'message_too_large',
      detail: 'Payload and attributes have 262145 bytes: SNS takes 262144 at most',
      durationMillis: 0,
    });
    expect(sns.calls).toEqual([]);
  });

  it('to what is no topic goes nowhere', async () => {
    const sns = await startSns();
    const outcome = await snsSink(sns).send(publicationTo('arn:aws:sqs:eu-west-1:123456789012:updates'), uncut);
    expect(outcome).toMatchObject({ reason: 'bad_uri', durationMillis: 0 });
    expect(sns.calls).toEqual([]);
  });
});

describe('a FIFO topic', () => {
  it('gets the subject as group and the delivery as deduplication id, in the order of the calls', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'updates.fifo');
    const sink = snsSink(sns);
    const bodies = Array.from({ length: 25 }, (_, i) => `{"n":${i}}`);
    const sent = bodies.map((body, i) => {
      const publication = { group: `subject-${i % 3}`, dedupId: `delivery-${i}` };
      return sink.send(publicationTo(topicArn, body, publication), uncut);
    });
    for (const { reason } of await Promise.all(sent)) expect(reason).toBe('delivered');

    const received = await receive(bodies.length);
    for (const rest of [0, 1, 2]) {
      const ofGroup = received.filter(({ group }) => group === `subject-${rest}`).map(({ body }) => body);
      expect(ofGroup).toEqual(bodies.filter((_, i) => i % 3 === rest));
    }
    const first = sns.batches()[0]!.entries[0]!;
    expect(first).toMatchObject({ group: 'subject-0', dedupId: 'delivery-0' });
  });

  it('gets a delivery once that is repeated, and a replay of it again', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'updates.fifo');
    const sink = snsSink(sns);
    for (const dedupId of ['1', '1', '2']) {
      await sink.send(publicationTo(topicArn, `{"of":"${dedupId}"}`, { group: 'web', dedupId }), uncut);
    }
    await sink.send(publicationTo(topicArn, '{"last":true}', { group: 'web', dedupId: '3' }), uncut);
    expect((await receive(3)).map(({ body }) => body)).toEqual(['{"of":"1"}', '{"of":"2"}', '{"last":true}']);
  });

  it('takes any subject', async () => {
    const sns = await startSns();
    const { topicArn } = await subscribe(sns, 'updates.fifo');
    const sink = snsSink(sns);
    for (const group of ['two words', 'x'.repeat(500), 'é']) {
      const outcome = await sink.send(publicationTo(topicArn, '{}', { group, dedupId: group }), uncut);
      expect(outcome.reason).toBe('delivered');
    }
  });
});

describe('topics', () => {
  it('known by name are created once, whoever asks', async () => {
    const sns = await startSns();
    const sink = snsSink(sns);
    const sent = Array.from({ length: 25 }, () => sink.send(publicationTo('sns:updates'), uncut));
    for (const { reason } of await Promise.all(sent)) expect(reason).toBe('delivered');
    await sink.send(publicationTo('sns:updates'), uncut);
    const created = sns.calls.filter(({ action }) => action === 'CreateTopic');
    expect(created.map(({ form }) => form.get('Name'))).toEqual(['updates']);
    expect(created[0]!.region).toBe(REGION);
    expect(sns.batches()[0]!.topicArn).toMatch(/^arn:aws:sns:eu-west-1:\d{12}:updates$/);
  });

  it('with FIFO names are created as such', async () => {
    const sns = await startSns();
    expect((await snsSink(sns).send(publicationTo('sns:updates.fifo'), uncut)).reason).toBe('delivered');
    expect([...sns.calls[0]!.form.values()]).toEqual(expect.arrayContaining(['FifoTopic', 'true']));
  });

  it('known by ARN are not created, and asked for in their own region', async () => {
    const sns = await startSns();
    const outcome = await snsSink(sns).send(publicationTo('arn:aws:sns:ap-south-1:123456789012:updates'), uncut);
    expect(sns.calls.map(({ action, region }) => [action, region])).toEqual([['PublishBatch', 'ap-south-1']]);
    expect(outcome).toMatchObject({ reason: 'topic_missing', status: 404 });
    expect(outcome.detail).toContain('There is no topic arn:aws:sns:ap-south-1:123456789012:updates');
  });

  it('known by name are in us-east-1 where only keys are configured, as Singularity has it', async () => {
    const sns = await startSns();
    await snsSink(sns, { region: null }).send(publicationTo('sns:updates'), uncut);
    expect(sns.batches()[0]!.topicArn).toMatch(/^arn:aws:sns:us-east-1:/);
  });

  it('known by name are missing where none may be created', async () => {
    const sns = await startSns();
    const outcome = await snsSink(sns, { createTopics: false }).send(publicationTo('sns:updates'), uncut);
    expect(outcome.reason).toBe('topic_missing');
    expect(outcome.detail).toBe(
      'Nothing says where the topic updates is: write its ARN, or allow webhookQueue.createTopics',
    );
    expect(sns.calls).toEqual([]);
  });
});
