import { describe, expect, it } from 'vitest';
import type { Message, Publication } from '../sink.js';
import { toEntry } from './entry.js';

const message = (body: string, publication?: Publication): Message => ({
  id: 'u1-7',
  destination: 'sns:updates',
  contentType: 'application/json',
  headers: { 'x-team': 'payments' },
  body,
  publication,
});
const attributes = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `of ${name}`]));

describe('toEntry', () => {
  it('publishes the body as it is, with its attributes as strings', () => {
    const publication = { attributes: { type: 'REQUEST', requestId: 'web' }, group: 'web', dedupId: '42' };
    expect(toEntry(message('{"n":512.0}', publication), false)).toEqual({
      body: {
        Message: '{"n":512.0}',
        MessageAttributes: {
          type: { DataType: 'String', StringValue: 'REQUEST' },
          requestId: { DataType: 'String', StringValue: 'web' },
        },
      },
      bytes: 11 + (4 + 6 + 7) + (9 + 6 + 3),
      group: 'web',
    });
  });

  it('counts bytes, not characters', () => {
    const publication = { attributes: { application: 'café' }, group: 'web', dedupId: '42' };
    expect(toEntry(message('"☃"', publication), false).bytes).toBe(5 + 11 + 6 + 5);
  });

  it('names group and delivery for a FIFO topic, hashed where SNS would not take them', () => {
    const plain = { attributes: {}, group: 'web/d1', dedupId: '42' };
    expect(toEntry(message('{}', plain), true).body).toMatchObject({
      MessageGroupId: 'web/d1',
      MessageDeduplicationId: '42',
    });
    const odd = { attributes: {}, group: 'two words', dedupId: '42' };
    const entry = toEntry(message('{}', odd), true);
    expect(entry.body.MessageGroupId).toMatch(/^[\da-f]{64}$/);
    expect(entry.group).toBe('two words');
  });

  it('leaves out attributes without a value', () => {
    const publication = { attributes: { type: 'TASK', deployId: '' }, group: 'web', dedupId: '42' };
    expect(Object.keys(toEntry(message('{}', publication), false).body.MessageAttributes!)).toEqual(['type']);
  });

  it.each([9, 10, 11])('of %d attributes keeps ten at most', (count) => {
    const names = Array.from({ length: count }, (_, i) => `a${i}`);
    const publication = { attributes: { empty: '', ...attributes(...names) }, group: 'web', dedupId: '42' };
    const kept = Object.keys(toEntry(message('{}', publication), false).body.MessageAttributes!);
    expect(kept).toEqual(names.slice(0, 10));
  });

  it('lets a message without a publication stand for itself', () => {
    expect(toEntry(message('{}'), true)).toEqual({
      body: { Message: '{}', MessageAttributes: {}, MessageGroupId: 'u1-7', MessageDeduplicationId: 'u1-7' },
      bytes: 2,
      group: 'u1-7',
    });
  });

  describe('of an update with a trace', () => {
    const trace = { traceParent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, traceState: 'a=1' };
    const entry = (body: string, count: number) => {
      const names = Array.from({ length: count }, (_, n) => `n${n}`);
      const publication = { attributes: attributes(...names), group: 'web', dedupId: '42' };
      const { body: published, bytes } = toEntry({ ...message(body, publication), trace }, false);
      const own = toEntry(message(body, publication), false);
      const added = Object.keys(published.MessageAttributes ?? {}).slice(count);
      return { added, more: bytes - own.bytes, bytes };
    };

    it('bears it as attributes beside the others', () => {
      expect(entry('{}', 7)).toMatchObject({
        added: ['traceparent', 'tracestate'],
        more: 'traceparent'.length + 6 + 55 + 'tracestate'.length + 6 + 3,
      });
    });

    it.each([
      [8, ['traceparent', 'tracestate']],
      [9, ['traceparent']],
      [10, []],
    ])('leaves out what would be more than ten attributes, beside %d', (count, added) => {
      expect(entry('{}', count).added).toEqual(added);
    });

    it.each([
      [91, ['traceparent', 'tracestate']],
      [90, ['traceparent']],
      [72, ['traceparent']],
      [71, []],
      [0, []],
    ])('leaves out what would make it too large, with room for %d bytes', (room, added) => {
      const result = entry('x'.repeat(262_144 - room), 0);
      expect(result.added).toEqual(added);
      expect(result.bytes).toBeLessThanOrEqual(262_144);
    });
  });
});
