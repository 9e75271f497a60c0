import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';

/** A pooler in front of a Postgres that lends its connections out for one transaction each, as PgBouncer does. */
export interface Pooler {
  url: string;
  stop(): Promise<void>;
}

const SSL_REQUEST = 80_877_103;
const CONNECTIONS = 3;

/** It knows no prepared statements, and takes no settings at the connect: PgBouncer before 1.21, as it comes. */
export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const backends = await Promise.all(Array.from({ length: CONNECTIONS }, () => openBackend(databaseUrl)));
  const free = [...backends];
  const waiting: ((backend: Socket) => void)[] = [];
  const release = (backend: Socket): void => {
    const next = waiting.shift();
    if (next) next(backend);
    else free.push(backend);
  };
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    serve(client, {
      take: (use) => {
        const backend = free.pop();
        if (backend) use(backend);
        else waiting.push(use);
      },
      release,
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    stop: async () => {
      for (const client of clients) client.destroy();
      for (const backend of backends) backend.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Lender {
  take(use: (backend: Socket) => void): void;
  release(backend: Socket): void;
}

/** A client has a backend from its first message until that is ready for another one's. */
function serve(client: Socket, lender: Lender): void {
  let hasBegun = false;
  let backend: Socket | null = null;
  let isWaiting = false;
  let left: Buffer[] = [];
  const read = framesOf((frame) => {
    if (frame[0] === 'X'.charCodeAt(0)) return;
    left.push(frame);
    if (backend) flush();
    else if (!isWaiting) lend();
  });
  const flush = (): void => {
    for (const frame of left.splice(0)) backend!.write(frame);
  };
  const lend = (): void => {
    isWaiting = true;
    lender.take((taken) => {
      isWaiting = false;
      backend = taken;
      const answer = framesOf((frame) => {
        client.write(frame);
        if (frame[0] !== 'Z'.charCodeAt(0) || frame[5] !== 'I'.charCodeAt(0)) return;
        taken.removeListener('data', answer);
        backend = null;
        lender.release(taken);
        if (left.length > 0 && !isWaiting) lend();
      });
      taken.on('data', answer);
      flush();
    });
  };
  client.on('data', (chunk: Buffer) => {
    if (hasBegun) return read(chunk);
    if (chunk.readInt32BE(4) === SSL_REQUEST) return void client.write('N');
    if (chunk.includes('statement_timeout\0')) {
      const fields = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0';
      return void client.end(frameOf('E', Buffer.from(fields)));
    }
    hasBegun = true;
    client.write(Buffer.concat([frameOf('R', Buffer.alloc(4)), frameOf('Z', Buffer.from('I'))]));
  });
}

/** Cuts a stream into messages: a letter, a length that counts itself, and the rest. */
function framesOf(take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const length = rest.readInt32BE(1) + 1;
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      take(frame);
    }
  };
}

function frameOf(letter: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** The driver signs in; from then on the connection is the pooler's. */
async function openBackend(connectionString: string): Promise<Socket> {
  const client = new pg.Client({ connectionString, application_name: 'pooler' });
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  // Somebody has to read, also what nobody gets: a notification of one that is lent to nobody.
  return stream.on('data', () => undefined);
}
