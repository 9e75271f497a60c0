import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fifoId } from './fifo-id.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('fifoId', () => {
  it.each([
    'web-service/deploy_1',
    'k8s:default/web-5f6a',
    'a',
    '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    'x'.repeat(127),
    'x'.repeat(128),
  ])('keeps %j', (text) => {
    expect(fifoId(text)).toBe(text);
  });

  it.each(['', ' ', 'two words', 'tab\there', 'line\n', 'é', '☃', '\u007f', 'x'.repeat(129)])('hashes %j', (text) => {
    expect(fifoId(text)).toBe(sha256(text));
  });
});
