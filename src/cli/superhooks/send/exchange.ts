import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { AgentOptions } from 'node:https';
import { readAuthorities } from './authorities.js';
import { clientFor, proxyFor, tunnel, type Environment } from './proxy.js';

/** So much of an answer is read at most. */
const MOST_ANSWER_BYTES = 64 * 1024;
/** An idle connection is kept no longer: routers forget it without a word. */
const KEPT_MILLIS = 5_000;

export interface Post {
  url: URL;
  headers: ReadonlyMap<string, string>;
  body: string;
}

export interface Answer {
  status: number;
  /** The header Retry-After, as it came. */
  retryAfter: string | null;
  /** The beginning of the body. */
  text: string;
}

/** `kept`: one connection for all requests, while it lasts. `new`: one for each, which is closed after the answer. */
export type Connections = 'kept' | 'new';

/**
 * POSTs to one place, one request at a time. Proxies and trusted authorities come from
 * the variables that Python's requests knows. Redirects are not followed.
 */
export class Exchange {
  readonly #env: Environment;
  readonly #timeoutMillis: number;
  readonly #connections: Connections;
  readonly #ca: string[] | undefined;
  #agent: Agent | undefined;

  /** @throws ExitError 2 when REQUESTS_CA_BUNDLE names what can't be read */
  constructor(env: Environment, timeoutMillis: number, connections: Connections) {
    this.#env = env;
    this.#timeoutMillis = timeoutMillis;
    this.#connections = connections;
    this.#ca = readAuthorities(env);
  }

  /**
   * One attempt, with one time limit over all of it.
   * @throws Error when no answer came: whatever the network said, or that the time was up, or that `signal` ended it
   */
  async post(post: Post, signal: AbortSignal): Promise<Answer> {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    const limit = setTimeout(end, this.#timeoutMillis);
    signal.addEventListener('abort', end);
    try {
      return await this.send(post, attempt.signal);
    } catch (error) {
      if (signal.aborted) throw new Error('stopped in the middle', { cause: error });
      if (attempt.signal.aborted) throw new Error(`no answer within ${this.#timeoutMillis / 1000} s`, { cause: error });
      throw error;
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', end);
    }
  }

  close(): void {
    this.#agent?.destroy();
  }

  private async send(post: Post, signal: AbortSignal): Promise<Answer> {
    for (;;) {
      const request = await this.open(post.url, signal);
      try {
        return await exchange(request, post);
      } catch (error) {
        // The receiver closed the kept connection while this request was on its way.
        if (!request.reusedSocket || signal.aborted) throw error;
      } finally {
        // Whatever the header Connection says.
        if (this.#connections === 'new') request.socket?.destroy();
      }
    }
  }

  private async open(url: URL, signal: AbortSignal): Promise<ClientRequest> {
    const proxy = proxyFor(url, this.#env);
    const options: RequestOptions = { method: 'POST', signal, auth: '' };
    if (url.protocol === 'https:' && proxy) {
      // Loaded first: from when there is a socket, its errors are the request's.
      const https = await clientFor(url);
      const socket = await tunnel(proxy, url, this.#ca, signal);
      return https.request(url, { ...options, createConnection: () => socket });
    }
    // To a proxy, http is asked for by its whole address (RFC 9112 §3.2.2).
    const path = `http://${url.host}${url.pathname}${url.search}`;
    const forProxy = proxy && { path, headers: { ...proxy.headers, Host: url.host } };
    const peer = proxy?.url ?? url;
    const { request, Agent } = await clientFor(peer);
    const kept: AgentOptions = {
      keepAlive: this.#connections === 'kept',
      maxSockets: 1,
      timeout: KEPT_MILLIS,
      ca: this.#ca,
    };
    this.#agent ??= new Agent(kept);
    return request(peer, { ...options, agent: this.#agent, ...forProxy });
  }
}

function exchange(request: ClientRequest, { headers, body }: Post): Promise<Answer> {
  return new Promise((resolve, reject) => {
    for (const [name, value] of headers) request.setHeader(name, value);
    request.on('error', reject);
    request.on('response', (response) => resolve(answerOf(response)));
    // A text would be written together with the head, and the head not in Latin-1 then.
    request.end(Buffer.from(body));
  });
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) break;
    }
  } catch {
    // The receiver has answered, even if it does not end its answer.
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null, text };
}
