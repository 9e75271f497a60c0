import ipaddr from 'ipaddr.js';
import { ConfigError } from '../errors/errors.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

export interface AddressRules {
  allow: readonly Range[];
  deny: readonly Range[];
}

/**
 * Compiles `egress.allow` and `egress.deny`: CIDRs (`10.0.0.0/8`, `fd00::/8`) or single addresses.
 * @throws ConfigError with the key of the entry that is neither
 */
export function compileRules({ allow, deny }: { allow: readonly string[]; deny: readonly string[] }): AddressRules {
  return {
    allow: allow.map((text, index) => compile(text, `egress.allow[${index}]`)),
    deny: deny.map((text, index) => compile(text, `egress.deny[${index}]`)),
  };
}

/** Instance metadata and other services of a cloud's own, by exact address. They hand out credentials: named first. */
const METADATA = ranges([
  '169.254.169.254/32', // most clouds
  'fd00:ec2::254/128', // EC2 over IPv6
  'fd20:ce::254/128', // GCP over IPv6
  '169.254.170.2/32', // ECS
  '169.254.170.23/32', // EKS Pod Identity
  'fd00:ec2::23/128', // the same over IPv6
  '168.63.129.16/32', // Azure; publicly routed by its look
  '100.100.100.200/32', // Alibaba Cloud
  '192.0.0.192/32', // Oracle Cloud
]);

/** What ipaddr.js only calls "reserved". */
const FINER: ReadonlyArray<[string, Range[]]> = [
  ['documentation (RFC 5737)', ranges(['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'])],
  ['documentation (RFC 3849, RFC 9637)', ranges(['2001:db8::/32', '3fff::/20'])],
  ['benchmarking (RFC 2544)', ranges(['198.18.0.0/15'])],
  ['6to4 relay (RFC 7526)', ranges(['192.88.99.0/24'])],
  ['IETF protocol assignments (RFC 6890)', ranges(['192.0.0.0/24', '2001::/23'])],
];

/** ipaddr.js' names in words. A name that isn't here is refused under its own. */
const WORDS: Record<string, string> = {
  unspecified: 'unspecified (RFC 1122, RFC 4291)',
  broadcast: 'broadcast (RFC 919)',
  multicast: 'multicast (RFC 5771, RFC 4291)',
  linkLocal: 'link-local (RFC 3927, RFC 4291)',
  loopback: 'loopback (RFC 1122, RFC 4291)',
  carrierGradeNat: 'carrier-grade NAT (RFC 6598)',
  private: 'private (RFC 1918)',
  uniqueLocal: 'unique local (RFC 4193)',
  deprecatedSiteLocal: 'site-local (RFC 3879)',
  discard: 'discard (RFC 6666)',
  reserved: 'reserved (RFC 1112)',
  benchmarking: 'benchmarking (RFC 5180)',
  segmentRouting: 'segment routing (RFC 9602)',
  rfc6145: 'translated IPv4 (RFC 6145)',
  rfc6052: 'local NAT64 (RFC 8215)',
};

/** All of IPv6 that is handed out for the public internet (RFC 4291 §2.4); `::7f00:1` is outside. */
const GLOBAL_UNICAST = range('2000::/3');
const NAT64 = range('64:ff9b::/96');

/**
 * Why nothing may be sent to `ip`, or null if it may. Only public unicast passes, and what `allow` names; `deny` wins
 * over both. An IPv6 address that leads to an IPv4 one (mapped, NAT64, 6to4, Teredo) is judged by that.
 */
export function forbiddenReason(ip: string, rules: AddressRules): string | null {
  if (!ipaddr.isValid(ip)) return 'no IP address';
  const address = ipaddr.parse(ip);
  const inner = innerAddresses(address);
  if ([address, ...inner].some((one) => isIn(one, rules.deny))) return 'named by egress.deny';
  if (isIn(address, rules.allow)) return null;
  if (inner.length === 0) return reservedFor(address);
  for (const one of inner) {
    const reason = isIn(one, rules.allow) ? null : reservedFor(one);
    if (reason !== null) return `${reason}, as it leads to ${one.toString()}`;
  }
  return null;
}

function reservedFor(address: Address): string | null {
  if (isIn(address, METADATA)) return 'cloud metadata';
  const finer = FINER.find(([, list]) => isIn(address, list));
  if (finer) return finer[0];
  const name = address.range();
  if (name !== 'unicast') return WORDS[name] ?? name;
  return address.kind() === 'ipv4' || isIn(address, [GLOBAL_UNICAST]) ? null : 'unassigned (RFC 4291)';
}

/** The IPv4 addresses that packets to an IPv6 one end at: one each, but two for Teredo (server and client). */
function innerAddresses(address: Address): ipaddr.IPv4[] {
  if (!(address instanceof ipaddr.IPv6)) return [];
  const bytes = address.toByteArray();
  if (address.isIPv4MappedAddress()) return [address.toIPv4Address()];
  if (isIn(address, [NAT64])) return [new ipaddr.IPv4(bytes.slice(12))]; // RFC 6052 §2.2
  if (address.range() === '6to4') return [new ipaddr.IPv4(bytes.slice(2, 6))]; // RFC 3056 §2
  if (address.range() !== 'teredo') return [];
  const client = bytes.slice(12).map((byte) => byte ^ 0xff); // RFC 4380 §4
  return [new ipaddr.IPv4(bytes.slice(4, 8)), new ipaddr.IPv4(client)];
}

function isIn(address: Address, list: readonly Range[]): boolean {
  return list.some((one) => address.kind() === one[0].kind() && address.match(one));
}

function compile(text: string, key: string): Range {
  const [address = ''] = text.split('/');
  // `10/8` would be read as 0.0.0.10/8.
  const plain = address.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(address);
  const cidr = text.includes('/') ? text : `${text}/${address.includes(':') ? 128 : 32}`;
  if (plain && ipaddr.isValidCIDR(cidr)) return range(cidr);
  throw new ConfigError(key, `${key} is no range of addresses: write one like 10.0.0.0/8, 192.168.1.7 or fd00::/8`);
}

function ranges(cidrs: string[]): Range[] {
  return cidrs.map(range);
}

function range(cidr: string): Range {
  return ipaddr.parseCIDR(cidr);
}
