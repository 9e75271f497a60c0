import type { LookupAddress } from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector, errors } from 'undici';
import { ForbiddenAddressError } from './failure.js';
import type { OnlyTo } from './only-to.js';
import { judge, judgeName, type Place, type Policy } from './policy.js';
import { authorityOf, isDirect, openTunnel, ProxyError, TCP_KEEP_ALIVE_MILLIS, type Proxy } from './proxy.js';
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

/** What connections are made by. */
export interface Door {
  policy: Policy;
  onlyTo: OnlyTo;
  resolve: Resolve;
  /** Null: receivers are dialled directly. */
  proxy: Proxy | null;
  /** Whom receivers of https have to be known by, and what is shown to them. @throws where it can't be made */
  secure: () => SecureContext;
}

/** Of a name, asked of a proxy one after the other. */
const MOST_TUNNELS = 3;
/** The proxy did not get there; by another address it may. */
const MAY_BE_THE_ADDRESS = new Set([502, 503, 504]);

/**
 * Connects to addresses that the rules allow, and judges the very address that is dialled: a name that was harmless when
 * its webhook was registered may lead elsewhere now (DNS rebinding). Of a name's addresses, one that is forbidden
 * refuses all: otherwise a second try would reach it.
 *
 * undici's connector has one limit for all and tells nothing of its steps: it only gets the handshake here. Its own limit
 * is off (0). It keeps TLS sessions: two doors must not share one, or a session would outlive its certificates.
 */
export function guardedConnector(door: Door): Connect {
  let shake: buildConnector.connector | null = null;
  const shakeHands: ShakeHands = (to, httpSocket, callback) => {
    // Made once, and where its errors belong to the attempt.
    shake ??= buildConnector({ timeout: 0, secureContext: door.secure(), rejectUnauthorized: true });
    shake({ ...to, httpSocket }, callback);
  };
  return (to, dial, callback) => new Making(door, shakeHands, to, dial, callback).start();
}

type ShakeHands = (to: buildConnector.Options, socket: Socket, callback: buildConnector.Callback) => void;

/**
 * One connection in the making; whatever fails, or the end of its time, ends it:
 *
 *     look up ─► judge ─┬─► dial ──────────────┬─► (https) shake hands ─► made
 *                       └─► have a proxy dial ─┘
 */
class Making {
  private readonly place: Place;
  private readonly isSecure: boolean;
  /** A timer for each connection made, not for each request. */
  private readonly timer: NodeJS.Timeout;
  /** What ends with it. */
  private socket: Socket | null = null;
  private isOver = false;
  private isByProxy = false;

  constructor(
    private readonly door: Door,
    private readonly shakeHands: ShakeHands,
    private readonly to: buildConnector.Options,
    private readonly dial: Dial,
    private readonly callback: buildConnector.Callback,
  ) {
    this.isSecure = to.protocol === 'https:';
    this.place = { host: to.hostname, port: Number(to.port || (this.isSecure ? 443 : 80)) };
    this.timer = setTimeout(() => this.expire(), dial.connectTimeoutMillis);
  }

  start(): void {
    const { policy, onlyTo, proxy, resolve } = this.door;
    const { host } = this.place;
    const isName = isIP(host) === 0;
    const why = isName ? judgeName(this.place, policy) : judge(this.place, host, policy, onlyTo);
    if (why !== null) return this.failSoon(new ForbiddenAddressError(isName ? null : host, why));
    if (!isName) return this.connect([{ address: host, family: isIP(host) }]);

    if (proxy?.resolves === true && !isDirect(proxy, this.place, [])) {
      const unnamed = judge(this.place, null, policy, onlyTo);
      return unnamed === null ? this.tunnel([host]) : this.failSoon(new ForbiddenAddressError(null, unnamed));
    }
    this.dial.stopwatch.enter('dnsMillis', performance.now());
    resolve(host, { all: true }, (error, addresses) => {
      if (this.isOver) return;
      const refusal = error ?? this.refusalOf(addresses);
      if (refusal === null) this.connect(addresses);
      else this.done(refusal, null);
    });
  }

  private refusalOf(addresses: readonly LookupAddress[]): Error | null {
    if (addresses.length === 0) return Object.assign(new Error('The name has no address'), { code: 'ENODATA' });
    for (const { address } of addresses) {
      const why = judge(this.place, address, this.door.policy, this.door.onlyTo);
      if (why !== null) return new ForbiddenAddressError(address, why);
    }
    return null;
  }

  /** To addresses that were judged, and no others. */
  private connect(judged: LookupAddress[]): void {
    const { proxy } = this.door;
    const addresses = judged.map(({ address }) => address);
    if (proxy !== null && !isDirect(proxy, this.place, addresses)) return this.tunnel(addresses);
    this.dial.stopwatch.enter('connectMillis', performance.now());
    const { host, port } = this.place;
    const socket = connect({
      host,
      port,
      // Node.js asks for names only: an address it dials as it is.
      lookup: (_, options, callback) => {
        if (options.all) callback(null, judged);
        else callback(null, judged[0]!.address, judged[0]!.family);
      },
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MILLIS,
    });
    this.socket = socket;
    const fail = (error: Error) => this.done(error, null);
    socket.once('error', fail).once('connect', () => {
      // From here on, errors are for whoever takes the socket.
      socket.off('error', fail);
      this.connected(socket);
    });
  }

  private tunnel([host = '', ...others]: readonly string[], tried = 1): void {
    const { proxy } = this.door;
    this.isByProxy = true;
    this.dial.stopwatch.enter('connectMillis', performance.now());
    openTunnel(
      proxy!,
      { host, port: this.place.port },
      (socket) => (this.socket = socket),
      (error, socket) => {
        if (this.isOver) return;
        if (error === null) return this.connected(socket!);
        const isElsewhere = error instanceof ProxyError && MAY_BE_THE_ADDRESS.has(error.status ?? 0);
        if (isElsewhere && others.length > 0 && tried < MOST_TUNNELS) this.tunnel(others, tried + 1);
        else this.done(error, null);
      },
    );
  }

  private connected(socket: Socket): void {
    this.isByProxy = false;
    if (!this.isSecure) return this.done(null, socket);
    this.dial.stopwatch.enter('tlsMillis', performance.now());
    try {
      this.shakeHands(this.to, socket, (...made: Parameters<buildConnector.Callback>) => this.done(...made));
    } catch (error) {
      socket.destroy();
      this.done(error as Error, null);
    }
  }

  private expire(): void {
    const { proxy } = this.door;
    const within = `within ${this.dial.connectTimeoutMillis} ms`;
    const error = this.isByProxy
      ? new ProxyError('connect_timeout', `The forward proxy ${authorityOf(proxy!)} made no connection ${within}`)
      : new errors.ConnectTimeoutError();
    // A handshake ends with the socket beneath it.
    if (this.socket === null) this.done(error, null);
    else this.socket.destroy(error);
  }

  /** Not before the caller is done itself. */
  private failSoon(error: Error): void {
    queueMicrotask(() => this.done(error, null));
  }

  private done(...made: Parameters<buildConnector.Callback>): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.callback(...made);
  }
}
