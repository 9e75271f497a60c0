// Ports to which servers come back after they were closed: none that the system gives to whoever asks for any.
import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;
const TRIES = 100;

/** Listens on loopback, on this port or a free one. @returns {Promise<number>} the port */
export async function listen(server, port) {
  for (let tries = 1; ; tries += 1) {
    const chosen = port ?? FIRST + Math.floor(Math.random() * COUNT);
    server.listen(chosen, '127.0.0.1');
    try {
      await once(server, 'listening');
      return chosen;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port !== undefined || tries === TRIES) throw error;
    }
  }
}

export async function freePort() {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
