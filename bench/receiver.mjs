// A process that answers every POST with an empty 200 as cheaply as it can, and counts. It understands just enough of
// HTTP/1.1: connections that stay, requests in a row, bodies of a known length in any number of chunks.
// Over IPC, `{ask, times: true}` is answered with the time at which each update arrived, by its id; these are kept when it was
// started with `--times`. The rest is the tally's.
import { createServer } from 'node:net';
import { now } from './clock.mjs';
import { add, answerOnce } from './tally.mjs';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const END_OF_HEAD = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)/i;
/** The id of an update is what stands before the last dash. */
const ID = /\r\nwebhook-id: *(\S+)-/i;

const keepsTimes = process.argv.includes('--times');
const times = {};

/** One connection: what came of a head so far, or how much of a body is missing. */
class Reader {
  #head = null;
  #missing = 0;
  #id = '';

  /** Returns how many requests end in this chunk; null: that is nothing it understands. */
  read(chunk) {
    const bytes = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
    this.#head = null;
    let ended = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#missing === 0) {
        const end = bytes.indexOf(END_OF_HEAD, at);
        if (end === -1) {
          this.#head = bytes.subarray(at);
          break;
        }
        if (!this.#begin(bytes.latin1Slice(at, end))) return null;
        at = end + END_OF_HEAD.length;
      }
      const taken = Math.min(this.#missing, bytes.length - at);
      at += taken;
      this.#missing -= taken;
      if (this.#missing > 0) break;
      if (keepsTimes) times[this.#id] ??= now();
      ended += 1;
    }
    return ended;
  }

  #begin(head) {
    const length = LENGTH.exec(head);
    if (length === null) return false;
    this.#missing = Number(length[1]);
    if (keepsTimes) this.#id = ID.exec(head)?.[1] ?? '';
    return true;
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new Reader();
  socket.on('data', (chunk) => {
    const ended = reader.read(chunk);
    if (ended === null) {
      socket.destroy();
    } else if (ended > 0) {
      socket.write(ended === 1 ? ANSWER : Buffer.concat(Array(ended).fill(ANSWER)));
      add(ended);
    }
  });
  // Senders are killed when their question is answered.
  socket.on('error', () => undefined);
});

process.on('message', (message) => {
  if (message.times) process.send({ ask: message.ask, times });
  else answerOnce(message);
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
