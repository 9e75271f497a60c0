import { describe, expect, it } from 'vitest';
import { Reach } from '../../egress/reach.js';
import { egressWith, resolving } from '../../../test/setup/egress.js';
import vectors from '../../../test/fixtures/sail/url-validation-vectors.json' with { type: 'json' };
import { hookKey, readHookUrl, urlOf } from './hook-url.js';

const reachWith = (lists: { allow?: string[]; deny?: string[] }) => new Reach(egressWith(lists), resolving({}));
const DEFAULT = reachWith({});
const read = (url: unknown, reach = DEFAULT) => readHookUrl(Buffer.from(JSON.stringify({ url })), reach);
/** What is said of a url that can't be taken; null: nothing. */
function problemOf(url: unknown, reach = DEFAULT): string | null {
  try {
    read(url, reach);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
const listed = (url: string) => {
  const { uri, authorization } = read(url);
  return urlOf({ uri, headers: authorization === null ? null : { Authorization: authorization } });
};
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** What the contract leaves open: the default egress denies private addresses, and a url may bear credentials. */
const DECIDED: Record<string, boolean> = { 'http://10.0.0.5/x': false, 'http://user:pw@ovh.com/x': true };

describe('the url of a hook', () => {
  it.each(vectors)('$url is taken: $accepted, by $basis', ({ url, accepted }) => {
    expect(problemOf(url) === null).toBe(accepted ?? DECIDED[url]);
  });

  it.each([
    'HTTP://OVH.com/x',
    'https://ovh.com:1/',
    'http://ovh.com:65535/a?b=c&d#e',
    'http://localhost.example/x',
    'http://notlocalhost/x',
    'http://8.8.8.8/x',
    'http://[2001:4860:4860::8888]/x',
  ])('may be %s, and is listed as it was given', (url) => {
    expect(listed(url)).toBe(url);
  });

  it.each([
    'HTTP://LOCALHOST/x',
    'http://LocalHost:80/x',
    'http://a.localhost/x',
    'http://a.b.LOCALHOST./x',
    'http://localhost../x',
    'http://%6c%6f%63alhost/x',
    'http://ｌｏｃａｌｈｏｓｔ/x',
    'http://127.0.0.1/x',
    'http://127.0.0.1./x',
    'http://127.1/x',
    'http://0x7f.1/x',
    'http://0177.0.0.1/x',
    'http://0/x',
    'http://0.0.0.0/x',
    'http://169.254.169.254/latest',
    'http://[::]/x',
    'http://[::ffff:127.0.0.1]/x',
    'http://[::ffff:7f00:1]/x',
    'http://[0:0:0:0:0:0:0:1]/x',
    'http://[fe80::1]/x',
    'http://[64:ff9b::7f00:1]/x',
    'http://user:pw@localhost/x',
    'http://user:pw@127.0.0.1/x',
    'http://192.168.0.1/x',
    'http://[fd00::1]/x',
  ])('is refused where egress refuses its address: %s', (url) => {
    expect(problemOf(url)).toMatch(/^url: .*, which egress refuses: /);
  });

  it.each([
    ['http://ovh.com:0/', 'url: The port is 0: write one from 1 to 65535'],
    ['http://a b/', 'url: The uri holds a blank or a control character: write %20 for a blank'],
    ['http://h\\@localhost/', 'url: The uri holds a backslash: write / between its parts, or %5C'],
    ['//ovh.com/x', 'url: The uri is not absolute: write it from http:// or https:// on'],
    [`http://h/${'x'.repeat(2_000)}`, 'url: The uri has 2009 characters: write at most 2000'],
    [7, 'url is missing: write {"url": "http://…"}'],
    [null, 'url is missing: write {"url": "http://…"}'],
  ])('is refused: %s', (url, problem) => {
    expect(problemOf(url)).toBe(problem);
  });

  it.each(['', '[]', '"http://h/"', '{', 'null'])('is missed in the body %j', (text) => {
    expect(() => readHookUrl(Buffer.from(text), DEFAULT)).toThrow(/^(body: write|url is missing: write) \{"url"/);
  });

  it('may be local where egress allows that', () => {
    const reach = reachWith({ allow: ['127.0.0.0/8', '10.0.0.0/8'], deny: ['10.0.0.5'] });
    for (const url of ['http://localhost:8099/', 'http://a.localhost/', 'http://127.0.0.1/', 'http://10.0.0.6/'])
      expect([url, problemOf(url, reach)]).toEqual([url, null]);
    expect(problemOf('http://[::1]/', reach)).toContain('loopback');
    expect(problemOf('http://10.0.0.5/', reach)).toBe(
      'url: The host is 10.0.0.5, which egress refuses: named by egress.deny',
    );
  });
});

describe('the credentials in a url', () => {
  it.each([
    ['http://user:pw@h/x', 'user:pw'],
    ['http://user@h/x', 'user:'],
    ['http://:token@h/x', ':token'],
    ['http://u%40b:p%3Aw%2F@h:8080/a@b?c@d', 'u@b:p:w/'],
    ["http://a$b!c'd(e)f*g,h;i=j:k+l&m@h/", "a$b!c'd(e)f*g,h;i=j:k+l&m"],
    ['http://%C3%A9:%F0%9F%98%80@h/', 'é:😀'],
    ['HTTPS://u:p@H/x', 'u:p'],
  ])('of %s are sent as HTTP Basic, and listed as they were given', (url, text) => {
    const { uri, authorization } = read(url);
    expect(authorization).toBe(basic(text));
    expect(uri).toBe(url.replace(/\/\/[^@]*@/, '//'));
    expect(listed(url)).toBe(url);
  });

  it.each([
    'http://@h/',
    'http://:@h/',
    'http://a@b@h/',
    'http://a%3Ab:c@h/',
    'http://a%0Ab:c@h/',
    'http://a%zz@h/',
    'http://%ff@h/',
    'http://é@h/',
    `http://${'x'.repeat(4_000)}@h/`,
  ])('are refused: %s', (url) => {
    expect(problemOf(url)).toMatch(/^url: What precedes the @ is no user:password: /);
  });

  it('are in no key, in no message', () => {
    const { key, uri } = read('http://user:hunter2@h/');
    expect(`${key}${uri}`).not.toContain('hunter2');
    expect(problemOf('http://user:hunter2@localhost/')).not.toContain('hunter2');
    expect(problemOf('http://us%3Aer:hunter2@h/')).not.toContain('hunter2');
  });
});

describe('the key of a url', () => {
  it('is the same for every password, and another for everything else', () => {
    const urls = ['http://h/', 'http://h', 'http://h/x', 'https://h/', 'http://u@h/', 'http://v@h/', 'http://u@h/x'];
    expect(new Set(urls.map(hookKey)).size).toBe(urls.length);
    for (const url of ['http://u:a@h/', 'http://u:b@h/', 'http://%75:a@h/'])
      expect(hookKey(url)).toBe(hookKey('http://u@h/'));
  });

  it('is that of the hook, and none where no hook can have the url', () => {
    expect(read('http://u:p%40@h/').key).toBe(hookKey('http://u:p%40@h/'));
    expect(hookKey('http://%zz@h/')).toBeNull();
  });
});
