import { describe, expect, it } from 'vitest';
import { basicOf, readUser } from './basic.js';

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('HTTP Basic', () => {
  it.each([
    ['toto:secret', { user: 'toto', password: 'secret' }],
    ['toto:', { user: 'toto', password: '' }],
    [':secret', { user: '', password: 'secret' }],
    ['é:a:b c', { user: 'é', password: 'a:b c' }],
  ])('brings %s', (text, expected) => {
    for (const scheme of ['Basic', 'basic', 'BASIC  ']) expect(basicOf(`${scheme} ${encode(text)} `)).toEqual(expected);
  });

  it.each([undefined, '', 'Basic', 'Basic !', `Bearer ${encode('a:b')}`, encode('a:b'), `Basic ${encode('ab')}`])(
    'brings nothing in «%s»',
    (header) => {
      expect(basicOf(header)).toBeNull();
      expect(() => readUser(header)).toThrow('user is missing');
    },
  );

  it('names the user', () => {
    expect(readUser(`Basic ${encode('toto:x')}`)).toBe('toto');
    expect(() => readUser(`Basic ${encode(':x')}`)).toThrow('user is missing');
  });
});
