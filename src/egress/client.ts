import { lookup } from 'node:dns';
import { Agent, Pool } from 'undici';
import type { Egress } from './compile.js';
import { Connection, type DialOptions } from './connection.js';
import { guardedConnector, type Resolve } from './connector.js';
import { Exchange, type Ended, type Post } from './exchange.js';
import { narrowingOf } from './only-to.js';
import { secureContextOf } from './tls.js';
import { Ways, type Own } from './ways.js';

export interface EgressOptions {
  egress: Egress;
  connectTimeoutMillis: number;
  /** Over connect, headers and body together. Like the limit before, for posts that name none of their own. */
  deadlineMillis: number;
  maxResponseHeaderBytes: number;
  maxResponseBytes: number;
  resolve?: Resolve;
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
  /** For posts that have nothing of their own: nearly all. */
  private readonly agent: Agent;
  private readonly ways: Ways<Agent>;

  constructor(private readonly options: EgressOptions) {
    this.agent = this.open({});
    this.ways = new Ways((own) => this.open(own));
  }

  /** @throws whatever is no fault of the receiver, the network or the rules */
  post(post: Post): Promise<Ended> {
    const exchange = new Exchange(post, this.options);
    if (post.cutShort.isRequested) return exchange.result;
    const { url, headers, body } = post;
    const { dial } = exchange;
    const path = url.pathname + url.search;
    // dispatch() is the half of request() that is needed here: no stream, no second promise.
    const options: DialOptions = { origin: url.origin, path, method: 'POST', headers, body, dial };
    const agent = post.tls || post.onlyTo ? this.ways.of(post) : this.agent;
    agent.dispatch(options, exchange);
    return exchange.result;
  }

  /** Lets what is under way end, and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.agent.close(), this.ways.close()]);
  }

  private open({ tls = null, onlyTo }: Own): Agent {
    const { egress, resolve = lookup, maxResponseHeaderBytes } = this.options;
    const { policy, proxy } = egress;
    const secure = tls === null ? egress.secure : () => secureContextOf(egress.tls, tls);
    const connect = guardedConnector({ policy, onlyTo: narrowingOf(onlyTo ?? null), resolve, proxy, secure });
    const limits = {
      maxHeaderSize: maxResponseHeaderBytes,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MILLIS,
      keepAliveTimeoutThreshold: KEEP_ALIVE_THRESHOLD_MILLIS,
      // The exchange has a deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const connection = (origin: URL) => new Connection(origin, limits, connect);
    return new Agent({ factory: (origin) => new Pool(origin, { factory: connection }) });
  }
}
