import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keyring, newKey, parseKeys, SealError } from './keyring.js';

const key = () => parseKeys(newKey())![0]!;

describe('a keyring', () => {
  it('opens what it sealed, whatever it is', () => {
    const ring = new Keyring([key()]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(ring.open(ring.seal(text, 'webhook'), 'webhook')).toBe(text);
      }),
    );
  });

  it('seals the same text differently each time, and shows nothing of it', () => {
    const ring = new Keyring([key()]);
    const sealed = [ring.seal('s3cret-s3cret', 'webhook'), ring.seal('s3cret-s3cret', 'webhook')];
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const text of sealed) {
      expect(text).toMatch(/^s1\.[\da-f]{12}\.[\w-]+$/);
      expect(Buffer.from(text.split('.')[2]!, 'base64url').toString('latin1')).not.toContain('s3cret');
    }
  });

  it('opens what an older key sealed, and seals by the first', () => {
    const [old, young] = [key(), key()];
    const sealed = new Keyring([old]).seal('kept', 'webhook');
    const ring = new Keyring([young, old]);
    expect(ring.open(sealed, 'webhook')).toBe('kept');
    expect(ring.activeId).not.toBe(new Keyring([old]).activeId);
    expect(ring.seal('new', 'webhook').startsWith(ring.prefix)).toBe(true);
    expect(() => new Keyring([young]).open(sealed, 'webhook')).toThrow(
      /key [\da-f]{12} .* is not in secrets\.keysFile/,
    );
  });

  it('opens nothing that was changed, cut, or sealed for something else', () => {
    const ring = new Keyring([key()]);
    const sealed = ring.seal('kept', 'webhook');
    expect(() => ring.open(sealed, 'message')).toThrow(SealError);
    const [version, id, encoded = ''] = sealed.split('.');
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(encoded, 'base64url');
        bytes[at % bytes.length]! ^= flip;
        expect(() => ring.open(`${version}.${id}.${bytes.toString('base64url')}`, 'webhook')).toThrow(SealError);
      }),
    );
    for (const text of [
      '',
      's1',
      `s1.${id}`,
      `s1.${id}.`,
      `s1.${id}.AAAA`,
      `s2.${id}.${encoded}`,
      sealed.slice(0, -4),
    ]) {
      expect(() => ring.open(text, 'webhook')).toThrow(SealError);
    }
  });
});

describe('keys', () => {
  const hex = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
  const base64 = Buffer.from(hex, 'hex').toString('base64');

  it.each([
    [hex, 1],
    [base64, 1],
    [` ${base64}\n# the one before:\n${hex} # until May\n`, 2],
    [`${base64},${hex}`, 2],
  ])('are read from «%s»', (text, count) => {
    expect(parseKeys(text)).toEqual(Array.from({ length: count }, () => Buffer.from(hex, 'hex')));
  });

  it.each([
    '',
    '# none',
    'secret',
    'a passphrase'.repeat(4),
    'correct-horse-battery-staple-correct-horse_',
    hex.slice(2),
    base64.slice(4),
    base64.slice(0, -1),
    `${base64} x`,
  ])('are not read from «%s»', (text) => {
    expect(parseKeys(text)).toBeNull();
  });
});
