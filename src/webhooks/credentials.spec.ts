import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors/errors.js';
import { newSecret } from '../signing/symmetric.js';
import type { ReceiverAuth } from '../updates/webhook-secrets.js';
import { aSecret, hiddenObject, readAuth, readSigning, readTls, showAuth, showTls } from './credentials.js';

const problemOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  return 'nothing';
};

const BASIC = { type: 'basic', user: 'me', password: 's3cret' } as const;
const BEARER = { type: 'bearer', token: 's3cret' } as const;
const OAUTH2 = {
  type: 'oauth2',
  tokenUrl: 'https://login.test/token',
  clientId: 'me',
  clientSecret: 's3cret',
} as const;

const fine = () => null;

describe('auth', () => {
  it.each<ReceiverAuth>([
    BASIC,
    { ...BASIC, password: '' },
    BEARER,
    OAUTH2,
    { ...OAUTH2, scope: 'a b', audience: 'https://h', sendAs: 'body' },
  ])('can be %j, and is shown without what is secret, which can be written back', (auth) => {
    expect(readAuth({ ...auth }, null)).toEqual(auth);
    const shown = showAuth(auth)!;
    expect(JSON.stringify(shown)).not.toContain('s3cret');
    expect(readAuth(shown, auth)).toEqual(auth);
  });

  it.each<[object, string]>([
    [{}, 'auth.type is missing: write one of basic, bearer, oauth2'],
    [{ type: 'digest' }, 'auth.type is "digest": write one of basic, bearer, oauth2'],
    [{ ...BASIC, user: '' }, 'auth.user is empty: write it'],
    [{ ...BASIC, user: 'a:b' }, 'auth.user holds a colon, which ends the user: leave it out'],
    [
      { ...BASIC, password: 's3cret\n' },
      'auth.password holds a character that a header can not bear: write visible ASCII',
    ],
    [{ ...BASIC, password: 7 }, 'auth.password is no text: write it as a text'],
    [{ type: 'basic', user: 'me' }, 'auth.password is no text: write it as a text'],
    [{ ...BEARER, token: 's3crét' }, 'auth.token holds a character that a header can not bear: write visible ASCII'],
    [{ ...BEARER, user: 'me' }, 'auth.user is no field of a webhook. The nearest one is auth.type'],
    [{ ...OAUTH2, tokenUrl: 'login' }, 'auth.tokenUrl: It is not absolute: write it from http:// or https:// on'],
    [
      { ...OAUTH2, tokenUrl: 'https://me:pw@h/' },
      'auth.tokenUrl: It holds credentials: write it without what precedes the @',
    ],
    [{ ...OAUTH2, sendAs: 'query' }, 'auth.sendAs is "query": write one of basic, body'],
    [{ ...OAUTH2, scope: null }, 'auth.scope is no text: write it as a text'],
    [{ ...BEARER, token: '***' }, 'auth.token is ***, which keeps what is stored, and nothing is: write it'],
  ])('is refused: %j', (given, problem) => {
    const said = problemOf(() => readAuth({ ...given }, BASIC));
    expect(said).toBe(problem);
    expect(said).not.toContain('s3cr');
  });

  it('keeps its secret for the same token server alone', () => {
    const given = { ...OAUTH2, clientSecret: '***' };
    expect(readAuth({ ...given, tokenUrl: 'https://login.test/v2/token' }, OAUTH2)).toMatchObject({
      clientSecret: 's3cret',
    });
    for (const tokenUrl of ['https://evil.test/token', 'http://login.test/token', 'https://login.test:8443/token']) {
      expect(problemOf(() => readAuth({ ...given, tokenUrl }, OAUTH2))).toBe(
        'auth.clientSecret is ***, and auth.tokenUrl names another server: write it for that one',
      );
    }
  });
});

describe('secret and hubSignature', () => {
  const secret = newSecret();
  const keys = [{ secret }];
  const nothing = /^hubSignature is true, but nothing is there to sign with/;

  it('of a new webhook are left to the config where no secret is said', () => {
    expect(readSigning({}, undefined)).toBeUndefined();
    expect(readSigning({ hubSignature: false }, undefined)).toBeUndefined();
    expect(readSigning({ hubSignature: true }, undefined)).toEqual({ keys: [], hub: true });
    expect(readSigning({ secret: null }, undefined)).toBeNull();
    expect(readSigning({ secret }, undefined)).toEqual({ keys });
    expect(problemOf(() => readSigning({ secret: null, hubSignature: true }, undefined))).toMatch(nothing);
    expect(problemOf(() => readSigning({ secret: '***' }, undefined))).toMatch(/^secret is \*\*\*, which keeps/);
  });

  it('of one that there is keep what isn’t said', () => {
    const stored = { keys: [{ secret: newSecret() }, { secret: newSecret(), untilMillis: 1 }], hub: true };
    expect(readSigning({ secret: '***' }, stored)).toEqual(stored);
    expect(readSigning({ hubSignature: null }, stored)).toEqual({ keys: stored.keys });
    expect(readSigning({ secret }, stored)).toEqual({ keys, hub: true });
    expect(readSigning({ secret: null, hubSignature: false }, stored)).toBeNull();
    expect(problemOf(() => readSigning({ secret: null }, stored))).toMatch(nothing);
    expect(problemOf(() => readSigning({ hubSignature: true }, null))).toMatch(nothing);
  });

  it('never show what was given', () => {
    expect(hiddenObject('{"a": 1}')('Bearer s3cret')).toBe(' is no object: write one, such as {"a": 1}');
    expect(hiddenObject('{"a": 1}')({})).toBeNull();
    expect(aSecret(7)).toBe(' is no text: write whsec_ and 24 to 64 bytes in base64');
    expect(aSecret('my s3cret')).toBe(' is no secret: write whsec_ and 24 to 64 bytes in base64');
    expect([aSecret('***'), aSecret(secret)]).toEqual([null, null]);
  });
});

describe('tls', () => {
  const pair = { certificate: 'CERTIFICATE', key: 's3cret' };

  it('is shown without its key, which can be written back', () => {
    const shown = showTls(pair)!;
    expect(shown).toEqual({ certificate: 'CERTIFICATE', key: '***' });
    expect(readTls({ ...shown }, pair, fine)).toEqual(pair);
    expect(problemOf(() => readTls({ key: '***' }, null, fine))).toBe(
      'tls.key is ***, which keeps what is stored, and nothing is: write it',
    );
  });

  it('is nothing where all of it is', () => {
    expect(readTls({ ca: null, key: null }, pair, fine)).toBeNull();
  });

  it('is refused for what is wrong with the whole', () => {
    expect(problemOf(() => readTls({ ca: 'x' }, null, () => 'ca is no certificate'))).toBe('tls: ca is no certificate');
    expect(problemOf(() => readTls({ pem: 'x' }, null, fine))).toMatch(/^tls\.pem is no field/);
  });
});
