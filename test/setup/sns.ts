import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { errorOf, readCall, without, type Call } from './sns-wire.js';

/** What the proxy does with a call instead of forwarding it; `forward` asks the server behind, with another form if given. */
export type Fault = (call: Call, response: ServerResponse, forward: Forward) => void | Promise<void>;
export type Forward = (form?: URLSearchParams) => Promise<string>;

/** An SNS server, behind a proxy that minds AWS's limits (the server doesn't), records calls and can go wrong. */
export interface Sns {
  endpoint: string;
  /** Of the server behind, for queues and for what the tests do themselves. */
  serverUrl: () => string;
  calls: Call[];
  /** The batches that arrived, in their order. */
  batches(): Call[];
  /** Goes wrong at the next call of that action; several are taken in turn. */
  next(fault: Fault, action?: string): void;
  /** Resolves when so many calls of that action have arrived. */
  arrived(count: number, action?: string): Promise<void>;
  /** Resolves when no connection is open: a leaked one lets the test time out. */
  abandoned(): Promise<void>;
  /** Ends the server with all that it holds; nobody listens any more. */
  stop(): Promise<void>;
  /** A new server on the same port. */
  start(): Promise<void>;
}

const running = new Set<Sns>();
/** The suite runs on another server as well, a stricter one: moto, one file after the other (`--no-file-parallelism`). */
const OTHER_SERVER = process.env['HOOKTIDE_TEST_SNS_URL'];

/** Closed by `closeSns`. */
export async function startSns(): Promise<Sns> {
  const calls: Call[] = [];
  const faults: Array<{ action: string; fault: Fault }> = [];
  const waiting: Array<() => void> = [];
  const sockets = new Set<Socket>();
  let fauxqs: FauxqsServer | undefined;
  const serverUrl = () => OTHER_SERVER ?? fauxqs!.address;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const call = readCall(Buffer.concat(chunks).toString(), authorization);
    calls.push(call);
    for (const look of waiting) look();
    const forward: Forward = async (form = call.form) => {
      const headers = { authorization, 'content-type': type };
      const answer = await fetch(serverUrl(), { method: 'POST', headers, body: form.toString() });
      call.isDone = answer.ok;
      response.writeHead(answer.status, { 'content-type': 'text/xml', 'x-amzn-requestid': call.requestId });
      return answer.text();
    };
    const place = faults.findIndex(({ action }) => action === call.action);
    const [chosen] = place === -1 ? [] : faults.splice(place, 1);
    const error = errorOf(call);
    const fault = chosen?.fault ?? (error === null ? passes : answers(400, error));
    await fault(call, response, forward);
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => request.destroy()));
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));

  const listen = async (port: number) => {
    if (OTHER_SERVER === undefined) fauxqs = await startFauxqs({ port: 0, logger: false });
    else await fetch(`${OTHER_SERVER}/moto-api/reset`, { method: 'POST' });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const of = (action: string) => calls.filter((call) => call.action === action);
  const sns: Sns = {
    endpoint: `http://127.0.0.1:${port}`,
    serverUrl,
    calls,
    batches: () => of('PublishBatch'),
    next: (fault, action = 'PublishBatch') => void faults.push({ action, fault }),
    arrived: (count, action = 'PublishBatch') =>
      new Promise((resolve) => {
        const look = () => of(action).length >= count && resolve();
        waiting.push(look);
        look();
      }),
    abandoned: async () => {
      while (sockets.size > 0) await Promise.all([...sockets].map((socket) => once(socket, 'close')));
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, fauxqs?.stop()]);
      fauxqs = undefined;
    },
    start: () => listen(port),
  };
  running.add(sns);
  return sns;
}

export async function closeSns(): Promise<void> {
  await Promise.all([...running].map((sns) => sns.stop()));
  running.clear();
}

/** An error as SNS answers it. */
export function answers(status: number, code: string, message = `${code} by the test`): Fault {
  return ({ requestId }, response) => {
    response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId });
    response.end(
      `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code>` +
        `<Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    );
  };
}

/** Publishes a batch but for the entries with these messages, which fail with a code. */
export function failsEntries(codes: Record<string, string>, senderFault = true): Fault {
  return async ({ form, entries }, response, forward) => {
    const failing = entries.filter(({ message }) => message in codes);
    const rest = without(form, failing);
    const failed = failing.map(
      ({ id, message }) =>
        `<member><Id>${id}</Id><Code>${codes[message]}</Code><Message>failed by the test</Message>` +
        `<SenderFault>${senderFault}</SenderFault></member>`,
    );
    const text = await forward(rest);
    response.end(text.replace(/<Failed>[^]*<\/Failed>|<Failed *\/>/, `<Failed>${failed.join('')}</Failed>`));
  };
}

/** As if there were no proxy. */
export const passes: Fault = async (_, response, forward) => void response.end(await forward());

/** Never answers. */
export const hangs: Fault = () => undefined;

/** Publishes, and breaks the connection before the answer. */
export const resets: Fault = async (_, response, forward) => {
  await forward();
  response.socket?.resetAndDestroy();
};

/** An answer that is none of SNS. */
export function says(status: number, text = ''): Fault {
  return (_, response) => void response.writeHead(status).end(text);
}
