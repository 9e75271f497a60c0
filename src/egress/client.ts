import { lookup } from 'node:dns';
import { Agent } from 'undici';
import type { AddressRules } from './address.js';
import type { CutShort } from './cut-short.js';
import { guardedConnector, type Resolve } from './connector.js';
import { Exchange, type Reply } from './exchange.js';
import type { Failure } from './failure.js';

export interface EgressOptions {
  rules: AddressRules;
  connectTimeoutMillis: number;
  /** Over connect, headers and body together. */
  deadlineMillis: number;
  maxResponseHeaderBytes: number;
  maxResponseBytes: number;
  resolve?: Resolve;
}

export interface Post {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Ends the exchange early: `cut_short`. */
  cutShort: CutShort;
}

/**
 * How long a connection waits for its next request, unless the receiver's `Keep-Alive: timeout` says less. A receiver that
 * closes at the moment of reuse costs one attempt (`connection_reset`), and nothing is repeated in silence: a request
 * written twice may be processed twice. So connections rest for less than the 5 s that common servers grant, and end two
 * seconds before the time a receiver names.
 */
const KEEP_ALIVE_MILLIS = 4_000;
const KEEP_ALIVE_THRESHOLD_MILLIS = 2_000;
const MAX_KEEP_ALIVE_MILLIS = 60_000;

/**
 * The one client for addresses that users gave. No redirects, no repeats, no proxies from the environment. Connections of
 * an origin go when they rested, and its pool with the last of them, so that origins once seen cost nothing.
 */
export class EgressClient {
  private readonly agent: Agent;

  constructor(private readonly options: EgressOptions) {
    this.agent = new Agent({
      connect: guardedConnector(options.rules, options.resolve ?? lookup, options.connectTimeoutMillis),
      maxHeaderSize: options.maxResponseHeaderBytes,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MILLIS,
      keepAliveTimeoutThreshold: KEEP_ALIVE_THRESHOLD_MILLIS,
      // The exchange has a deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** @throws whatever is no fault of the receiver, the network or the rules */
  post({ url, headers, body, cutShort }: Post): Promise<Reply | Failure> {
    const exchange = new Exchange(url, this.options, cutShort);
    if (cutShort.isRequested) return exchange.result;
    // dispatch() is the half of request() that is needed here: no stream, no second promise.
    this.agent.dispatch(
      { origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body },
      exchange,
    );
    return exchange.result;
  }

  /** Lets what is under way end, and closes every connection. */
  async close(): Promise<void> {
    await this.agent.close();
  }
}
