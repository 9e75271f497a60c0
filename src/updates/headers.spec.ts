import { describe, expect, it } from 'vitest';
import { headerProblem, isOfClient } from './headers.js';

describe('headerProblem', () => {
  it.each([
    ['X-Team', 'payments'],
    ['authorization', 'Bearer abc.def-123=='],
    ['User-Agent', 'shop/1'],
    ['accept', 'application/json'],
    ["!#$%&'*+-.^_`|~09", 'odd, but a token'],
    ['x-empty', ''],
    ['x-inner', 'a b\tc'],
    ['x'.repeat(256), 'y'.repeat(4096)],
    ['webhook', 'x'],
    ['cea', 'x'],
  ])('takes %s: %s', (name, value) => {
    expect(headerProblem(name, value)).toBeNull();
  });

  it.each(['', 'a b', 'a:b', 'é', 'a\r\nb', 'a\n', 'a\0', '(a)', '"a"', 'a/b'])('refuses the name %j', (name) => {
    expect(headerProblem(name, 'x')).toMatch(/^The header's name is no token: write /);
  });

  it.each([
    'Host',
    'connection',
    'Content-Length',
    'content-type',
    'content-encoding',
    'transfer-encoding',
    'TE',
    'trailer',
    'upgrade',
    'keep-alive',
    'expect',
    'accept-encoding',
    'http2-settings',
    'proxy-authorization',
    'Proxy-Connection',
    'webhook-id',
    'Webhook-Signature',
    'ce-id',
    'CE-Subject',
  ])('refuses %s, which is reserved', (name) => {
    expect(headerProblem(name, 'x')).toMatch(new RegExp(`^The header ${name} is Hooktide's own, as .+: leave it out$`));
  });

  it.each(['a\rb', 'a\nb', 'a\r\nx-forged: 1', 'a\0b', 'a\x7fb', 'a\x1bb', 'naïve', '\ud83d\ude00', '\x80', 'a\n'])(
    'refuses the value %j',
    (value) => {
      expect(headerProblem('x-a', value)).toMatch(/^The value of x-a holds a line break, /);
    },
  );

  it.each([' a', 'a ', '\ta', 'a\t', ' '])('refuses the value %j for the blank at its end', (value) => {
    expect(headerProblem('x-a', value)).toBe('The value of x-a begins or ends with a blank: write it without');
  });

  it('refuses what is too long', () => {
    expect(headerProblem('x'.repeat(257), 'y')).toBe("The header's name has 257 characters: write at most 256");
    expect(headerProblem('x-a', 'y'.repeat(4097))).toBe('The value of x-a has 4097 characters: write at most 4096');
  });

  it('never tells the value', () => {
    expect(headerProblem('authorization', 'Bearer s3cret\n')).not.toContain('s3cret');
  });
});

describe('isOfClient', () => {
  it.each(['host', 'content-length', 'connection', 'transfer-encoding', 'proxy-authorization', 'expect'])(
    'keeps %s from every message',
    (name) => {
      expect(isOfClient(name)).toBe(true);
    },
  );

  it.each(['ce-id', 'webhook-signature', 'user-agent', 'x-team'])(
    'lets formats, signing and webhooks set %s',
    (name) => {
      expect(isOfClient(name)).toBe(false);
    },
  );
});
