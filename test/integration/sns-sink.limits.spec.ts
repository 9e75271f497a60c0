import { afterEach, describe, expect, it } from 'vitest';
import { CutShort } from '../../src/egress/cut-short.js';
import { uncut } from '../setup/sinks.js';
import { closeSns, hangs, startSns } from '../setup/sns.js';
import { closeSnsSinks, publicationTo, REGION, snsSink, subscribe } from '../setup/sns-client.js';

afterEach(async () => {
  await closeSnsSinks();
  await closeSns();
});

const TOPIC = `arn:aws:sns:${REGION}:123456789012:updates`;

describe('time', () => {
  it.each([
    ['the request', { requestTimeoutMillis: 100 }],
    ['the socket', { socketTimeoutMillis: 100 }],
    ['all of it', { totalTimeoutMillis: 100 }],
  ])('of %s is limited', async (_, limits) => {
    const sns = await startSns();
    sns.next(hangs);
    const outcome = await snsSink(sns, limits).send(publicationTo(TOPIC), uncut);
    expect(outcome.reason).toBe('timeout');
    expect(outcome.detail).toBe(`No reply from ${new URL(sns.endpoint).host} within 100 ms`);
    expect(outcome.durationMillis).toBeGreaterThanOrEqual(95);
  });

  it('is the message’s own where it has one', async () => {
    const sns = await startSns();
    sns.next(hangs);
    const outcome = await snsSink(sns).send({ ...publicationTo(TOPIC), timeoutMillis: 100 }, uncut);
    expect(outcome).toMatchObject({ reason: 'timeout', detail: expect.stringContaining('within 100 ms') as string });
  });

  it('of a topic’s creation is limited, too', async () => {
    const sns = await startSns();
    // The first call of all is slow.
    await snsSink(sns).send(publicationTo('sns:other'), uncut);
    sns.next(hangs, 'CreateTopic');
    const sink = snsSink(sns, { totalTimeoutMillis: 500 });
    const patient = { ...publicationTo('sns:updates'), timeoutMillis: 10_000 };
    expect((await sink.send(patient, uncut)).reason).toBe('timeout');
    expect((await sink.send(publicationTo('sns:updates'), uncut)).reason).toBe('delivered');
  });

  it('may end when the answer has begun', async () => {
    const sns = await startSns();
    sns.next((_, response) => void response.writeHead(200, { 'content-length': 100 }).write('<'));
    const outcome = await snsSink(sns, { socketTimeoutMillis: 100 }).send(publicationTo(TOPIC), uncut);
    expect(outcome.reason).toBe('body_timeout');
  });
});

describe('cutting short', () => {
  it('settles a message that waits, which is not published', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'updates');
    const sink = snsSink(sns);
    const cut = new CutShort();
    const waits = sink.send(publicationTo(topicArn, 'cut'), cut);
    const goes = sink.send(publicationTo(topicArn, 'sent'), uncut);
    cut.request();
    expect(await waits).toMatchObject({
      reason: 'cut_short',
      detail: 'Cut short to make room for receivers that answer',
    });
    expect((await goes).reason).toBe('delivered');
    expect((await receive(1)).map(({ body }) => body)).toEqual(['sent']);
  });

  it('settles a message that was cut before', async () => {
    const sns = await startSns();
    const cut = new CutShort();
    cut.request();
    expect((await snsSink(sns).send(publicationTo(TOPIC), cut)).reason).toBe('cut_short');
    expect(sns.calls).toEqual([]);
  });

  it('settles a message that is under way at once, and leaves the others of its batch alone', async () => {
    const sns = await startSns();
    const { topicArn } = await subscribe(sns, 'updates');
    let release!: () => void;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    sns.next(async (_, response, forward) => void response.end(await released.then(() => forward())));
    const sink = snsSink(sns);
    const cut = new CutShort();
    const [first, second] = [sink.send(publicationTo(topicArn), cut), sink.send(publicationTo(topicArn), uncut)];
    await sns.arrived(1);
    cut.request();
    const outcome = await first;
    expect(outcome).toMatchObject({
      reason: 'cut_short',
      detail: expect.stringContaining('may have published') as string,
    });
    release();
    expect((await second).reason).toBe('delivered');
  });

  it('ends a batch of which all are cut', async () => {
    const sns = await startSns();
    sns.next(hangs);
    const sink = snsSink(sns);
    const cuts = [new CutShort(), new CutShort()];
    const sent = cuts.map((cut) => sink.send(publicationTo(TOPIC), cut));
    await sns.arrived(1);
    for (const cut of cuts) cut.request();
    for (const { reason } of await Promise.all(sent)) expect(reason).toBe('cut_short');
    await sns.abandoned();
  });
});
