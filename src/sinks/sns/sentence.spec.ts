import { describe, expect, it } from 'vitest';
import { sentence, type Call } from './sentence.js';

const call: Call = {
  action: 'sns:Publish',
  topic: 'arn:aws:sns:eu-west-1:123456789012:updates',
  host: 'SNS in eu-west-1',
  totalTimeoutMillis: 5_000,
};
const thrown = (message: string, code?: string) => Object.assign(new Error(message), { code });
const timeout = (message: string) => sentence('timeout', { message, error: thrown(message) }, call);

describe('sentence', () => {
  it.each([
    ['ExpiredTokenException', 'The AWS credentials have expired (403 ExpiredTokenException, request r-1)'],
    ['UnrecognizedClientException', 'AWS knows no such access key (403 UnrecognizedClientException, request r-1)'],
    [
      'RequestExpired',
      "The request is out of date for AWS: this machine's clock is wrong (403 RequestExpired, request r-1)",
    ],
  ])('says what is wrong with the credentials: %s', (awsCode, text) => {
    const fault = { awsCode, message: 'x-amz-security-token:hush', status: 403 };
    expect(sentence('bad_credentials', fault, call, 'r-1')).toBe(text);
  });

  it('leaves out the id of a request where there is none', () => {
    const fault = { awsCode: 'Throttling', message: 'Rate exceeded', status: 400 };
    expect(sentence('throttled', fault, call)).toBe('SNS refuses: Rate exceeded (400 Throttling)');
  });

  it('takes the limit that was hit from the SDK’s words, and else the limit of all', () => {
    const named = 'a request has exceeded the configured 3000 ms requestTimeout';
    expect(timeout(named)).toBe('No reply from SNS in eu-west-1 within 3 000 ms');
    expect(timeout('Request aborted')).toBe('No reply from SNS in eu-west-1 within 5 000 ms');
  });

  it('says what broke on the way, even when the answer had begun', () => {
    const error = thrown('aborted', 'ECONNRESET');
    expect(sentence('connection_reset', { message: 'aborted', status: 200, error }, call)).toBe(
      'SNS in eu-west-1 closed the connection before its reply was complete',
    );
  });

  it('is one line that Postgres can store', () => {
    const message = `a\nb\0c${'🎉'.repeat(200)}`;
    const text = sentence('refused', { awsCode: 'InvalidParameter', message, status: 400 }, call);
    expect(text).toMatch(/^SNS refuses: a b\ufffdc🎉+\ufffd… \(400 InvalidParameter\)$/u);
  });
});
