import { Client, type Dispatcher } from 'undici';
import type { Connect, Dial } from './connector.js';

/** What undici hands on untouched, from its agent through a pool to the connection. */
export type DialOptions = Dispatcher.DispatchOptions & { dial: Dial };

/**
 * One connection of an origin's pool. It tells the connector whose connection to make, which undici does not: that of
 * the request which it got last. A request makes it connect at once, or after a turn of the event loop, when what was
 * kept proves to be closed. Should two wait for one connection, which undici avoids, the later one counts.
 */
export class Connection extends Client {
  /** Not the request itself: its body would stay in memory for as long as the connection rests. */
  private dial!: Dial;

  constructor(origin: URL, options: Client.Options, connect: Connect) {
    super(origin, { ...options, connect: (to, callback) => connect(to, this.dial, callback) });
  }

  override dispatch(options: DialOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.dial = options.dial;
    return super.dispatch(options, handler);
  }
}
