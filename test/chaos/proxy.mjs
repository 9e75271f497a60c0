// The way between Hooktide and Postgres, which can be cut, can swallow what is said, or can hold it up.
import { connect, createServer } from 'node:net';

/** What is swallowed ends in a reset only after Hooktide has given it up by itself: its statements have 10 s. */
const SWALLOWED_MILLIS = 12_000;

/** @typedef {'pass' | 'refuse' | 'swallow' | 'hold'} Mode */

export class Proxy {
  #open = new Set();
  /** By the address that they come from; '' is for all. @type {Map<string, Mode>} */
  #modes = new Map();

  /** @param {string} databaseUrl */
  async listen(databaseUrl) {
    const target = new URL(databaseUrl);
    this.server = createServer((near) => this.#accept(near, Number(target.port)));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.server.address().port;
  }

  /** Breaks the connections of one address, or all ('') of them. */
  cut(address) {
    for (const way of this.#of(address)) way.near.destroy();
  }

  /** From now on nobody gets through. */
  refuse(address) {
    this.#modes.set(address, 'refuse');
    this.cut(address);
  }

  /** From now on nothing gets through, and nobody is told. */
  swallow(address) {
    this.#modes.set(address, 'swallow');
    for (const way of this.#of(address)) way.isSwallowing = true;
  }

  /** Nothing gets through until it is let through, and then all of it does. */
  hold(address) {
    this.#modes.set(address, 'hold');
    for (const { near, far } of this.#of(address)) [near, far].forEach((end) => end.pause());
  }

  /** Ends what was begun for that address. Resolves when nothing of it is left. @param {Mode} mode */
  async mend(address, mode) {
    if (this.#modes.get(address) === mode) this.#modes.delete(address);
    const ways = this.#of(address);
    if (mode === 'hold') for (const { near, far } of ways) [near, far].forEach((end) => end.resume());
    if (mode !== 'swallow') return;
    await new Promise((resolve) => setTimeout(resolve, SWALLOWED_MILLIS));
    for (const way of ways) if (way.isSwallowing) way.near.resetAndDestroy();
  }

  async close() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut('');
    await closed;
  }

  #of(address) {
    return [...this.#open].filter(({ near }) => address === '' || near.remoteAddress === address);
  }

  #accept(near, port) {
    const mode = this.#modes.get('') ?? this.#modes.get(near.remoteAddress);
    near.on('error', () => undefined);
    if (mode === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    const way = { near, far, isSwallowing: mode === 'swallow' };
    this.#open.add(way);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ]) {
      end.on('error', () => undefined);
      end.on('data', (bytes) => {
        if (way.isSwallowing || other.write(bytes)) return;
        end.pause();
        other.once('drain', () => end.resume());
      });
      end.on('end', () => way.isSwallowing || other.end());
      end.on('close', () => {
        this.#open.delete(way);
        if (!way.isSwallowing || end === near) other.destroy();
      });
    }
    if (mode === 'hold') [near, far].forEach((end) => end.pause());
  }
}
