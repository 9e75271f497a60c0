// A receiver that records what arrives, and answers as it is told.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createSocketServer } from 'node:net';
import { now } from './clock.mjs';
import { listen } from './listen.mjs';

const certificate = (name) => ({
  cert: readFileSync(new URL(`certificates/${name}.pem`, import.meta.url)),
  key: readFileSync(new URL(`certificates/${name}.key.pem`, import.meta.url)),
});
/** Answers differ in how long they take, so that what may overtake does. */
const SLOWEST_MILLIS = 12;
const SLOW_HANDSHAKE_MILLIS = 1_500;
const LARGE_HEADER_BYTES = 5_000_000;

/** @typedef {(response: import('node:http').ServerResponse) => void} Behaviour */

export class Receiver {
  /** @type {Behaviour | null} null: 200 */
  behaviour = null;
  isSlowToShakeHands = false;
  #open = new Set();
  #count = 0;

  /**
   * @param {object} trace where arrivals go
   * @param {{ isSecure?: boolean, host?: string }} [options]
   */
  constructor(trace, { isSecure = false, host = '127.0.0.1' } = {}) {
    this.trace = trace;
    this.host = host;
    this.isSecure = isSecure;
  }

  /** Where a webhook of that name is sent to. */
  uri(name) {
    return `${this.isSecure ? 'https' : 'http'}://${this.host}:${this.port}/${name}`;
  }

  /** The first time on any port, from then on on that one. */
  async listen() {
    const handle = (request, response) => void this.#receive(request, response).catch(() => undefined);
    this.http = this.isSecure ? createTlsServer(certificate('receiver'), handle) : createServer(handle);
    this.http.on('tlsClientError', () => undefined);
    this.http.on('clientError', (_, socket) => socket.destroy());
    this.door = createSocketServer((socket) => {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#open.delete(socket));
      const enter = () => this.http.emit('connection', socket);
      if (this.isSlowToShakeHands) setTimeout(enter, SLOW_HANDSHAKE_MILLIS);
      else enter();
    });
    this.port = await listen(this.door, this.port);
  }

  /** Nobody listens any more, and every connection is broken. */
  async close() {
    const closed = new Promise((resolve) => this.door.close(resolve));
    this.hangUp();
    await closed;
  }

  /** Whoever sends more has to connect anew. */
  hangUp() {
    for (const socket of this.#open) socket.destroy();
  }

  /** Shows the certificate of another name, or its own again. */
  present(name) {
    this.http.setSecureContext(certificate(name));
    this.hangUp();
  }

  async #receive(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const at = now();
    const webhookId = request.headers['webhook-id'] ?? '';
    const arrival = {
      target: request.url.slice(1),
      at,
      ackedAt: null,
      process: this.trace.processes.get(request.socket.remoteAddress) ?? null,
      updateId: webhookId.slice(0, webhookId.lastIndexOf('-')),
      webhookId,
      body: Buffer.concat(chunks).toString(),
    };
    this.trace.arrivals.push(arrival);
    if (this.behaviour) return this.behaviour(response);
    this.#count += 1;
    setTimeout(
      () => {
        if (response.destroyed) return;
        arrival.ackedAt = now();
        response.writeHead(200).end();
      },
      (this.#count * 7) % SLOWEST_MILLIS,
    );
  }
}

/** @returns {Behaviour} */
const answers =
  (status, headers = {}) =>
  (response) =>
    response.writeHead(status, headers).end();

/** What a receiver may do instead. @type {Record<string, Behaviour>} */
export const BEHAVIOURS = {
  'resets in mid-body': (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('the beginning', () => response.socket?.resetAndDestroy());
  },
  'never answers': () => undefined,
  'drips one byte a second': (response) => {
    response.writeHead(200).flushHeaders();
    const timer = setInterval(() => response.write('.'), 1_000);
    response.on('close', () => clearInterval(timer));
  },
  'never ends its body': (response) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const fill = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.writeHead(200).on('drain', fill);
    fill();
  },
  'answers with 5 MB of headers': (response) =>
    response.socket?.write(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(LARGE_HEADER_BYTES)}\r\n\r\n`),
  // Whoever followed it would arrive at a target that nobody has.
  redirects: (response) =>
    response.writeHead(307, { location: `http://${response.req.headers.host}/redirected` }).end(),
  'answers 500': answers(500),
  'answers 429': answers(429, { 'retry-after': '1' }),
  'answers 503': answers(503, { 'retry-after': '1' }),
  'answers 410': answers(410),
};
