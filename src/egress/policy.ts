import { isIP } from 'node:net';
import { AN_ENTRY, normalized, readEntry, type Address, type Entry } from '../config/egress-entry.js';
import { ConfigError } from '../errors/errors.js';
import { isIn, specialsOf, withInner } from './address.js';
import type { OnlyTo } from './only-to.js';

/** What `egress` of the config says of where connections may go. */
export interface Policy {
  readonly allow: readonly Entry[];
  readonly deny: readonly Entry[];
  /** Null: any. */
  readonly ports: readonly number[] | null;
}

/** Where a connection is to go. */
export interface Place {
  /** A name, or an address without brackets. */
  host: string;
  port: number;
}

/**
 * Compiles `egress.allow`, `egress.deny` and `egress.ports`.
 * @throws ConfigError with the key of the entry that is none
 */
export function compilePolicy(written: {
  allow: readonly string[];
  deny: readonly string[];
  ports?: readonly number[] | null;
}): Policy {
  const { allow, deny, ports = null } = written;
  return { allow: compileEntries(allow, 'egress.allow'), deny: compileEntries(deny, 'egress.deny'), ports };
}

/** @throws ConfigError with the key of the entry that is none */
export function compileEntries(texts: readonly string[], key: string): readonly Entry[] {
  return texts.map((text, index) => {
    const entry = readEntry(text);
    if (entry !== null) return entry;
    throw new ConfigError(`${key}[${index}]`, `${key}[${index}] is ${JSON.stringify(text)}: write ${AN_ENTRY}`);
  });
}

/**
 * Why no connection may be made to `place` at `address`, or null if it may. In this order:
 *
 * 1. what `deny` names is refused;
 * 2. a port that `ports` doesn't list is refused;
 * 3. what a webhook's `onlyTo` doesn't name is refused;
 * 4. an address that isn't plainly public (`address.ts`) is refused, unless `allow` names it, or names its host or its port;
 *    cloud metadata and other link-local addresses only if it names the address.
 *
 * An IPv6 address that leads to an IPv4 one (mapped, NAT64, 6to4, Teredo) is judged by both.
 * @param address of the host; null: a proxy looks it up, and only what is known without it is judged
 */
export function judge(place: Place, address: string | null, policy: Policy, onlyTo: OnlyTo): string | null {
  const literal = address ?? literalOf(place.host);
  const specials = literal === null ? [] : specialsOf(literal);
  if (specials === null) return 'no IP address';
  const addresses = literal === null ? [] : withInner(literal);

  const refusal = judgeName(place, policy);
  if (refusal !== null) return refusal;
  if (policy.deny.some((entry) => matches(entry, place, addresses))) return 'named by egress.deny';
  const [own] = addresses;
  if (onlyTo !== null && !onlyTo.some((entry) => matches(entry, place, own ? [own] : []))) {
    return "not named by the webhook's onlyTo";
  }
  const special = specials.find(
    (one) =>
      !policy.allow.some((entry) => (one.isMetadata ? entry.range : entry) && matches(entry, place, [one.address])),
  );
  return special?.reason ?? null;
}

/** What can be said before a name is looked up: it is denied, or its port is. */
export function judgeName(place: Place, { deny, ports }: Policy): string | null {
  if (deny.some((entry) => entry.range === null && matches(entry, place, []))) return 'named by egress.deny';
  if (ports !== null && !ports.includes(place.port)) return `port ${place.port} is none of egress.ports`;
  return null;
}

/** The address that a host stands for without a look-up; of localhost (RFC 6761 §6.3) the usual one. Null: none. */
export function literalOf(host: string): string | null {
  const name = normalized(host);
  if (isIP(name) !== 0) return name;
  return name === 'localhost' || name.endsWith('.localhost') ? '127.0.0.1' : null;
}

/** Whether an entry names this: all that it says has to fit. An entry of addresses names no host whose addresses aren't known. */
export function matches({ range, host, ports }: Entry, place: Place, addresses: readonly Address[]): boolean {
  if (ports !== null && (place.port < ports[0] || place.port > ports[1])) return false;
  if (range !== null) return addresses.some((address) => isIn(address, [range]));
  if (host === null) return true;
  const name = normalized(place.host);
  return host.startsWith('.') ? name.endsWith(host) && name.length > host.length : name === host;
}

/** As an url says it: without brackets, and with the port that goes without saying. */
export function placeOf({ hostname, port, protocol }: Pick<URL, 'hostname' | 'port' | 'protocol'>): Place {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}
