import { describe, expect, it } from 'vitest';
import type { Message } from '../sink.js';
import { withoutSecrets } from './mask.js';

const message = (more: Partial<Message>): Message => ({
  id: '1',
  destination: 'http://h/',
  contentType: 'application/json',
  headers: {},
  body: '',
  ...more,
});
const basic = { type: 'basic', user: 'me', password: 'pw' } as const;
const headers = (ownHeaders: Record<string, string>) => message({ ownHeaders });

describe('an answer', () => {
  it.each<[string, string, Message, string | undefined, string]>([
    ['stays as it is without secrets', 'Bearer abc', message({}), undefined, 'Bearer abc'],
    ['may be empty', '', headers({ 'X-Key': 'secret-1' }), 'Bearer abc', ''],
    ['shows no header of the webhook', 'key=secret-1.', headers({ 'X-Key': 'secret-1' }), undefined, 'key=***.'],
    ['shows short ones', 'team=web', headers({ 'X-Team': 'web' }), undefined, 'team=web'],
    ['shows no credentials, however short', 'Bearer ab or ab', message({}), 'Bearer ab', '*** or ***'],
    ['shows no password, however short', 'is it pw?', message({ auth: basic }), 'Basic bWU6cHc=', 'is it ***?'],
    ['shows a scheme', 'Token?', headers({ Authorization: 'Token s3cret' }), undefined, 'Token?'],
    ['shows no JSON of one', '{"k":"a\\"bcdef"}', headers({ k: 'a"bcdef' }), undefined, '{"k":"***"}'],
    ['shows no form of one', 'k=a%20b%2Fcdef', headers({ k: 'a b/cdef' }), undefined, 'k=***'],
    ['shows none that holds another', 'abcdef abcdefgh', headers({ a: 'abcdef', b: 'abcdefgh' }), undefined, '*** ***'],
    ['shows not even the beginning of one', 'k=secr', headers({ k: 'secret-1' }), undefined, 'k=***'],
    ['may end like one by chance', 'k=sec', headers({ k: 'secret-1' }), undefined, 'k=sec'],
    ['is not changed by an empty password', 'abc', message({ auth: { ...basic, password: '' } }), 'Basic bWU6', 'abc'],
  ])('%s', (_, text, its, authorization, expected) => {
    expect(withoutSecrets(text, its, authorization)).toBe(expected);
  });
});
