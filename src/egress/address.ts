import ipaddr from 'ipaddr.js';
import type { Address, Range } from '../config/egress-entry.js';

/** Why nothing may be sent to an address, unless a rule names it. */
export interface Special {
  /** The one that the reason is about: the address itself, or one that packets to it end at. */
  address: Address;
  /** With the RFC that says so. */
  reason: string;
  /** Clouds hand out credentials there: a rule has to name the address, a name that leads to it won't do. */
  isMetadata: boolean;
}

/**
 * Instance metadata and the like, by exact address; all but the last ones would be refused as link-local, private or
 * shared anyway. The rest of what is link-local counts as such, too: clouds go on adding to it.
 */
const METADATA = ranges([
  '169.254.169.254/32', // most clouds
  'fe80::a9fe:a9fe/128', // OpenStack over IPv6
  'fd00:ec2::254/128', // EC2 over IPv6
  'fd20:ce::254/128', // GCP over IPv6
  'fd00:c1::a9fe:a9fe/128', // Oracle Cloud over IPv6
  '169.254.42.42/32', // Scaleway
  'fd00:42::42/128', // the same over IPv6
  '169.254.0.23/32', // Tencent Cloud
  '169.254.170.2/32', // ECS
  '169.254.170.23/32', // EKS Pod Identity
  'fd00:ec2::23/128', // the same over IPv6
  '100.100.100.200/32', // Alibaba Cloud
  '192.0.0.192/32', // Oracle Cloud
  '168.63.129.16/32', // Azure; publicly routed by its look
]);

const LINK_LOCAL = ranges(['169.254.0.0/16', 'fe80::/10']);

/**
 * What is not plainly public, after IANA's registries of special-purpose addresses for IPv4 and IPv6, the narrower range
 * first. Some of these are routed (AS112, AMT), but nobody's receiver stands there.
 */
const SPECIAL: ReadonlyArray<[reason: string, Range[]]> = [
  ['unspecified (RFC 1122)', ranges(['0.0.0.0/32'])],
  ['unspecified, "this network" (RFC 791)', ranges(['0.0.0.0/8'])],
  ['private (RFC 1918)', ranges(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'])],
  ['carrier-grade NAT (RFC 6598)', ranges(['100.64.0.0/10'])],
  ['loopback (RFC 1122)', ranges(['127.0.0.0/8'])],
  ['link-local (RFC 3927)', ranges(['169.254.0.0/16'])],
  ['IETF protocol assignments (RFC 6890)', ranges(['192.0.0.0/24'])],
  ['documentation (RFC 5737)', ranges(['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'])],
  ['AS112 (RFC 7534, RFC 7535)', ranges(['192.31.196.0/24', '192.175.48.0/24'])],
  ['multicast tunnels, AMT (RFC 7450)', ranges(['192.52.193.0/24', '2001:3::/32'])],
  ['6to4 relay (RFC 7526)', ranges(['192.88.99.0/24'])],
  ['benchmarking (RFC 2544)', ranges(['198.18.0.0/15'])],
  ['multicast (RFC 5771)', ranges(['224.0.0.0/4'])],
  ['broadcast (RFC 919)', ranges(['255.255.255.255/32'])],
  ['reserved (RFC 1112)', ranges(['240.0.0.0/4'])],

  ['unspecified (RFC 4291)', ranges(['::/128'])],
  ['loopback (RFC 4291)', ranges(['::1/128'])],
  ['IPv4-compatible (RFC 4291)', ranges(['::/96'])],
  ['translated IPv4 (RFC 6145)', ranges(['::ffff:0:0:0/96'])],
  ['local NAT64 (RFC 8215)', ranges(['64:ff9b:1::/48'])],
  ['discard (RFC 6666)', ranges(['100::/64'])],
  ['dummy prefix (RFC 9780)', ranges(['100:0:0:1::/64'])],
  ['Teredo (RFC 4380)', ranges(['2001::/32'])],
  ['benchmarking (RFC 5180)', ranges(['2001:2::/48'])],
  ['AS112 (RFC 7534, RFC 7535)', ranges(['2001:4:112::/48', '2620:4f:8000::/48'])],
  ['ORCHID (RFC 4843, RFC 7343)', ranges(['2001:10::/28', '2001:20::/28'])],
  ['drone ids (RFC 9374)', ranges(['2001:30::/28'])],
  ['IETF protocol assignments (RFC 2928)', ranges(['2001::/23'])],
  ['documentation (RFC 3849, RFC 9637)', ranges(['2001:db8::/32', '3fff::/20'])],
  ['6to4 (RFC 3056)', ranges(['2002::/16'])],
  ['6bone (RFC 3701)', ranges(['3ffe::/16'])],
  ['segment routing, SRv6 (RFC 9602)', ranges(['5f00::/16'])],
  ['unique local (RFC 4193)', ranges(['fc00::/7'])],
  ['link-local (RFC 4291)', ranges(['fe80::/10'])],
  ['site-local (RFC 3879)', ranges(['fec0::/10'])],
  ['multicast (RFC 4291)', ranges(['ff00::/8'])],
];

/** All of IPv6 that is handed out for the public internet (RFC 4291 §2.4). */
const GLOBAL_UNICAST = ranges(['2000::/3']);
const MAPPED = ranges(['::ffff:0:0/96']);
const NAT64 = ranges(['64:ff9b::/96']);
const LOCAL_NAT64 = ranges(['64:ff9b:1::/48']);
const SIX_TO_FOUR = ranges(['2002::/16']);
const TEREDO = ranges(['2001::/32']);
/** What only leads elsewhere: mapped addresses never leave this machine as such, and NAT64 is how IPv6-only networks reach IPv4. */
const LEADS_ELSEWHERE = [...MAPPED, ...NAT64];

/**
 * Why nothing may be sent to `ip` unless rules name it: of the address, and of those that it leads to. Empty: it is public.
 * In any spelling that reads as an address (`0x7f.1`, `2130706433`, `fe80::1%eth0`); null: it is none.
 */
export function specialsOf(ip: string): Special[] | null {
  if (!ipaddr.isValid(ip)) return null;
  const address = ipaddr.parse(ip);
  const outer = isIn(address, LEADS_ELSEWHERE) ? [] : specialOf(address, '');
  return [...outer, ...innerAddresses(address).flatMap(([inner, way]) => specialOf(inner, `, as ${way} leads there`))];
}

/** The address, and those that packets to it end at. @throws where it is none */
export function withInner(ip: string): Address[] {
  const address = ipaddr.parse(ip);
  return [address, ...innerAddresses(address).map(([inner]) => inner)];
}

export function isIn(address: Address, list: readonly Range[]): boolean {
  return list.some((range) => address.kind() === range[0].kind() && address.match(range));
}

function specialOf(address: Address, how: string): Special[] {
  const reason = reasonFor(address);
  if (reason === null) return [];
  return [{ address, reason: reason + how, isMetadata: isIn(address, METADATA) || isIn(address, LINK_LOCAL) }];
}

function reasonFor(address: Address): string | null {
  if (isIn(address, METADATA)) return 'cloud metadata';
  const [reason] = SPECIAL.find(([, list]) => isIn(address, list)) ?? [];
  if (reason !== undefined) return reason;
  // What a later edition of ipaddr.js knows beyond this table.
  if (address.range() !== 'unicast') return address.range();
  return address.kind() === 'ipv4' || isIn(address, GLOBAL_UNICAST) ? null : 'unassigned (RFC 4291)';
}

/** The IPv4 addresses in an IPv6 one that packets to it end at, each with how it leads there. */
function innerAddresses(address: Address): [ipaddr.IPv4, way: string][] {
  if (!(address instanceof ipaddr.IPv6)) return [];
  const bytes = address.toByteArray();
  const at = (...places: number[]) => new ipaddr.IPv4(places.map((place) => bytes[place]!));
  const text = address.toString();
  if (isIn(address, MAPPED)) return [[at(12, 13, 14, 15), `the mapped ${text} (RFC 4291)`]];
  if (isIn(address, NAT64)) return [[at(12, 13, 14, 15), `NAT64 by ${text} (RFC 6052)`]];
  if (isIn(address, SIX_TO_FOUR)) return [[at(2, 3, 4, 5), `6to4 by ${text} (RFC 3056)`]];
  if (isIn(address, TEREDO)) {
    const client = new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff)); // RFC 4380 §4
    return [at(4, 5, 6, 7), client].map((inner) => [inner, `Teredo by ${text} (RFC 4380)`]);
  }
  if (!isIn(address, LOCAL_NAT64)) return [];
  return embedded(bytes).map((places) => [at(...places), `NAT64 by ${text} (RFC 8215)`]);
}

/** Where the IPv4 address stands for prefixes of 48, 56, 64 and 96 bits (RFC 6052 §2.2): over byte 8, which is 0. */
const EMBEDDINGS = [
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
  [12, 13, 14, 15],
];

/** A local prefix doesn't say how long it is: each place that may be one counts, where nothing stands behind it. */
function embedded(bytes: readonly number[]): number[][] {
  return EMBEDDINGS.filter((places) => {
    const isEmpty = places.every((place) => bytes[place] === 0);
    return !isEmpty && bytes.slice(places.at(-1)! + 1).every((byte) => byte === 0);
  });
}

function ranges(cidrs: string[]): Range[] {
  return cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
}
