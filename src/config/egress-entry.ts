import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** Addresses that begin with the first so many bits of this one. */
export type Range = [Address, number];

/** One entry of a list of `egress`, or of a webhook's `onlyTo`. What is null is any. */
export interface Entry {
  readonly range: Range | null;
  /** In lower case: a name; or what names end with, from its dot on (`.svc.cluster.local`). */
  readonly host: string | null;
  /** The first and the last. */
  readonly ports: readonly [number, number] | null;
}

/** Completes "write …". */
export const AN_ENTRY =
  'an address or a CIDR, such as 10.0.0.0/8, a name, such as hooks.internal or *.example.com, or a port, such as :8443';

/**
 * Reads what an entry can be; null: it is none of these.
 *
 *     10.0.0.0/8   192.168.1.7   fd00::/8                 addresses
 *     hooks.internal   *.svc.cluster.local                a name, all names below one
 *     10.1.2.3:9000   [fd00::1]:8443   [fd00::/8]:443     any of them, with a port
 *     hooks.internal:8000-8999   :8443                    a range of ports, a port alone
 */
export function readEntry(text: string): Entry | null {
  const { what, port } = split(text);
  const ports = port === null ? null : readPorts(port);
  if (port !== null && ports === null) return null;
  if (what === '') return ports && { range: null, host: null, ports };
  const range = readRange(what);
  if (range !== null) return { range, host: null, ports };
  const host = readHost(what);
  return host === null ? null : { range: null, host, ports };
}

export const isEntry = (value: unknown): boolean => typeof value === 'string' && readEntry(value) !== null;

/** As one host is compared with another: in lower case, ASCII, without the dot of the root. */
export function normalized(host: string): string {
  return host.toLowerCase().replace(/\.+$/, '');
}

function split(text: string): { what: string; port: string | null } {
  const [, bracketed, behind] = /^\[([\da-f:./]+)\](?::([\d-]+))?$/i.exec(text) ?? [];
  // Brackets are for IPv6 only; elsewhere more than one colon is an address of it without a port.
  if (bracketed !== undefined) return { what: bracketed.includes(':') ? bracketed : '[', port: behind ?? null };
  const [, what, port] = /^([^:]*):([\d-]+)$/.exec(text) ?? [];
  return what === undefined ? { what: text, port: null } : { what, port: port ?? null };
}

function readPorts(text: string): [number, number] | null {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && from <= to && to <= 65_535 ? [from, to] : null;
}

function readRange(text: string): Range | null {
  // `10/8` would be read as 0.0.0.10/8, and a zone has no meaning in a rule.
  const isPlain = text.includes(':') ? !text.includes('%') : /^\d+(\.\d+){3}(\/\d+)?$/.test(text);
  const isSingle = isPlain && !text.includes('/');
  if (isSingle && (text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text))) {
    return mapped([ipaddr.parse(text), text.includes(':') ? 128 : 32]);
  }
  const isCidr =
    isPlain && (text.includes(':') ? ipaddr.IPv6.isValidCIDR(text) : ipaddr.IPv4.isValidCIDRFourPartDecimal(text));
  return isCidr ? mapped(ipaddr.parseCIDR(text)) : null;
}

/** `::ffff:10.0.0.0/104` is 10.0.0.0/8. */
function mapped([address, bits]: Range): Range {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96;
  return isMapped ? [address.toIPv4Address(), bits - 96] : [address, bits];
}

function readHost(text: string): string | null {
  const [, wildcard, name = ''] = /^(\*\.)?([^\s/?#@\\%$*:[\]]+)$/u.exec(text) ?? [];
  if (!URL.canParse(`http://${name}`)) return null;
  const host = normalized(new URL(`http://${name}`).hostname);
  // What a URL takes for an address in another spelling (`0x7f.1`, `2130706433`) has to be written as one.
  if (isIP(host) !== 0 || !/^[\w-]+(\.[\w-]+)*$/.test(host)) return null;
  return wildcard === undefined ? host : `.${host}`;
}
