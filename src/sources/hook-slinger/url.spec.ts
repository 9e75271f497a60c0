import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isUrl } from './url.js';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/fixtures/hook-slinger/${name}`, import.meta.url), 'utf8')) as unknown;
const vectors = read('url-validation-vectors.json') as { url: string; valid: boolean }[];
const { rows } = read('django-urls.json') as { rows: [url: string, valid: boolean][] };

it.each([...vectors.map(({ url, valid }) => [url, valid] as const), ...rows])(
  'takes what Hook Slinger takes for a URL: %j, %s',
  (url, valid) => {
    expect(isUrl(url)).toBe(valid);
  },
);

it.each(['http://１２７.0.0.1', 'http://١.١.١.١', 'http://examp\u017fle.com', 'http://\u212aelvin.com'])(
  'takes digits and letters of ASCII only: %j',
  (url) => {
    expect(isUrl(url)).toBe(false);
  },
);

it('takes hosts whose names could be looked up, and none that would fill an index', () => {
  expect(isUrl(`http://${'a.'.repeat(120)}bc/${'x'.repeat(10_000)}`)).toBe(true);
  expect(isUrl(`http://${'a.'.repeat(250)}bc/`)).toBe(false);
  expect(isUrl(`http://a.bc:${'9'.repeat(500)}/`)).toBe(false);
});

it('is quick to refuse what almost fits', () => {
  const startedAt = performance.now();
  expect(isUrl(`http://${'a'.repeat(1_000_000)}!`)).toBe(false);
  expect(isUrl(`http://${'a-'.repeat(500_000)}.!`)).toBe(false);
  expect(isUrl(`http://${'a.'.repeat(500_000)}!`)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
