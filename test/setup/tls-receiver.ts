import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { pem } from './egress.js';
import { startSocketServer, type Listener } from './receivers.js';

/** A request, and whom its sender showed to be. */
export interface TlsReceived {
  host: string;
  /** Which name the handshake asked for; false: none. */
  servername: string | false;
  /** Of the client's certificate; undefined: it showed none. */
  sender: string | undefined;
}

export interface TlsReceiver extends Listener {
  requests: TlsReceived[];
}

/** A receiver that speaks TLS, for shop.test and localhost unless told otherwise. Closed by `closeReceivers`. */
export async function startTlsReceiver(options: ServerOptions = {}): Promise<TlsReceiver> {
  const requests: TlsReceived[] = [];
  const own = { cert: pem('receiver'), key: pem('receiver.key'), ...options };
  const server = createServer(own, (request, response) => {
    const socket = request.socket as TLSSocket & { servername?: string | false };
    const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
    requests.push({ host: request.headers.host ?? '', servername: socket.servername ?? false, sender: subject?.CN });
    request.resume().on('end', () => response.end());
  });
  server.on('tlsClientError', () => undefined);
  const listener = await startSocketServer((socket) => void server.emit('connection', socket));
  return { ...listener, url: `https://127.0.0.1:${listener.port}/`, requests };
}
