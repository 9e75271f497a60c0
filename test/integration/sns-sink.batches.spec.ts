import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/sinks/sink.js';
import type { SnsSink } from '../../src/sinks/sns/sns.sink.js';
import { uncut } from '../setup/sinks.js';
import { answers, closeSns, failsEntries, hangs, passes, startSns, type Fault } from '../setup/sns.js';
import { closeSnsSinks, publicationTo, snsSink, subscribe } from '../setup/sns-client.js';

afterEach(async () => {
  await closeSnsSinks();
  await closeSns();
});

const TOPIC = 'sns:updates';
const many = (count: number, body = '{}') => Array.from({ length: count }, () => publicationTo(TOPIC, body));
const numbered = (count: number) => Array.from({ length: count }, (_, i) => publicationTo(TOPIC, `{"n":${i}}`));

async function sendAll(sink: SnsSink, messages: Message[]): Promise<string[]> {
  const outcomes = await Promise.all(messages.map((message) => sink.send(message, uncut)));
  return outcomes.map(({ reason }) => reason);
}

/** A way to hold the answer to a call back. */
function held(): { fault: Fault; release: () => void } {
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    release,
    fault: async (_, response, forward) => void released.then(() => forward()).then((text) => response.end(text)),
  };
}

describe('batches', () => {
  it.each([
    [1, [1]],
    [9, [9]],
    [10, [10]],
    [11, [10, 1]],
    [25, [10, 10, 5]],
  ])('hold ten entries at most: %d messages', async (count, sizes) => {
    const sns = await startSns();
    const { topicArn } = await subscribe(sns, 'updates');
    const sink = snsSink(sns);
    await sendAll(
      sink,
      many(count).map((message) => ({ ...message, destination: topicArn })),
    );
    const found = sns.batches().map(({ entries }) => entries.length);
    expect(found.sort((a, b) => b - a)).toEqual(sizes);
  });

  it('hold 262 144 bytes at most, attributes counted', async () => {
    const sns = await startSns();
    const attributes = { type: 'TASK' };
    const body = `"${'x'.repeat(65_536 - 16)}"`;
    const messages = Array.from({ length: 9 }, () => publicationTo(TOPIC, body, { attributes }));
    expect(new Set(await sendAll(snsSink(sns), messages))).toEqual(new Set(['delivered']));
    expect(sns.batches().map(({ bytes }) => bytes)).toEqual([262_144, 262_144, 65_536]);
  });

  it('hold one entry of a group, which waits while another of it is under way', async () => {
    const sns = await startSns();
    const { fault, release } = held();
    sns.next(fault);
    const sink = snsSink(sns);
    const sent = ['a', 'b', 'a', 'c', 'a'].map((group, i) =>
      sink.send(publicationTo(TOPIC, `${group}${i}`, { group }), uncut),
    );
    await sns.arrived(1);
    const other = sink.send(publicationTo(TOPIC, 'd5', { group: 'd' }), uncut);
    await other;
    release();
    await Promise.all(sent);
    const found = sns.batches().map(({ entries }) => entries.map(({ message }) => message));
    expect(found).toEqual([['a0', 'b1', 'c3'], ['d5'], ['a2'], ['a4']]);
  });

  it('go to one topic each', async () => {
    const sns = await startSns();
    const messages = ['a', 'b', 'a'].map((name) => publicationTo(`sns:${name}`));
    await sendAll(snsSink(sns), messages);
    const found = sns.batches().map(({ topicArn, entries }) => `${topicArn?.split(':').at(-1)}: ${entries.length}`);
    expect(found.sort()).toEqual(['a: 2', 'b: 1']);
  });

  it('are under way to one topic as many as there are connections, and no more', async () => {
    const sns = await startSns();
    const [first, second] = [held(), held()];
    sns.next(first.fault);
    sns.next(second.fault);
    const sink = snsSink(sns, { maxConnections: 2 });
    const sent = sendAll(sink, numbered(30));
    await sns.arrived(2);
    const third = sns.arrived(3);
    first.release();
    await third;
    second.release();
    expect(new Set(await sent)).toEqual(new Set(['delivered']));
    expect(sns.batches()).toHaveLength(3);
  });
});

describe('a batch that fails in part', () => {
  it('settles entry by entry', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'updates');
    sns.next(
      failsEntries({ '{"n":1}': 'InvalidParameter', '{"n":3}': 'ThrottlingException', '{"n":4}': 'NoSuchCode' }),
    );
    const sink = snsSink(sns);
    const outcomes = await Promise.all(
      numbered(5).map((message) => sink.send({ ...message, destination: topicArn }, uncut)),
    );
    expect(outcomes.map(({ reason }) => reason)).toEqual(['delivered', 'refused', 'delivered', 'throttled', 'refused']);
    expect(outcomes[1]!.status).toBeUndefined();
    expect(outcomes[1]!.detail).toMatch(/^SNS refuses: failed by the test \(InvalidParameter, request [\da-f-]{36}\)$/);
    const received = await receive(2);
    expect(received.map(({ body }) => body).sort()).toEqual(['{"n":0}', '{"n":2}']);
  });

  it('says whether the fault is SNS’ own', async () => {
    const sns = await startSns();
    sns.next(failsEntries({ '{"n":0}': 'InternalError', '{"n":1}': 'NoSuchCode' }, false));
    expect(await sendAll(snsSink(sns), numbered(3))).toEqual(['server_error', 'server_error', 'delivered']);
  });

  it('leaves open what came of an entry that it doesn’t name', async () => {
    const sns = await startSns();
    sns.next(async (_, response, forward) => {
      response.end((await forward()).replace('<Id>1</Id>', '<Id>9</Id>'));
    });
    expect(await sendAll(snsSink(sns), numbered(3))).toEqual(['delivered', 'malformed_reply', 'delivered']);
  });
});

describe('a batch that is refused', () => {
  it('is published entry by entry, so that one entry harms no other', async () => {
    const sns = await startSns();
    const refusal = answers(400, 'InvalidParameter', 'Invalid parameter: Message contains characters');
    sns.next(refusal);
    sns.next(passes);
    sns.next(refusal);
    expect(await sendAll(snsSink(sns), numbered(3))).toEqual(['delivered', 'refused', 'delivered']);
    expect(sns.batches().map(({ entries }) => entries.length)).toEqual([3, 1, 1, 1]);
  });

  it('for a topic’s own limit is published entry by entry', async () => {
    const sns = await startSns();
    sns.next(answers(400, 'BatchRequestTooLong'));
    expect(new Set(await sendAll(snsSink(sns), numbered(2)))).toEqual(new Set(['delivered']));
  });
});

describe('close', () => {
  it('lets what is under way end, and what waits for it', async () => {
    const sns = await startSns();
    const { fault, release } = held();
    sns.next(fault);
    const sink = snsSink(sns, { maxConnections: 1 });
    const sent = sendAll(sink, numbered(12));
    await sns.arrived(1);
    const closed = sink.close();
    release();
    await closed;
    expect(new Set(await sent)).toEqual(new Set(['delivered']));
  });

  it('leaves nothing open', async () => {
    const sns = await startSns();
    const sink = snsSink(sns);
    expect(await sendAll(sink, numbered(1))).toEqual(['delivered']);
    sns.next(hangs);
    expect(await sendAll(sink, [{ ...publicationTo(TOPIC), timeoutMillis: 100 }])).toEqual(['timeout']);
    expect(await sendAll(sink, numbered(1))).toEqual(['delivered']);
    await sink.close();
    await sns.abandoned();
  });
});
