import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors/errors.js';
import { compileRules, forbiddenReason } from './address.js';

const none = compileRules({ allow: [], deny: [] });

describe('forbiddenReason', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001:81b::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:808:808::1',
    '2001:0:808:808::f7f7:f7f7',
  ])('lets %s pass', (ip) => {
    expect(forbiddenReason(ip, none)).toBeNull();
  });

  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.255.255.255', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['0x7f.1', 'loopback'],
    ['2130706433', 'loopback'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.0', 'carrier-grade NAT'],
    ['100.127.255.255', 'carrier-grade NAT'],
    ['169.254.0.1', 'link-local'],
    ['169.254.169.254', 'cloud metadata'],
    ['169.254.170.2', 'cloud metadata'],
    ['168.63.129.16', 'cloud metadata'],
    ['100.100.100.200', 'cloud metadata'],
    ['192.0.0.192', 'cloud metadata'],
    ['192.0.0.1', 'IETF'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.255', 'documentation'],
    ['192.88.99.1', '6to4 relay'],
    ['198.18.0.0', 'benchmarking'],
    ['198.19.255.255', 'benchmarking'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.0', 'reserved'],
    ['255.255.255.254', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['192.175.48.1', 'as112'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::2', 'unassigned'],
    ['::7f00:1', 'unassigned'],
    ['::127.0.0.1', 'loopback'],
    ['4000::1', 'unassigned'],
    ['fc00::1', 'unique local'],
    ['fdff::1', 'unique local'],
    ['fd00:ec2::254', 'cloud metadata'],
    ['fd20:ce::254', 'cloud metadata'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['100::1', 'discard'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['2001:2::1', 'IETF'],
    ['2001:10::1', 'IETF'],
    ['5f00::1', 'segment routing'],
    ['::ffff:0:8.8.8.8', 'translated IPv4'],
    ['64:ff9b:1::808:808', 'local NAT64'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'cloud metadata'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'cloud metadata'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a00:1::1', 'private'],
    ['2001:0:7f00:1::f7f7:f7f7', 'loopback'],
    ['2001:0:808:808::80ff:fffe', 'loopback'],
    ['localhost', 'no IP address'],
    ['', 'no IP address'],
    ['1.2.3.4.5', 'no IP address'],
  ])('forbids %s as %s', (ip, reason) => {
    expect(forbiddenReason(ip, none)).toMatch(new RegExp(`^${reason}`));
  });

  it.each([
    ['10.1.2.3', true],
    ['10.2.0.0', false],
    ['192.168.1.7', true],
    ['192.168.1.8', false],
    ['fd00::5', true],
    ['fd01::5', false],
    ['::ffff:10.1.2.3', true],
    ['64:ff9b::a01:203', true],
    ['8.8.8.8', true],
  ])('with rules that allow some: %s passes: %s', (ip, passes) => {
    const rules = compileRules({ allow: ['10.1.0.0/16', '192.168.1.7', 'fd00::/16'], deny: [] });
    expect(forbiddenReason(ip, rules) === null).toBe(passes);
  });

  it.each(['10.1.2.3', '8.8.8.8', '::ffff:8.8.8.8', '2002:808:808::1', '2606:4700::1'])(
    'deny wins over allow and over public: %s',
    (ip) => {
      const rules = compileRules({ allow: ['0.0.0.0/0', '::/0'], deny: ['10.0.0.0/8', '8.8.8.8', '2606::/16'] });
      expect(forbiddenReason(ip, rules)).toBe('named by egress.deny');
    },
  );
});

describe('compileRules', () => {
  it.each(['', 'localhost', '10/8', '10.0.0.0/33', '10.0.0.0/', 'fd00::/129', '10.0.0.0/8/8', '2130706433'])(
    'refuses %j with its key',
    (entry) => {
      const compile = () => compileRules({ allow: ['127.0.0.0/8', entry], deny: [] });
      expect(compile).toThrow(ConfigError);
      expect(compile).toThrow(/^egress\.allow\[1\] /);
    },
  );
});
