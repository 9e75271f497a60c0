import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { uncut } from '../setup/sinks.js';
import { answers, closeSns, resets, says, startSns } from '../setup/sns.js';
import { closeSnsSinks, deleteTopic, publicationTo, REGION, snsSink, subscribe } from '../setup/sns-client.js';

afterEach(async () => {
  await closeSnsSinks();
  await closeSns();
});

const TOPIC = `arn:aws:sns:${REGION}:123456789012:updates`;

describe('what SNS answers', () => {
  it.each([
    [400, 'Throttling', 'throttled', 'SNS refuses: Throttling by the test (400 Throttling, request ID)'],
    [429, 'Throttled', 'throttled', 'SNS refuses: Throttled by the test (429 Throttled, request ID)'],
    [
      500,
      'InternalFailure',
      'server_error',
      'SNS refuses: InternalFailure by the test (500 InternalFailure, request ID)',
    ],
    [
      503,
      'ServiceUnavailable',
      'unavailable',
      'SNS refuses: ServiceUnavailable by the test (503 ServiceUnavailable, request ID)',
    ],
    [
      400,
      'InvalidParameter',
      'refused',
      'SNS refuses: InvalidParameter by the test (400 InvalidParameter, request ID)',
    ],
    [
      403,
      'AuthorizationError',
      'access_denied',
      `The credentials lack sns:Publish on ${TOPIC} (403 AuthorizationError, request ID)`,
    ],
    [
      400,
      'KMSAccessDenied',
      'access_denied',
      `The credentials lack kms:GenerateDataKey or kms:Decrypt on the key of ${TOPIC} (400 KMSAccessDenied, request ID)`,
    ],
    [
      400,
      'KMSDisabled',
      'access_denied',
      `The key of ${TOPIC} can't be used: KMSDisabled by the test (400 KMSDisabled, request ID)`,
    ],
    [403, 'ExpiredToken', 'bad_credentials', 'The AWS credentials have expired (403 ExpiredToken, request ID)'],
    [
      403,
      'InvalidClientTokenId',
      'bad_credentials',
      'AWS knows no such access key (403 InvalidClientTokenId, request ID)',
    ],
    [
      403,
      'SignatureDoesNotMatch',
      'bad_credentials',
      "The AWS secret key is not the access key's, or this machine's clock is wrong (403 SignatureDoesNotMatch, request ID)",
    ],
    [
      403,
      'IncompleteSignature',
      'bad_credentials',
      'AWS takes no such credentials (403 IncompleteSignature, request ID)',
    ],
  ])('%d %s is %s', async (status, code, reason, detail) => {
    const sns = await startSns();
    sns.next(answers(status, code));
    const outcome = await snsSink(sns).send(publicationTo(TOPIC), uncut);
    expect(outcome).toMatchObject({ reason, status });
    expect(outcome.detail).toBe(detail.replace('ID', sns.calls[0]!.requestId));
    expect(sns.calls).toHaveLength(1);
  });

  it('is not quoted where it may hold a session token', async () => {
    const sns = await startSns();
    sns.next(answers(403, 'SignatureDoesNotMatch', 'The Canonical String should have been x-amz-security-token:hush'));
    const { detail } = await snsSink(sns).send(publicationTo(TOPIC), uncut);
    expect(detail).not.toContain('hush');
  });

  it('is cut where it is long', async () => {
    const sns = await startSns();
    sns.next(answers(400, 'InvalidParameter', 'x'.repeat(5_000)));
    const { detail } = await snsSink(sns).send(publicationTo(TOPIC), uncut);
    expect(detail.length).toBeLessThan(512);
  });

  it.each([
    [200, 'hello', 'malformed_reply'],
    [200, '', 'malformed_reply'],
    [302, '', 'redirect'],
    [403, '', 'access_denied'],
    [404, '', 'refused'],
    [502, '<html><body>Bad <p>gateway</body></html>', 'server_error'],
    [503, '', 'unavailable'],
  ])('%d %j, which is no word of SNS, is %s', async (status, text, reason) => {
    const sns = await startSns();
    sns.next(says(status, text));
    expect(await snsSink(sns).send(publicationTo(TOPIC), uncut)).toMatchObject({ reason, status });
  });
});

describe('a topic that was deleted', () => {
  it('is created again where it is known by name, and published to in the same send', async () => {
    const sns = await startSns();
    const sink = snsSink(sns);
    const { topicArn } = await subscribe(sns, 'updates');
    expect((await sink.send(publicationTo('sns:updates'), uncut)).reason).toBe('delivered');
    await deleteTopic(sns, topicArn);
    const sent = Array.from({ length: 25 }, () => sink.send(publicationTo('sns:updates'), uncut));
    for (const { reason } of await Promise.all(sent)) expect(reason).toBe('delivered');
    expect(sns.calls.filter(({ action }) => action === 'CreateTopic')).toHaveLength(2);
  });

  it('is missing where it goes again', async () => {
    const sns = await startSns();
    sns.next(answers(404, 'NotFound'));
    sns.next(answers(404, 'NotFound'));
    const outcome = await snsSink(sns).send(publicationTo('sns:updates'), uncut);
    expect(outcome).toMatchObject({ reason: 'topic_missing', status: 404 });
    expect(sns.calls.map(({ action }) => action)).toEqual([
      'CreateTopic',
      'PublishBatch',
      'CreateTopic',
      'PublishBatch',
    ]);
  });
});

describe('a topic that can’t be created', () => {
  it.each([
    [403, 'AuthorizationError', 'access_denied', 'The credentials lack sns:CreateTopic on the topic updates'],
    [400, 'InvalidParameter', 'topic_missing', 'SNS refuses the topic updates: InvalidParameter by the test'],
    [403, 'TopicLimitExceeded', 'topic_missing', 'SNS refuses the topic updates: TopicLimitExceeded by the test'],
    [400, 'Throttling', 'throttled', 'SNS refuses: Throttling by the test'],
  ])('for %d %s is tried again by the next send', async (status, code, reason, detail) => {
    const sns = await startSns();
    sns.next(answers(status, code), 'CreateTopic');
    const sink = snsSink(sns);
    const outcome = await sink.send(publicationTo('sns:updates'), uncut);
    expect(outcome).toMatchObject({ reason, status });
    expect(outcome.detail).toContain(detail);
    expect((await sink.send(publicationTo('sns:updates'), uncut)).reason).toBe('delivered');
  });
});

describe('the way there', () => {
  it('ends where nobody listens, and goes on with another server, which has the topic created', async () => {
    const sns = await startSns();
    const sink = snsSink(sns);
    expect((await sink.send(publicationTo('sns:updates'), uncut)).reason).toBe('delivered');
    await sns.stop();
    // By the connection of before, whose end may not have been heard of.
    expect((await sink.send(publicationTo('sns:updates'), uncut)).reason).toMatch(/^connection_(reset|refused)$/);
    const outcome = await sink.send(publicationTo('sns:updates'), uncut);
    expect(outcome.reason).toBe('connection_refused');
    expect(outcome.detail).toBe(`Nobody listens at ${new URL(sns.endpoint).host} (connection refused)`);
    await sns.start();
    expect((await sink.send(publicationTo('sns:updates'), uncut)).reason).toBe('delivered');
  });

  it('may break before the answer, and nothing is repeated in silence', async () => {
    const sns = await startSns();
    const { topicArn, receive } = await subscribe(sns, 'updates');
    sns.next(resets);
    const sink = snsSink(sns);
    expect((await sink.send(publicationTo(topicArn, '1'), uncut)).reason).toBe('connection_reset');
    await sink.send(publicationTo(topicArn, '2'), uncut);
    expect((await receive(2)).map(({ body }) => body).sort()).toEqual(['1', '2']);
  });

  it('may have no name', async () => {
    const outcome = await snsSink({ endpoint: 'http://sns.invalid' }).send(publicationTo(TOPIC), uncut);
    expect(outcome.reason).toBe('dns');
  });

  it('may speak no TLS', async () => {
    const sns = await startSns();
    const endpoint = sns.endpoint.replace('http:', 'https:');
    expect((await snsSink({ endpoint }).send(publicationTo(TOPIC), uncut)).reason).toBe('tls');
  });

  it('may take no connection', async () => {
    const full = await startFullHouse();
    try {
      const sink = snsSink({ endpoint: `http://127.0.0.1:${full.port}` }, { connectTimeoutMillis: 200 });
      const outcome = await sink.send(publicationTo(TOPIC), uncut);
      expect(outcome.reason).toBe('connect_timeout');
      expect(outcome.detail).toBe(`No connection to 127.0.0.1:${full.port} within 200 ms`);
    } finally {
      full.end();
    }
  });
});

/** A port of which nobody takes the connections: its process is stopped, and its backlog is full. */
async function startFullHouse(): Promise<{ port: number; end(): void }> {
  const script = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const guests: Socket[] = [];
  for (let seat = 0; seat < 8; seat += 1) guests.push(connect(port, '127.0.0.1').on('error', () => undefined));
  await once(guests[0]!, 'connect');
  const end = () => {
    for (const guest of guests) guest.destroy();
    child.kill('SIGKILL');
  };
  return { port, end };
}
