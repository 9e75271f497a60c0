import { STATUS_CODES } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { Entry } from '../config/egress-entry.js';
import type { Reason } from '../updates/outcome.js';
import { withInner } from './address.js';
import { matches, placeOf, type Place } from './policy.js';

/** A forward proxy (`egress.proxy`). Its address is the operator's and isn't judged. */
export interface Proxy extends Place {
  isSecure: boolean;
  /** By whom its certificate may be issued: the config's authorities, never those of a webhook. */
  secure: () => SecureContext;
  /** What `Proxy-Authorization` says; null: nothing. */
  authorization: string | null;
  /** It looks names up in Hooktide's place. */
  resolves: boolean;
  /** What is gone to directly. */
  none: readonly Entry[];
}

/** The proxy's fault. The message is for a person and holds no secret. */
export class ProxyError extends Error {
  constructor(
    readonly reason: Reason,
    message: string,
    /** What it answered to CONNECT. */
    readonly status?: number,
  ) {
    super(message);
    this.name = 'ProxyError';
  }
}

/** Reads `http://user:password@proxy:3128`, whose form the config has checked. */
export function readProxy(text: string): Pick<Proxy, 'host' | 'port' | 'isSecure' | 'authorization'> {
  const url = new URL(text);
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
  const authorization = credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { ...placeOf(url), isSecure: url.protocol === 'https:', authorization };
}

/** Whether `noProxy` names the place, by its host or by all of its addresses. */
export function isDirect({ none }: Proxy, place: Place, addresses: readonly string[]): boolean {
  const names = (list: readonly string[]) => {
    const own = list.flatMap((address) => withInner(address).slice(0, 1));
    return none.some((entry) => matches(entry, place, own));
  };
  return addresses.length === 0 ? names([]) : addresses.every((address) => names([address]));
}

/** How long a connection is silent before TCP asks whether the other side lives. undici's number. */
export const TCP_KEEP_ALIVE_MILLIS = 60_000;
/** Of the head of its answer. */
const MOST_BYTES = 16_384;
const END_OF_HEAD = '\r\n\r\n';

type Opened = (error: Error | null, socket: Socket | null) => void;

/**
 * Has a proxy connect to `place` (CONNECT, RFC 9110 §9.3.6), for http as for https, so that it dials what was judged.
 * Calls back once.
 * @param own is told each socket as it is made; whoever ends it early by a `ProxyError` has it called back
 */
export function openTunnel(proxy: Proxy, place: Place, own: (socket: Socket) => void, opened: Opened): void {
  const { host, port } = proxy;
  const plain = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MILLIS });
  own(plain);
  const failed = (error: Error) => opened(asProxyError(error, proxy), null);
  plain.once('error', failed).once('connect', () => {
    plain.off('error', failed);
    if (!proxy.isSecure) return ask(plain, proxy, place, opened);
    const servername = isIP(host) === 0 ? host : undefined;
    const secureContext = proxy.secure();
    const secured = connectTls({ socket: plain, host, servername, secureContext, rejectUnauthorized: true });
    own(secured);
    secured.once('error', failed).once('secureConnect', () => {
      secured.off('error', failed);
      ask(secured, proxy, place, opened);
    });
  });
}

function asProxyError(error: Error & { code?: string }, proxy: Proxy): ProxyError {
  if (error instanceof ProxyError) return error;
  const problem = `The forward proxy ${authorityOf(proxy)} can't be reached (${error.code ?? 'no code'})`;
  return new ProxyError('proxy_failed', problem);
}

function ask(socket: Socket, proxy: Proxy, place: Place, opened: Opened): void {
  const at = authorityOf(proxy);
  const target = authorityOf(place);
  let head = Buffer.alloc(0);

  const end = (error: Error | null) => {
    socket.off('error', onError).off('close', onClose).off('readable', onReadable);
    // Nobody else minds the errors of one that is given up.
    if (error !== null) socket.on('error', () => undefined).destroy();
    opened(error, error === null ? socket : null);
  };
  const onError = (error: Error) => end(asProxyError(error, proxy));
  const onClose = () => end(new ProxyError('proxy_failed', `The forward proxy ${at} closed the connection, no answer`));
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    head = Buffer.concat([head, chunk]);
    const length = head.indexOf(END_OF_HEAD);
    if (length < 0 && head.length <= MOST_BYTES) return;
    const error = problemIn(length < 0 ? '' : head.toString('latin1', 0, length), at, target);
    const behind = head.subarray(length + END_OF_HEAD.length);
    if (error === null && behind.length > 0) socket.unshift(behind);
    end(error);
  };

  socket.once('error', onError).once('close', onClose).on('readable', onReadable);
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (proxy.authorization !== null) lines.push(`Proxy-Authorization: ${proxy.authorization}`);
  socket.write(`${lines.join('\r\n')}${END_OF_HEAD}`);
}

function problemIn(head: string, at: string, target: string): ProxyError | null {
  const [, code] = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head) ?? [];
  if (code === undefined) {
    return new ProxyError('proxy_failed', `The forward proxy ${at} answered with something that is no HTTP reply`);
  }
  const status = Number(code);
  if (status >= 200 && status <= 299) return null;
  const answer = `${code} ${STATUS_CODES[status] ?? ''}`.trim();
  return new ProxyError('proxy_refused', `The forward proxy ${at} didn't connect to ${target}: ${answer}`, status);
}

export const authorityOf = ({ host, port }: Place): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
