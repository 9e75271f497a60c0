import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type Server, type Socket } from 'node:net';

/** One request as it arrived. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a receiver does with a request once it arrived whole. */
export type Handler = (response: ServerResponse, request: Received) => void;

export interface Listener {
  port: number;
  /** `http://127.0.0.1:<port>/` */
  url: string;
  /** How many connections were made so far. */
  connections(): number;
  /** Resolves when no connection is open: a leaked one lets the test time out. */
  abandoned(): Promise<void>;
}

export interface Receiver extends Listener {
  requests: Received[];
  /** Resolves with the first `count` requests when so many have arrived. */
  waitFor(count: number): Promise<Received[]>;
}

const running = new Set<Server>();

/** A receiver on a free port of loopback that records what arrives. Closed by `closeReceivers`. */
export async function startReceiver(handler: Handler = answers(200)): Promise<Receiver> {
  const requests: Received[] = [];
  const waiting: Array<{ count: number; resolve: (requests: Received[]) => void }> = [];
  const record = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: Buffer.concat(chunks).toString() };
    requests.push(received);
    handler(response, received);
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve(requests.slice(0, count));
  };
  // A sender that hangs up in the middle of its request sent none.
  const server = createServer((request, response) => void record(request, response).catch(() => undefined));
  const waitFor = (count: number) =>
    new Promise<Received[]>((resolve) => {
      if (requests.length >= count) resolve(requests.slice(0, count));
      else waiting.push({ count, resolve });
    });
  return { ...(await listen(server)), requests, waitFor };
}

/** Below HTTP: gets each connection as a socket. */
export function startSocketServer(onConnection: (socket: Socket) => void): Promise<Listener> {
  return listen(createSocketServer(onConnection));
}

export async function closeReceivers(): Promise<void> {
  const closing = [...running].map((server) => new Promise((resolve) => server.close(resolve)));
  for (const server of running) server.emit('destroy');
  running.clear();
  await Promise.all(closing);
}

async function listen(server: Server): Promise<Listener> {
  const open = new Set<Socket>();
  let made = 0;
  let idle: Array<() => void> = [];
  server.on('connection', (socket: Socket) => {
    made++;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      if (open.size > 0) return;
      for (const resolve of idle) resolve();
      idle = [];
    });
  });
  server.on('destroy', () => open.forEach((socket) => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.add(server);

  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port');
  const { port } = address;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    connections: () => made,
    abandoned: () => new Promise((resolve) => (open.size === 0 ? resolve() : idle.push(resolve))),
  };
}

export function answers(status: number, headers: Record<string, string> = {}, body = ''): Handler {
  return (response) => response.writeHead(status, headers).end(body);
}

/** Answers with each of `statuses` in turn, and with the last from then on. */
export function answersInTurn(...statuses: number[]): Handler {
  let turn = 0;
  return (response) => response.writeHead(statuses[Math.min(turn++, statuses.length - 1)]!).end();
}

export function answersWhen(release: Promise<unknown>, status = 200): Handler {
  return (response) => void release.then(() => response.writeHead(status).end());
}

/** Begins its answer after `headMillis`, and ends it after `bodyMillis` more. */
export function answersSlowly(headMillis: number, bodyMillis: number): Handler {
  return (response) =>
    void setTimeout(() => {
      response.writeHead(200).write('beginning');
      setTimeout(() => response.end(' and end'), bodyMillis);
    }, headMillis);
}

export const neverAnswers: Handler = () => undefined;

export const closesAtOnce: Handler = (response) => response.socket?.destroy();

export const resetsMidBody: Handler = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('the beginning', () => response.socket?.resetAndDestroy());
};

/** One byte every 10 ms, for ever. */
export const drips: Handler = (response) => {
  response.writeHead(200);
  response.flushHeaders();
  const timer = setInterval(() => response.write('.'), 10);
  response.on('close', () => clearInterval(timer));
};

export const neverEnds: Handler = (response) => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const fill = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(200).on('drain', fill);
  fill();
};

/** 5 MB of them. */
export const answersWithHugeHeaders: Handler = (response) =>
  response.socket?.write(`HTTP/1.1 200 OK\r\nx-huge: ${'x'.repeat(5_000_000)}\r\n\r\n`);

export const answersNonsense: Handler = (response) => response.socket?.write('SSH-2.0-OpenSSH_9.9\r\n\r\n');

export function redirectsTo(location: string, status = 302): Handler {
  return answers(status, { location });
}
