import { describe, expect, it } from 'vitest';
import type { EgressConfig } from '../config/config.js';
import { Secret } from '../config/secret.js';
import { egressWith, resolving } from '../../test/setup/egress.js';
import type { Resolve } from './connector.js';
import { Reach } from './reach.js';

const NAMES = { 'inside.test': [['10.0.0.1']], 'outside.test': [['8.8.8.8']], 'mixed.test': [['8.8.8.8', '10.0.0.1']] };
const problemOf = (uri: string, config: Partial<EgressConfig> = {}, onlyTo?: string[]) =>
  new Reach(egressWith(config), resolving(NAMES)).problem(uri, onlyTo);

describe('a uri that is registered', () => {
  it.each([
    'https://outside.test/x',
    'https://8.8.8.8/x',
    'https://[2606:4700::1111]/x',
    'https://outside.test/$REQUEST_ID',
    'https://nowhere.test/',
    'http://localhost.example/',
    'arn:aws:sns:eu-west-1:123456789012:updates',
    'no uri: others say so',
  ])('is taken: %s', async (uri) => {
    expect(await problemOf(uri)).toBeNull();
  });

  it.each([
    ['http://10.0.0.5/x', 'The host is 10.0.0.5, which egress refuses: private (RFC 1918)'],
    ['http://0x7f.1/', 'The host is 127.0.0.1, which egress refuses: loopback (RFC 1122)'],
    ['http://2130706433/', 'The host is 127.0.0.1, which egress refuses: loopback (RFC 1122)'],
    ['http://127.1/', 'The host is 127.0.0.1, which egress refuses: loopback (RFC 1122)'],
    ['http://[::1]/', 'The host is ::1, which egress refuses: loopback (RFC 4291)'],
    ['http://localhost:80/', 'localhost leads to 127.0.0.1, which egress refuses: loopback (RFC 1122)'],
    ['http://localhost./', 'localhost. leads to 127.0.0.1, which egress refuses: loopback (RFC 1122)'],
    ['http://a.LocalHost/', 'a.localhost leads to 127.0.0.1, which egress refuses: loopback (RFC 1122)'],
    ['http://169.254.169.254/', 'The host is 169.254.169.254, which egress refuses: cloud metadata'],
    ['http://inside.test/', 'inside.test leads to 10.0.0.1, which egress refuses: private (RFC 1918)'],
    ['http://mixed.test/', 'mixed.test leads to 10.0.0.1, which egress refuses: private (RFC 1918)'],
  ])('is refused: %s', async (uri, problem) => {
    expect(await problemOf(uri)).toBe(problem);
  });

  it('is judged by names and ports, too', async () => {
    const config = { deny: ['evil.test'], ports: [443] };
    expect(await problemOf('https://evil.test/', config)).toBe('Egress refuses evil.test: named by egress.deny');
    expect(await problemOf('http://outside.test/', config)).toBe(
      'Egress refuses outside.test: port 80 is none of egress.ports',
    );
    expect(await problemOf('https://outside.test/', config)).toBeNull();
  });

  it('is judged by the webhook’s own narrowing', async () => {
    expect(await problemOf('https://outside.test/', {}, ['8.8.8.0/24'])).toBeNull();
    expect(await problemOf('https://outside.test/', {}, ['9.9.9.0/24'])).toBe(
      "outside.test leads to 8.8.8.8, which egress refuses: not named by the webhook's onlyTo",
    );
    // Who knows where it will lead?
    expect(await problemOf('https://nowhere.test/', {}, ['9.9.9.0/24'])).toBeNull();
  });

  it('may be where allow names it', async () => {
    expect(await problemOf('http://inside.test/', { allow: ['inside.test'] })).toBeNull();
    expect(await problemOf('http://10.0.0.5/', { allow: ['10.0.0.0/8'] })).toBeNull();
  });

  it('is not looked up where a proxy does that', async () => {
    const resolve = resolving({ ...NAMES, 'direct.test': [['10.0.0.1']] });
    const proxy = new Secret('http://proxy.test:3128');
    const reach = new Reach(egressWith({ proxy, proxyResolves: true, noProxy: ['direct.test'] }), resolve);
    expect(await reach.problem('http://inside.test/')).toBeNull();
    expect(await reach.problem('http://10.0.0.1/')).toContain('private');
    expect(await reach.problem('http://direct.test/')).toContain('private');
    expect(resolve.asked).toEqual(['direct.test']);
  });
});

describe('a look-up', () => {
  it('that takes too long is not waited for, and no more than two are under way', async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const resolve: Resolve = (name, _, callback) => {
      asked.push(name);
      answers.push(() => callback(null, [{ address: '10.0.0.1', family: 4 }]));
    };
    const reach = new Reach(egressWith(), resolve, 50);
    const uris = ['a', 'b', 'c', 'd'].map((name) => `http://${name}.test/`);
    expect(await Promise.all(uris.map((uri) => reach.problem(uri)))).toEqual([null, null, null, null]);
    expect(asked).toEqual(['a.test', 'b.test']);

    // Both are overdue: nobody waits behind them.
    expect(await reach.problem('http://e.test/')).toBeNull();
    expect(asked).toHaveLength(2);

    answers.forEach((answer) => answer());
    const late = reach.problem('http://f.test/');
    answers[2]!();
    expect(await late).toContain('private');
  });

  it('takes the place of one that ends', async () => {
    const asked: string[] = [];
    const resolve: Resolve = (name, _, callback) => {
      asked.push(name);
      setImmediate(() => callback(null, [{ address: '10.0.0.1', family: 4 }]));
    };
    const reach = new Reach(egressWith(), resolve, 20_000);
    const problems = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => reach.problem(`http://${name}.test/`)));
    expect(asked).toEqual(['a.test', 'b.test']);
    expect((await problems).filter((problem) => problem?.includes('10.0.0.1'))).toHaveLength(5);
    expect(asked).toHaveLength(5);
  });
});
