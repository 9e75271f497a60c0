import type { Phases, Reason } from '../updates/outcome.js';
import type { ReceiverTls } from '../updates/webhook-secrets.js';
import type { Egress } from './compile.js';
import { guardedConnector, type Resolve } from './connector.js';
import { parseDestination } from './destination.js';
import { failure, reasonOf } from './failure.js';
import { narrowingOf } from './only-to.js';
import { placeOf } from './policy.js';
import { authorityOf, openTunnel, type Proxy } from './proxy.js';
import { Stopwatch } from './stopwatch.js';
import { secureContextOf } from './tls.js';

/** How far one would come, and where the time went. */
export type Probed =
  | { ok: true; place: string; phases: Phases }
  | { ok: false; place: string; reason: Reason; detail: string; phases: Phases };

export interface ProbeOptions {
  egress: Egress;
  resolve: Resolve;
  connectTimeoutMillis: number;
}

/** What a webhook has of its own. */
export interface ProbeOf {
  uri: string;
  tls?: ReceiverTls | null;
  onlyTo?: readonly string[] | null;
}

/**
 * Goes the way of a delivery up to where the request would be written: looks the name up, judges its addresses, connects, by
 * the proxy if there is one, and shakes hands. Nothing is sent: no request is harmless to every receiver.
 */
export async function probe(
  { uri, tls = null, onlyTo = null }: ProbeOf,
  { egress, resolve, connectTimeoutMillis }: ProbeOptions,
): Promise<Probed> {
  const destination = parseDestination(uri);
  if (!destination.ok) return { ok: false, place: '-', reason: 'bad_uri', detail: destination.problem, phases: {} };
  const { url } = destination;
  const place = authorityOf(placeOf(url));
  const stopwatch = new Stopwatch(performance.now());
  const { policy, proxy } = egress;
  const secure = tls === null ? egress.secure : () => secureContextOf(egress.tls, tls);
  const connect = guardedConnector({ policy, onlyTo: narrowingOf(onlyTo), resolve, proxy, secure });
  const { hostname, protocol, port } = url;
  const to = { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), host: url.host, protocol, port };
  const error = await new Promise<Error | null>((done) => {
    connect(to, { connectTimeoutMillis, stopwatch }, (problem, socket) => {
      socket?.destroy();
      done(problem);
    });
  });
  const { phases } = stopwatch.stop(performance.now());
  if (error === null) return { ok: true, place, phases };
  const reason = reasonOf(error);
  if (reason === null) throw error;
  const at = { host: place, connectTimeoutMillis, deadlineMillis: connectTimeoutMillis, ...NO_REPLY };
  return { ok: false, place, reason, detail: failure(reason, at, error).detail, phases };
}

const NO_REPLY = { maxResponseHeaderBytes: 0, maxResponseBytes: 0 };
/** Nobody is there (RFC 5737): a proxy that answers at all has been reached. */
const NOWHERE = { host: '192.0.2.1', port: 443 };

/** Whether a forward proxy is there and takes its credentials; a sentence if not. What it says of a place doesn't matter. */
export async function probeProxy(proxy: Proxy, timeoutMillis: number): Promise<string | null> {
  const sockets: { destroy(): void }[] = [];
  const late = `The forward proxy ${authorityOf(proxy)} didn't answer within ${timeoutMillis} ms`;
  let timer: NodeJS.Timeout | undefined;
  const problem = await new Promise<string | null>((done) => {
    timer = setTimeout(() => done(late), timeoutMillis);
    openTunnel(
      proxy,
      NOWHERE,
      (socket) => sockets.push(socket.on('error', () => undefined)),
      (error) => {
        const status = error !== null && 'status' in error ? error.status : undefined;
        done(error === null || (status !== undefined && status !== 407) ? null : error.message);
      },
    );
  });
  clearTimeout(timer);
  for (const socket of sockets) socket.destroy();
  return problem;
}
