import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { forbiddenReason, type AddressRules } from './address.js';
import { ForbiddenAddressError } from './failure.js';

/** All addresses of a name; `dns.lookup` is one. */
export type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Connects to addresses that the rules allow, and judges the very address that is dialled: a name that was harmless when
 * its webhook was registered may lead elsewhere now (DNS rebinding). Of a name's addresses, one that is forbidden
 * refuses all: otherwise a second try would reach it.
 */
export function guardedConnector(
  rules: AddressRules,
  resolve: Resolve,
  timeoutMillis: number,
): buildConnector.connector {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { all: true }, (error, addresses) => {
      const refusal = error ?? refusalOf(addresses, rules);
      const [first] = addresses ?? [];
      if (refusal) callback(refusal, []);
      else if (options.all) callback(null, addresses);
      else callback(null, first!.address, first!.family);
    });
  };
  const connect = buildConnector({ timeout: timeoutMillis, lookup });

  return (options, callback) => {
    // Node.js looks up names only: what is an address already is judged here.
    const refusal = isIP(options.hostname) === 0 ? null : refusalOf([{ address: options.hostname }], rules);
    if (refusal) queueMicrotask(() => callback(refusal, null));
    else connect(options, callback);
  };
}

function refusalOf(addresses: ReadonlyArray<{ address: string }>, rules: AddressRules): Error | null {
  if (addresses.length === 0) return Object.assign(new Error('The name has no address'), { code: 'ENODATA' });
  for (const { address } of addresses) {
    const reason = forbiddenReason(address, rules);
    if (reason !== null) return new ForbiddenAddressError(address, reason);
  }
  return null;
}
