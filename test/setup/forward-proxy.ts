import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pem } from './egress.js';
import { startSocketServer, type Listener } from './receivers.js';

export interface ForwardProxy extends Listener {
  /** What it was asked to connect to, in order. */
  asked: string[];
  /** What it was told of who asks; undefined: nothing. */
  authorizations: (string | undefined)[];
}

/** What it does with a request to connect to `target`. */
export type Treatment = (socket: Duplex, target: string, request: IncomingMessage) => void;

/** A proxy that speaks TLS with this certificate, or without one plain HTTP. Closed by `closeReceivers`. */
export async function startForwardProxy(treat: Treatment = connects, certificate?: string): Promise<ForwardProxy> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server =
    certificate === undefined
      ? createServer()
      : createTlsServer({ cert: pem(certificate), key: pem(`${certificate}.key`) });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    asked.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    treat(socket, request.url ?? '', request);
  });
  // A sender that hangs up in the middle of the handshake asked for nothing.
  server.on('tlsClientError', () => undefined);
  const listener = await startSocketServer((socket) => void server.emit('connection', socket));
  const url = certificate === undefined ? listener.url : `https://localhost:${listener.port}/`;
  return { ...listener, url, asked, authorizations };
}

/** Whatever the host: receivers of tests are on loopback, and nothing resolves their names. */
export const connects: Treatment = (socket, target) => {
  const port = Number(/\d+$/.exec(target)?.[0]);
  const behind = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(behind).pipe(socket);
  });
  behind.on('error', () => socket.destroy());
  behind.on('close', () => socket.destroy());
  socket.on('close', () => behind.destroy());
};

export const answersWith =
  (status: string): Treatment =>
  (socket) =>
    void socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 6\r\n\r\nsorry\n`);

/** Only to who says this user and password. */
export const connectsFor =
  (credentials: string): Treatment =>
  (socket, target, request) => {
    const isKnown = request.headers['proxy-authorization'] === `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (isKnown) connects(socket, target, request);
    else answersWith('407 Proxy Authentication Required')(socket, target, request);
  };
