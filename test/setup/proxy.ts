import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a Postgres that can be cut and mended. */
export interface Proxy {
  /** The given url, by way of the proxy. */
  url: string;
  /** Breaks every connection, and lets none through from now on. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** From now on new connections lead to the server of this url; those that are open stay where they are. */
  turnTo(databaseUrl: string): void;
}

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  let target = new URL(databaseUrl);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const behind = connect(Number(target.port || 5432), target.hostname);
    for (const [end, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      open.add(end);
      end.on('error', () => undefined);
      end.on('close', () => other.destroy() && open.delete(end));
      end.pipe(other);
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
    mend: () => listen(port),
    turnTo: (other) => {
      target = new URL(other);
    },
  };
}
