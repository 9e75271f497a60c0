import { describe, expect, it } from 'vitest';
import { nameOf, readHealthFacts } from './webhook-health.js';

describe('what a webhook is called to others', () => {
  it.each([
    ['billing', 'billing'],
    ['sail:shop:1a2b', 'sail:shop:1a2b'],
    ['TASK-http%3A%2F%2Fh%3A80%2Fa', 'TASK-http%3A%2F%2Fh%3A80%2Fa'],
    ['ELEVATED_ACCESS-https%3A%2F%2Fh%2Fa%3Ftoken%3Dx%26b', 'ELEVATED_ACCESS-https%3A%2F%2Fh%2Fa***'],
    ['TASK-https://h/a@b?token=x', 'TASK-https://h/a@b***'],
    ['TASK-https%3a%2f%2fh%3ftoken', 'TASK-https%3a%2f%2fh***'],
    ['TASK-https%3A%2F%2Fh%2Fa%23x', 'TASK-https%3A%2F%2Fh%2Fa***'],
    ['REQUEST-https%3A%2F%2Fu%3Ap%40h%2Fa', 'REQUEST-https%3A%2F%2F***@h%2Fa'],
    ['REQUEST-https://u:p@ss@h/a', 'REQUEST-https://***@h/a'],
  ])('%s: %s', (id, name) => {
    expect(nameOf(id)).toBe(name);
  });
});

describe('a payload of a webhook’s health', () => {
  const payload = { webhookId: 'w', event: 'AGE_75', at: '2026-11-22T10:00:00.000Z' };

  it('says which webhook, which event and when', () => {
    expect(readHealthFacts(payload, 'payload')).toEqual({
      requestId: 'w',
      state: 'AGE_75',
      subject: 'w',
      occurredAtMillis: Date.parse('2026-11-22T10:00:00Z'),
    });
  });

  it.each([
    [{ webhookId: undefined }, 'payload.webhookId'],
    [{ event: 'AGE_80' }, 'payload.event'],
    [{ at: 'yesterday' }, 'payload.at'],
  ])('is refused with %j', (change, field) => {
    expect(() => readHealthFacts({ ...payload, ...change }, 'payload')).toThrow(
      expect.objectContaining({ field, message: expect.stringContaining(field) }),
    );
  });
});
