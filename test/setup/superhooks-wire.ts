import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { until } from './until.js';

/** A request as it stood on the wire: its headers in their order, named as they were written. */
export interface WireRequest {
  method: string;
  path: string;
  headers: Array<[string, string]>;
  body: string;
}

export interface WireReceiver {
  port: number;
  url: string;
  requests: WireRequest[];
  waitFor(count: number): Promise<WireRequest[]>;
  stop(): Promise<void>;
}

interface WireOptions {
  /** A free one unless given. */
  port?: number;
  /** By default 200. */
  answer?: (request: WireRequest, response: ServerResponse) => void;
  /** Speaks TLS with these, in PEM. */
  tls?: { key: string; cert: string };
}

/** With their connections: those that became tunnels are no business of the server any more. */
const running = new Map<Server, Set<Socket>>();

/** Keeps the headers as they came. Closed by `closeWireReceivers`. */
export async function startWireReceiver({ port = 0, answer, tls }: WireOptions = {}): Promise<WireReceiver> {
  const requests: WireRequest[] = [];
  const handle = (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', rawHeaders } = incoming;
      const headers = rawHeaders.flatMap((name, index): Array<[string, string]> =>
        index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
      );
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      if (answer) answer(request, response);
      else response.end();
    });
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  const bound = await listen(server, port);
  const waitFor = async (count: number) => {
    await until(() => requests.length >= count);
    return requests;
  };
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${bound}/`;
  return { port: bound, url, requests, waitFor, stop: () => close(server) };
}

/** A proxy that makes tunnels (CONNECT) to wherever it is asked; `asked` holds what it was asked for. */
export async function startTunnels(): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '', headers }: IncomingMessage, socket: Duplex) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    const behind = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    behind.on('error', () => socket.destroy());
    socket.on('error', () => behind.destroy());
    socket.on('close', () => behind.destroy());
  });
  return { port: await listen(server, 0), asked };
}

export async function closeWireReceivers(): Promise<void> {
  await Promise.all([...running.keys()].map(close));
}

/** One that nothing listens on for now. */
export async function freePort(): Promise<number> {
  const receiver = await startWireReceiver();
  await receiver.stop();
  return receiver.port;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  running.set(server, open);
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function close(server: Server): Promise<void> {
  for (const socket of running.get(server) ?? []) socket.destroy();
  running.delete(server);
  await new Promise((resolve) => server.close(resolve));
}
