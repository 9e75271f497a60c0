import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors/errors.js';
import { narrowingOf, onlyToProblem } from './only-to.js';
import { compilePolicy, judge, judgeName, literalOf, placeOf } from './policy.js';

type Lists = { allow?: string[]; deny?: string[]; ports?: number[] | null; onlyTo?: string[] };

/** What speaks against `host:port`, which leads to `address`. */
function judged({ allow = [], deny = [], ports, onlyTo }: Lists, host: string, address: string | null, port = 443) {
  return judge({ host, port }, address, compilePolicy({ allow, deny, ports }), narrowingOf(onlyTo ?? null));
}

describe('by default', () => {
  it.each([
    ['shop.example', '8.8.8.8', null],
    ['shop.example', '2606:4700::1111', null],
    ['shop.example', '10.0.0.1', 'private (RFC 1918)'],
    ['10.0.0.1', '10.0.0.1', 'private (RFC 1918)'],
    ['localhost', '127.0.0.1', 'loopback (RFC 1122)'],
    ['shop.example', 'fe80::1%eth0', 'link-local (RFC 4291)'],
    ['shop.example', 'nonsense', 'no IP address'],
  ])('%s at %s: %s', (host, address, reason) => {
    expect(judged({}, host, address)).toBe(reason);
  });
});

describe('allow', () => {
  it.each<[entry: string, host: string, address: string, port: number, passes: boolean]>([
    ['10.0.0.0/8', 'a.test', '10.1.2.3', 443, true],
    ['10.0.0.0/8', 'a.test', '11.0.0.0', 443, true],
    ['10.0.0.0/8', 'a.test', '192.168.0.1', 443, false],
    ['10.1.2.3', 'a.test', '10.1.2.3', 443, true],
    ['10.1.2.3', 'a.test', '10.1.2.4', 443, false],
    ['10.1.2.3:9000', 'a.test', '10.1.2.3', 9000, true],
    ['10.1.2.3:9000', 'a.test', '10.1.2.3', 9001, false],
    ['[fd00::1]:8443', 'a.test', 'fd00::1', 8443, true],
    ['[fd00::1]:8443', 'a.test', 'fd00::1', 443, false],
    ['hooks.internal', 'hooks.internal', '10.1.2.3', 443, true],
    ['hooks.internal', 'HOOKS.internal.', '127.0.0.1', 443, true],
    ['hooks.internal', 'hooks.internal.example', '10.1.2.3', 443, false],
    ['hooks.internal', 'x.hooks.internal', '10.1.2.3', 443, false],
    ['hooks.internal:8443', 'hooks.internal', '10.1.2.3', 443, false],
    ['*.svc.cluster.local', 'a.b.svc.cluster.local', '10.1.2.3', 443, true],
    ['*.svc.cluster.local', 'svc.cluster.local', '10.1.2.3', 443, false],
    ['*.svc.cluster.local', 'evilsvc.cluster.local', '10.1.2.3', 443, false],
    [':8443', 'a.test', '10.1.2.3', 8443, true],
    [':8443', 'a.test', '10.1.2.3', 443, false],
    [':8000-8999', 'a.test', '10.1.2.3', 8999, true],
    // An address that leads to another is judged by both.
    ['10.0.0.0/8', 'a.test', '::ffff:10.1.2.3', 443, true],
    ['10.0.0.0/8', 'a.test', '64:ff9b::a01:203', 443, true],
    ['64:ff9b::/96', 'a.test', '64:ff9b::a01:203', 443, false],
    ['64:ff9b:1::/48', 'a.test', '64:ff9b:1::808:808', 443, true],
    ['64:ff9b:1::/48', 'a.test', '64:ff9b:1::a01:203', 443, false],
    ['2002::/16', 'a.test', '2002:808:808::1', 443, true],
    ['2002::/16', 'a.test', '2002:a00:1::1', 443, false],
    ['10.0.0.0/8', 'a.test', '2002:a00:1::1', 443, false],
  ])('%s lets %s at %s:%d pass: %s', (entry, host, address, port, passes) => {
    expect(judged({ allow: [entry] }, host, address, port) === null).toBe(passes);
  });

  it.each([
    ['hooks.internal', 'cloud metadata'],
    [':443', 'cloud metadata'],
    ['10.0.0.0/8', 'cloud metadata'],
    ['169.254.169.254:80', 'cloud metadata'],
    ['169.254.169.254', null],
    ['169.254.0.0/16', null],
  ])('lets metadata pass only if it names the address: %s', (entry, reason) => {
    expect(judged({ allow: [entry] }, 'hooks.internal', '169.254.169.254')).toBe(reason);
  });

  it.each(['169.254.9.9', 'fe80::1', '::ffff:169.254.169.254', '168.63.129.16'])(
    'does not let %s pass for its name',
    (address) => {
      expect(judged({ allow: ['hooks.internal', ':443'] }, 'hooks.internal', address)).not.toBeNull();
    },
  );
});

describe('deny', () => {
  it.each<[entry: string, host: string, address: string | null]>([
    ['8.8.8.8', 'a.test', '8.8.8.8'],
    ['8.8.8.8', 'a.test', '::ffff:8.8.8.8'],
    ['8.8.8.8', 'a.test', '64:ff9b::808:808'],
    ['8.8.8.8', 'a.test', '64:ff9b:1::808:808'],
    ['10.0.0.0/8', 'a.test', '10.1.2.3'],
    ['2606::/16', 'a.test', '2606:4700::1'],
    ['evil.example', 'EVIL.example.', '8.8.8.8'],
    ['*.evil.example', 'a.evil.example', null],
    [':443', 'a.test', '8.8.8.8'],
    ['8.8.8.0/24:443', 'a.test', '8.8.8.8'],
  ])('of %s wins over all that is allowed, and over what is public: %s at %s', (entry, host, address) => {
    const allow = ['0.0.0.0/0', '::/0', ':443', host];
    expect(judged({ allow, deny: [entry] }, host, address)).toBe('named by egress.deny');
  });

  it('says nothing of other hosts, addresses and ports', () => {
    const deny = ['evil.example:444', '8.8.8.8', ':25', '9.9.9.9:80'];
    expect(judged({ deny }, 'evil.example', '9.9.9.9')).toBeNull();
  });
});

describe('ports', () => {
  it.each([
    [null, 25, null],
    [[443, 8443], 8443, null],
    [[443, 8443], 80, 'port 80 is none of egress.ports'],
  ])('%j: %d', (ports, port, reason) => {
    expect(judged({ ports }, 'a.test', '8.8.8.8', port)).toBe(reason);
  });

  it('hold for what allow names, too', () => {
    expect(judged({ ports: [443], allow: ['10.0.0.1:9000'] }, 'a.test', '10.0.0.1', 9000)).toMatch(/^port 9000/);
  });
});

describe('onlyTo', () => {
  const NOT_NAMED = "not named by the webhook's onlyTo";

  it.each<[string[], host: string, address: string | null, port: number, reason: string | null]>([
    [['8.8.8.0/24'], 'a.test', '8.8.8.8', 443, null],
    [['8.8.8.0/24'], 'a.test', '8.8.4.4', 443, NOT_NAMED],
    [['a.test:443'], 'a.test', '8.8.4.4', 443, null],
    [['a.test:443'], 'a.test', '8.8.4.4', 444, NOT_NAMED],
    [['a.test:443', ':444'], 'b.test', '8.8.4.4', 444, null],
    [['*.a.test'], 'b.a.test', '8.8.4.4', 443, null],
    [['8.8.8.0/24'], 'a.test', null, 443, NOT_NAMED],
    [['a.test'], 'a.test', null, 443, null],
    [['8.8.8.8'], 'a.test', '64:ff9b::808:808', 443, NOT_NAMED],
    [[], 'a.test', '8.8.8.8', 443, NOT_NAMED],
  ])('%j, %s at %s:%d: %s', (onlyTo, host, address, port, reason) => {
    expect(judged({ onlyTo }, host, address, port)).toBe(reason);
  });

  it('only narrows: it allows nothing', () => {
    expect(judged({ onlyTo: ['10.0.0.0/8'] }, 'a.test', '10.0.0.1')).toBe('private (RFC 1918)');
    expect(judged({ onlyTo: ['a.test'], deny: ['a.test'] }, 'a.test', '8.8.8.8')).toBe('named by egress.deny');
    expect(judged({ onlyTo: ['a.test'], ports: [80] }, 'a.test', '8.8.8.8')).toMatch(/^port 443/);
  });

  it('lets nothing through that can no longer be read', () => {
    expect(judged({ onlyTo: ['no entry'] }, 'a.test', '8.8.8.8')).toBe(NOT_NAMED);
  });

  it('says what is wrong with an entry', () => {
    expect(onlyToProblem('8.8.8.0/24')).toBeNull();
    expect(onlyToProblem('8.8.8.0/33')).toMatch(/^ is none of what it can be: write an address or a CIDR, /);
  });
});

describe('where a proxy looks names up', () => {
  it.each([
    ['shop.example', null],
    ['10.0.0.1', 'private (RFC 1918)'],
    ['::1', 'loopback (RFC 4291)'],
    ['localhost', 'loopback (RFC 1122)'],
    ['a.LOCALHOST.', 'loopback (RFC 1122)'],
  ])('%s is judged without its addresses: %s', (host, reason) => {
    expect(judged({}, host, null)).toBe(reason);
  });
});

it('is told before a look-up what rules say of the name and the port', () => {
  const policy = compilePolicy({ allow: [], deny: ['evil.example', '10.0.0.0/8'], ports: [443] });
  expect(judgeName({ host: 'evil.example', port: 443 }, policy)).toBe('named by egress.deny');
  expect(judgeName({ host: 'a.test', port: 80 }, policy)).toBe('port 80 is none of egress.ports');
  expect(judgeName({ host: 'a.test', port: 443 }, policy)).toBeNull();
});

it.each([
  ['http://0x7f.1/', '127.0.0.1', 80],
  ['https://2130706433/', '127.0.0.1', 443],
  ['http://127.1:8080/', '127.0.0.1', 8080],
  ['http://[::1]:81/', '::1', 81],
  ['http://LOCALHOST./', '127.0.0.1', 80],
  ['http://x.localhost/', '127.0.0.1', 80],
  ['http://%6c%6f%63alhost/', '127.0.0.1', 80],
  ['http://127。0。0。1/', '127.0.0.1', 80],
  ['http://localhost.example/', null, 80],
  ['https://bücher.example/', null, 443],
])('%s names the address %s', (url, address, port) => {
  const place = placeOf(new URL(url));
  expect([literalOf(place.host), place.port]).toEqual([address, port]);
});

it.each(['', '10/8', '10.0.0.0/33', '2130706433', 'http://hooks.internal'])(
  'an entry such as %j is refused with its key',
  (entry) => {
    const compile = () => compilePolicy({ allow: ['127.0.0.0/8', entry], deny: [] });
    expect(compile).toThrow(ConfigError);
    expect(compile).toThrow(/^egress\.allow\[1\] is /);
  },
);
