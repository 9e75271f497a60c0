import { expect, it } from 'vitest';
import { proxyFor } from './proxy.js';

const proxied = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.url.host ?? null;

it.each([
  ['http://h/x', {}, null],
  ['http://h/x', { HTTP_PROXY: 'http://p:3128' }, 'p:3128'],
  ['http://h/x', { http_proxy: 'http://low:1', HTTP_PROXY: 'http://up:2' }, 'low:1'],
  ['http://h/x', { http_proxy: 'p:3128' }, 'p:3128'],
  ['http://h/x', { HTTPS_PROXY: 'http://p:3128' }, null],
  ['https://h/x', { HTTPS_PROXY: 'http://p:3128' }, 'p:3128'],
  ['https://h/x', { ALL_PROXY: 'http://p:3128' }, 'p:3128'],
  ['http://h/x', { HTTP_PROXY: '' }, null],
])('finds the proxy to %s in %j', (url, env, host) => {
  expect(proxied(url, env)).toBe(host);
});

it.each([
  ['http://h.example.com/', 'example.com', true],
  ['http://h.example.com/', '.example.com', true],
  ['http://h.example.com/', '*.example.com', true],
  ['http://badexample.com/', 'example.com', false],
  ['http://EXAMPLE.com/', 'other,example.COM', true],
  ['http://h:8080/', 'h:8080', true],
  ['http://h:8080/', 'h:80', false],
  ['http://h/', 'h:80', true],
  ['http://h/', '*', true],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://127.0.0.1:9/', '127.0.0.1', true],
  ['http://[::1]:9/', '::1', true],
  ['http://[fd00::7]/', 'fd00::/8', true],
  ['http://h/', '10.0.0.0/99 , h', true],
  ['http://h/', '', false],
])('goes to %s without it where no_proxy is %j: %j', (url, noProxy, isExempt) => {
  expect(proxied(url, { http_proxy: 'http://p:1', NO_PROXY: noProxy }) === null).toBe(isExempt);
});

it('keeps the credentials of the proxy for the proxy', () => {
  const proxy = proxyFor(new URL('http://h/'), { http_proxy: 'http://me:p%40ss@p:1' });
  expect(proxy?.headers).toEqual({ 'Proxy-Authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}` });
});

it('refuses proxies of other kinds', () => {
  expect(() => proxied('http://h/', { http_proxy: 'socks5://p:1' })).toThrow('http_proxy names no http or https proxy');
});
