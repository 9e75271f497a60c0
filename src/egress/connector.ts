import type { LookupAddress } from 'node:dns';
import { connect, isIP, type LookupFunction } from 'node:net';
import { buildConnector, errors } from 'undici';
import { forbiddenReason, type AddressRules } from './address.js';
import { ForbiddenAddressError } from './failure.js';
import type { Stopwatch } from './stopwatch.js';

/** All addresses of a name; `dns.lookup` is one. */
export type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** What the request that waits for a connection has to say to its making. */
export interface Dial {
  /** Over look-up, connect and handshake. */
  connectTimeoutMillis: number;
  stopwatch: Stopwatch;
}

export type Connect = (to: buildConnector.Options, dial: Dial, callback: buildConnector.Callback) => void;

/** How long a connection is silent before TCP asks whether the other side lives. undici's number. */
const TCP_KEEP_ALIVE_MILLIS = 60_000;

/**
 * Connects to addresses that the rules allow, and judges the very address that is dialled: a name that was harmless when
 * its webhook was registered may lead elsewhere now (DNS rebinding). Of a name's addresses, one that is forbidden
 * refuses all: otherwise a second try would reach it.
 *
 * undici's connector has one limit for all and tells nothing of its steps: it only gets the handshake here. Its own limit
 * is off (0).
 */
export function guardedConnector(rules: AddressRules, resolve: Resolve): Connect {
  const shakeHands = buildConnector({ timeout: 0 });

  return (to, { connectTimeoutMillis, stopwatch }, callback) => {
    // Node.js looks up names only: what is an address already is judged here.
    const isName = isIP(to.hostname) === 0;
    const refusal = isName ? null : refusalOf([{ address: to.hostname }], rules);
    if (refusal) return queueMicrotask(() => callback(refusal, null));

    const isSecure = to.protocol === 'https:';
    stopwatch.enter(isName ? 'dnsMillis' : 'connectMillis', performance.now());
    const lookup = guardedLookup(rules, resolve, () => stopwatch.enter('connectMillis', performance.now()));
    const socket = connect({
      host: to.hostname,
      port: Number(to.port || (isSecure ? 443 : 80)),
      lookup,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MILLIS,
    });

    // A timer for each connection made, not for each request. A handshake ends with the socket beneath it.
    const timer = setTimeout(() => socket.destroy(new errors.ConnectTimeoutError()), connectTimeoutMillis);
    const done: buildConnector.Callback = (...made) => {
      clearTimeout(timer);
      callback(...made);
    };
    const fail = (error: Error) => done(error, null);
    socket.once('error', fail).once('connect', () => {
      // From here on, errors are for whoever takes the socket.
      socket.off('error', fail);
      if (!isSecure) return done(null, socket);
      stopwatch.enter('tlsMillis', performance.now());
      shakeHands({ ...to, httpSocket: socket }, done);
    });
  };
}

function guardedLookup(rules: AddressRules, resolve: Resolve, onFound: () => void): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true }, (error, addresses) => {
      const refusal = error ?? refusalOf(addresses, rules);
      const [first] = addresses ?? [];
      if (refusal) return callback(refusal, []);
      onFound();
      if (options.all) callback(null, addresses);
      else callback(null, first!.address, first!.family);
    });
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
