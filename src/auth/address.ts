import ipaddr from 'ipaddr.js';

/**
 * Whom an address stands for: itself, and of IPv6 its /64, which is what one customer is given. An IPv4 address that came
 * in by IPv6 is that address.
 */
export function ownerOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const prefix = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}
