import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { specialsOf } from './address.js';

/** The reasons that speak against an address; empty: it is public. */
const reasonsFor = (ip: string) => specialsOf(ip)?.map(({ reason }) => reason);
/** Without how an inner address was come to. */
const firstReason = (ip: string) => reasonsFor(ip)?.[0]?.replace(/, as .*/, '');

/** The address so many steps further. */
function stepped(ip: string, steps: bigint): string {
  const bytes = ipaddr.parse(ip).toByteArray();
  const width = BigInt(bytes.length * 8);
  const number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + steps;
  const wrapped = BigInt.asUintN(Number(width), number);
  const found = bytes.map((_, index) => Number((wrapped >> (width - 8n * BigInt(index + 1))) & 0xffn));
  return ipaddr.fromByteArray(found).toString();
}

describe('a special range', () => {
  it.each([
    ['unspecified (RFC 1122)', '0.0.0.0', '0.0.0.0'],
    ['unspecified, "this network" (RFC 791)', '0.0.0.1', '0.255.255.255'],
    ['private (RFC 1918)', '10.0.0.0', '10.255.255.255'],
    ['private (RFC 1918)', '172.16.0.0', '172.31.255.255'],
    ['private (RFC 1918)', '192.168.0.0', '192.168.255.255'],
    ['carrier-grade NAT (RFC 6598)', '100.64.0.0', '100.127.255.255'],
    ['loopback (RFC 1122)', '127.0.0.0', '127.255.255.255'],
    ['link-local (RFC 3927)', '169.254.0.0', '169.254.255.255'],
    ['IETF protocol assignments (RFC 6890)', '192.0.0.0', '192.0.0.255'],
    ['documentation (RFC 5737)', '192.0.2.0', '192.0.2.255'],
    ['documentation (RFC 5737)', '198.51.100.0', '198.51.100.255'],
    ['documentation (RFC 5737)', '203.0.113.0', '203.0.113.255'],
    ['AS112 (RFC 7534, RFC 7535)', '192.31.196.0', '192.31.196.255'],
    ['AS112 (RFC 7534, RFC 7535)', '192.175.48.0', '192.175.48.255'],
    ['multicast tunnels, AMT (RFC 7450)', '192.52.193.0', '192.52.193.255'],
    ['6to4 relay (RFC 7526)', '192.88.99.0', '192.88.99.255'],
    ['benchmarking (RFC 2544)', '198.18.0.0', '198.19.255.255'],
    ['multicast (RFC 5771)', '224.0.0.0', '239.255.255.255'],
    ['reserved (RFC 1112)', '240.0.0.0', '255.255.255.254'],
    ['broadcast (RFC 919)', '255.255.255.255', '255.255.255.255'],
    ['unspecified (RFC 4291)', '::', '::'],
    ['loopback (RFC 4291)', '::1', '::1'],
    ['IPv4-compatible (RFC 4291)', '::2', '::ffff:ffff'],
    ['translated IPv4 (RFC 6145)', '::ffff:0:0:0', '::ffff:0:ffff:ffff'],
    ['local NAT64 (RFC 8215)', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
    ['discard (RFC 6666)', '100::', '100::ffff:ffff:ffff:ffff'],
    ['dummy prefix (RFC 9780)', '100:0:0:1::', '100::1:ffff:ffff:ffff:ffff'],
    ['Teredo (RFC 4380)', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['benchmarking (RFC 5180)', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
    ['multicast tunnels, AMT (RFC 7450)', '2001:3::', '2001:3:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['AS112 (RFC 7534, RFC 7535)', '2001:4:112::', '2001:4:112:ffff:ffff:ffff:ffff:ffff'],
    ['AS112 (RFC 7534, RFC 7535)', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
    ['ORCHID (RFC 4843, RFC 7343)', '2001:10::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['drone ids (RFC 9374)', '2001:30::', '2001:3f:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['IETF protocol assignments (RFC 2928)', '2001:40::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['IETF protocol assignments (RFC 2928)', '2001:1::', '2001:1:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['documentation (RFC 3849, RFC 9637)', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['documentation (RFC 3849, RFC 9637)', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['6to4 (RFC 3056)', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['6bone (RFC 3701)', '3ffe::', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['segment routing, SRv6 (RFC 9602)', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['unique local (RFC 4193)', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['link-local (RFC 4291)', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['site-local (RFC 3879)', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['multicast (RFC 4291)', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['unassigned (RFC 4291)', '4000::', '5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('is %s from %s to %s, and ends there', (reason, first, last) => {
    expect([firstReason(first), firstReason(last)]).toEqual([reason, reason]);
    expect([firstReason(stepped(first, -1n)), firstReason(stepped(last, 1n))]).not.toContain(reason);
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '169.254.42.42',
    '169.254.0.23',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    'fe80::a9fe:a9fe',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
  ])('has cloud metadata in it: %s', (ip) => {
    expect(specialsOf(ip)).toMatchObject([{ reason: 'cloud metadata', isMetadata: true }]);
    expect([firstReason(stepped(ip, -1n)), firstReason(stepped(ip, 1n))]).not.toContain('cloud metadata');
  });

  it('is as bad as metadata if it is link-local: clouds go on adding to it', () => {
    const ips = ['169.254.1.1', 'fe80::1', '10.0.0.1', '127.0.0.1', 'fd00::1'];
    const isMetadata = ips.map((ip) => specialsOf(ip)?.[0]?.isMetadata);
    expect(isMetadata).toEqual([true, true, false, false, false]);
  });
});

describe('a public address', () => {
  it.each([
    '1.0.0.0',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '168.63.129.15',
    '168.63.129.17',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '191.255.255.255',
    '192.0.1.0',
    '192.0.3.0',
    '192.31.195.255',
    '192.52.194.0',
    '192.88.98.255',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '198.51.101.0',
    '203.0.112.255',
    '223.255.255.255',
    '8.8.8.8',
    '2000::',
    '2001:200::',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
    '2003::',
    '2606:4700::1111',
    '2620:4f:8001::',
    '3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '3fff:1000::',
    '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('is %s', (ip) => {
    expect(reasonsFor(ip)).toEqual([]);
  });
});

describe('an address in another spelling', () => {
  it.each([
    ['0x7f.1', 'loopback (RFC 1122)'],
    ['0177.0.0.1', 'loopback (RFC 1122)'],
    ['2130706433', 'loopback (RFC 1122)'],
    ['127.1', 'loopback (RFC 1122)'],
    ['0xa9fea9fe', 'cloud metadata'],
    ['0', 'unspecified (RFC 1122)'],
    ['FE80::1%eth0', 'link-local (RFC 4291)'],
    ['0:0:0:0:0:0:0:1', 'loopback (RFC 4291)'],
  ])('%s is %s', (ip, reason) => {
    expect(firstReason(ip)).toBe(reason);
  });

  it.each(['', 'localhost', '1.2.3.4.5', '256.1.1.1', 'fe80::1::1', '10.0.0.0/8', '[::1]'])('%j is none', (text) => {
    expect(specialsOf(text)).toBeNull();
  });
});

describe('an address that leads to another', () => {
  it.each([
    ['::ffff:127.0.0.1', ['loopback (RFC 1122), as the mapped ::ffff:7f00:1 (RFC 4291) leads there']],
    ['::ffff:a9fe:a9fe', ['cloud metadata, as the mapped ::ffff:a9fe:a9fe (RFC 4291) leads there']],
    ['64:ff9b::7f00:1', ['loopback (RFC 1122), as NAT64 by 64:ff9b::7f00:1 (RFC 6052) leads there']],
    ['64:ff9b::a9fe:a9fe', ['cloud metadata, as NAT64 by 64:ff9b::a9fe:a9fe (RFC 6052) leads there']],
    ['64:ff9b:0:ffff:ffff:ffff:ffff:ffff', ['unassigned (RFC 4291)']],
    ['2002:808:808::1', ['6to4 (RFC 3056)']],
    ['2002:a00:1::1', ['6to4 (RFC 3056)', 'private (RFC 1918), as 6to4 by 2002:a00:1::1 (RFC 3056) leads there']],
    ['2001:0:808:808::f7f7:f7f7', ['Teredo (RFC 4380)']],
    [
      '2001:0:7f00:1::f5ff:fffe',
      [
        'Teredo (RFC 4380)',
        'loopback (RFC 1122), as Teredo by 2001:0:7f00:1::f5ff:fffe (RFC 4380) leads there',
        'private (RFC 1918), as Teredo by 2001:0:7f00:1::f5ff:fffe (RFC 4380) leads there',
      ],
    ],
    ['64:ff9b:1::808:808', ['local NAT64 (RFC 8215)']],
  ])('%s is judged by that', (ip, reasons) => {
    expect(reasonsFor(ip)).toEqual(reasons);
  });

  // RFC 6052 §2.4, with the prefix of RFC 8215.
  it.each([
    ['of 48 bits', '64:ff9b:1:a00:0:100::'],
    ['of 56 bits', '64:ff9b:1:a:0:1::'],
    ['of 64 bits', '64:ff9b:1:0:a:0:100::'],
    ['of 96 bits', '64:ff9b:1::a00:1'],
  ])('is found in a local NAT64 prefix %s', (_, ip) => {
    expect(specialsOf(ip)?.map(({ address }) => address.toString())).toContain('10.0.0.1');
  });
});
