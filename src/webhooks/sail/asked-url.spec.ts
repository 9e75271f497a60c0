import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import rest from '../../../test/fixtures/sail/rest-api.json' with { type: 'json' };
import { readAskedUrls } from './asked-url.js';

const HOOK = '/v1/applications/toto/hook';
const ask = (value: string) => readAskedUrls(`${HOOK}?url=${value}`);
const once = encodeURIComponent;
const twice = (text: string) => once(once(text));

describe('the url asked for', () => {
  it("is read out of what Sail's command line sends", () => {
    const query = rest.webhooks.flatMap(({ query_raw: raw }) => raw ?? []);
    expect(query.map((raw) => readAskedUrls(`${HOOK}?${raw}`))).toEqual([['http://www.endpoint.com/hook']]);
  });

  it.each([
    'http://h/x?a=b&c=d',
    'http://h/a%2Fb',
    'http://h/a%252Fb',
    'http://u:p%40w@h/',
    'http://h/a+b',
    'http://h/?x=%26',
    'http://h/#x&url=y',
  ])('%s comes first, however often it is encoded', (url) => {
    expect(ask(url)[0]).toBe(url);
    expect(ask(once(url))[0]).toBe(url);
    expect(ask(twice(url))[0]).toBe(url);
  });

  it('is found among other parameters, when it is encoded', () => {
    expect(readAskedUrls(`${HOOK}?stream=true&url=${twice('http://h/x')}&v=1`)).toEqual(['http://h/x']);
  });

  it('is found where : and / are left as they are', () => {
    expect(ask('http://h/a%3Fb%26c')).toContain('http://h/a?b&c');
    expect(ask('http:%2F%2Fh%2Fa%252Fb')[0]).toBe('http://h/a%2Fb');
  });

  it.each(['h/x', '%zz', 'http%3A', '%25252525'])('is none in %s', (value) => {
    expect(ask(value)).toEqual([]);
  });

  it.each([HOOK, `${HOOK}?`, `${HOOK}?url=`, `${HOOK}?xurl=http://h/`])('is missed in %s', (target) => {
    expect(() => readAskedUrls(target)).toThrow('url is missing: write ?url= and the url of a webhook');
  });

  it('is any url, encoded as it may be', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        for (const value of [url, once(url), twice(url)]) expect(ask(value)[0]).toBe(url);
      }),
    );
  });
});
