import { describe, expect, it } from 'vitest';
import { parseableByJavaNetUri } from './java-uri.js';

describe('parseableByJavaNetUri', () => {
  it.each([
    '',
    'foo',
    '//host/x',
    '/path',
    '?q',
    '#f',
    'ftp://x',
    'mailto:a@b',
    'javascript:alert(1)',
    'http://host',
    'http://host/',
    'http://host:8080/a/b;c=d?e=f&g=[h]#i',
    'http://host:/x',
    'http://user:secret@host/x',
    'http://under_score/x',
    'http://a..b/',
    'http:///x',
    'http:/x',
    'http:x',
    'http://[::1]:8080/',
    'http://user@[::1]/',
    'http://[fe80::1%25eth0]/',
    'http://host/é/日本/😀',
    'http://hóst/',
    'http://host/caf%C3%A9',
    'https://h/x?cb=$TASK_ID;$DEPLOY_ID',
    'https://$REQUEST_ID.example.com/',
    "http://h/~a!b*c'd(e)",
    'http://host:99999/',
    'http://host:port/',
  ])('takes %j', (uri) => {
    expect(parseableByJavaNetUri(uri)).toBe(true);
  });

  it.each([
    ' ',
    'http://host/a b',
    ' http://host/',
    'http://host/ ',
    'http://host/{id}',
    '{}',
    'http://host/%zz',
    'http://host/%4',
    'http://host/%',
    'http://',
    '//',
    'http:',
    'http:#f',
    '://host',
    '1http://host',
    'ht_tp://host',
    ':x',
    'http://host/a|b',
    'http://host/a^b',
    'http://host/a\\b',
    'http://host/"',
    'http://host/<a>',
    'http://host/`',
    'http://host/a\tb',
    'http://host/\n',
    'http://host/\u0000',
    'http://host/\u007f',
    'http://host/\u0085',
    'http://host/\u00a0',
    'http://host/\u2003',
    'http://host/[x]',
    'http://[::1/',
    'http://::1]/',
    'http://[nonsense]/',
    'http://[::1]x/',
    'http://ho st/',
    'http://h/#a#b',
  ])('refuses %j', (uri) => {
    expect(parseableByJavaNetUri(uri)).toBe(false);
  });

  it('answers long nonsense at once', () => {
    expect(parseableByJavaNetUri(`http://${'a:@'.repeat(100_000)}{`)).toBe(false);
  });
});
