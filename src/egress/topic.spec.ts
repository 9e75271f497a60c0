import { describe, expect, it } from 'vitest';
import { parseTopic } from './topic.js';

const arn = 'arn:aws:sns:eu-west-1:123456789012';

describe('parseTopic', () => {
  it.each([
    [`${arn}:updates`, { name: 'updates', arn: `${arn}:updates`, region: 'eu-west-1', isFifo: false }],
    [`${arn}:a_B-9.fifo`, { name: 'a_B-9.fifo', arn: `${arn}:a_B-9.fifo`, region: 'eu-west-1', isFifo: true }],
    ['sns:updates', { name: 'updates', arn: null, region: null, isFifo: false }],
    ['sns:updates.fifo', { name: 'updates.fifo', arn: null, region: null, isFifo: true }],
  ])('reads %s', (destination, topic) => {
    expect(parseTopic(destination)).toEqual(topic);
  });

  it.each([
    ['arn:aws-cn:sns:cn-north-1:123456789012:t', 'cn-north-1'],
    ['arn:aws-us-gov:sns:us-gov-west-1:123456789012:t', 'us-gov-west-1'],
    ['arn:aws-iso-b:sns:us-isob-east-1:123456789012:t', 'us-isob-east-1'],
  ])('knows the partition of %s', (destination, region) => {
    expect(parseTopic(destination)?.region).toBe(region);
  });

  it.each([255, 256])('takes a name of %d characters', (length) => {
    expect(parseTopic(`sns:${'x'.repeat(length)}`)).not.toBeNull();
  });

  it.each([
    '',
    'updates',
    'sns:',
    'SNS:updates',
    'sns:two words',
    'sns:a.b',
    'sns:.fifo',
    'sns:updates.FIFO',
    'sns:updates\n',
    `sns:${'x'.repeat(257)}`,
    `sns:${'x'.repeat(252)}.fifo`,
    'https://sns.eu-west-1.amazonaws.com/',
    `${arn}:`,
    `${arn}:updates:5f6a`,
    'arn:aws:sqs:eu-west-1:123456789012:updates',
    'arn:other:sns:eu-west-1:123456789012:updates',
    'arn:aws:sns::123456789012:updates',
    'arn:aws:sns:eu-west-1:12345:updates',
    'arn:aws:sns:evil.example/:123456789012:updates',
    'arn:aws:sns:eu-west-1.evil-1:123456789012:updates',
  ])('reads no topic out of %j', (destination) => {
    expect(parseTopic(destination)).toBeNull();
  });
});
