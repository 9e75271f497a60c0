import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDestination, uriProblem } from './destination.js';

const problemOf = (uri: string) => {
  const destination = parseDestination(uri);
  return destination.ok ? null : destination.problem;
};

describe('parseDestination', () => {
  it.each([
    ['http://host', 'http://host/'],
    ['HTTPS://Host:8443/A?b=c#d', 'https://host:8443/A?b=c#d'],
    ['http://localhost:3000/webhook/task', 'http://localhost:3000/webhook/task'],
    ['http://under_score.svc.cluster.local./', 'http://under_score.svc.cluster.local./'],
    ['http://[::1]:8080/', 'http://[::1]:8080/'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['http://2130706433/', 'http://127.0.0.1/'],
    ['http://bücher.example/é', 'http://xn--bcher-kva.example/%C3%A9'],
    ['https://h/$REQUEST_ID?task=$TASK_ID', 'https://h/$REQUEST_ID?task=$TASK_ID'],
    ['https://h/a@b', 'https://h/a@b'],
    ['https://h?q=http://x@y', 'https://h/?q=http://x@y'],
    [`http://h/${'x'.repeat(1991)}`, `http://h/${'x'.repeat(1991)}`],
  ])('takes %s', (uri, href) => {
    expect(parseDestination(uri)).toEqual({ ok: true, url: new URL(href) });
  });

  it.each([
    ['', 'not absolute'],
    ['foo', 'not absolute'],
    ['//host/x', 'not absolute'],
    ['ftp://x', 'not absolute'],
    ['javascript:alert(1)', 'not absolute'],
    ['http:host', 'not absolute'],
    ['http:/host', 'not absolute'],
    ['http://', 'no valid host'],
    ['http:///x', 'no valid host'],
    ['http://?q', 'no valid host'],
    ['http://:80/', 'no valid host'],
    ['http://host:99999/', 'no valid host'],
    ['http://host:port/', 'no valid host'],
    ['http://[::g]/', 'no valid host'],
    ['http://a%20b/', 'no valid host'],
    ['http://999.1.1.1/', 'no valid host'],
    ['http://host:0/', 'port is 0'],
    ['http://user:secret@host/', 'credentials'],
    ['http://@host/', 'credentials'],
    ['http://$REQUEST_ID.example.com/', 'placeholders'],
    ['http://host:$REQUEST_ID/', 'placeholders'],
    ['http://a*b/', 'no name or address'],
    ["http://a'b/", 'no name or address'],
    ['http://host/a b', 'blank'],
    [' http://host/', 'blank'],
    ['http://ho\nst/', 'control'],
    ['http://host/\u2028', 'blank'],
    ['http://host/\0', 'control'],
    ['http://a\\@b/', 'backslash'],
    [`http://h/${'x'.repeat(65_528)}`, '65537 characters'],
  ])('refuses %j', (uri, problem) => {
    expect(problemOf(uri)).toContain(problem);
  });

  it('never throws, and what it takes it takes again', () => {
    const part = fc.oneof(
      fc.webUrl(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('http://', '@', '$', '[', '\\', '#'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const destination = parseDestination(parts.join(''));
        const again = destination.ok ? problemOf(destination.url.href) : null;
        expect(again === null || again.includes('characters')).toBe(true);
      }),
    );
  });

  it('lets nobody register what leaves no room for what placeholders become', () => {
    const longest = `http://h/${'x'.repeat(1_991)}`;
    expect([uriProblem(longest), uriProblem(`${longest}x`)]).toEqual([
      null,
      expect.stringContaining('2001 characters'),
    ]);
    expect(parseDestination(`${longest}x`).ok).toBe(true);
  });
});
