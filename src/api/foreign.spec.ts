import { describe, expect, it } from 'vitest';
import { foreignnessOf, type Sent } from './foreign.js';

const OPS = 'https://ops.example.com';
const open = { origins: [], isOpen: true };
const locked = { origins: [OPS], isOpen: false };
const codeOf = (sent: Sent, homes = locked) => foreignnessOf(sent, homes)?.code ?? null;
const post = (headers: Sent['headers']) => ({ method: 'POST', headers });

describe('where no token is asked for', () => {
  it.each([
    'localhost',
    'localhost:7099',
    'LOCALHOST.',
    'a.localhost:1',
    '127.0.0.1:7099',
    '[::1]:7099',
    '[::1]',
    '192.0.2.7',
  ])('%s is this host', (host) => {
    expect(codeOf({ method: 'GET', headers: { host } }, open)).toBeNull();
  });

  it.each([
    'evil.example',
    'evil.example:7099',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.1',
    '',
  ])('«%s» is another, whatever is asked', (host) => {
    for (const method of ['GET', 'OPTIONS', 'POST'])
      expect(codeOf({ method, headers: { host } }, open)).toBe('foreign_host');
    expect(codeOf({ method: 'GET', headers: { host } }, locked)).toBeNull();
  });

  it('old clients name no host', () => {
    expect(codeOf(post({}), open)).toBeNull();
  });
});

describe('what changes something', () => {
  it.each<[string, Sent['headers']]>([
    ['no browser', { host: 'h' }],
    ['a page of this origin', { host: 'h:7099', origin: 'http://h:7099' }],
    ['one behind a proxy that encrypts', { host: 'h', origin: 'https://h' }],
    ['one with its port spelled out', { host: 'H:443', origin: 'https://h' }],
    [
      'one behind a proxy that sends another host',
      { host: '127.0.0.1:7099', origin: 'https://h', 'sec-fetch-site': 'same-origin' },
    ],
    ['its user', { host: 'h', 'sec-fetch-site': 'none' }],
    ['a page that is listed', { host: 'h', origin: OPS, 'sec-fetch-site': 'cross-site' }],
  ])('may come from %s', (_, headers) => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT']) expect(codeOf({ method, headers })).toBeNull();
  });

  it.each<[string, Sent['headers']]>([
    ['another origin', { host: 'h', origin: 'https://evil.example' }],
    ['another port', { host: 'h:7099', origin: 'http://h:8080' }],
    ['a frame or a file', { host: 'h', origin: 'null' }],
    ['a page that names this host', { host: 'h', origin: 'http://h', 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { host: 'a.example.com', origin: 'https://b.example.com', 'sec-fetch-site': 'same-site' }],
    ['a page that hides where it is', { host: 'h', 'sec-fetch-site': 'cross-site' }],
    ['what is nearly listed', { host: 'h', origin: `${OPS}.evil.example` }],
  ])('may not come from %s', (_, headers) => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT']) expect(codeOf({ method, headers })).toBe('foreign_page');
    expect(codeOf({ method: 'GET', headers })).toBeNull();
  });
});
