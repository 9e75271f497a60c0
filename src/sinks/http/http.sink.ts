import type { CutShort } from '../../egress/cut-short.js';
import type { EgressClient } from '../../egress/client.js';
import { parseDestination, type Destination } from '../../egress/destination.js';
import type { Ended, Reply } from '../../egress/exchange.js';
import { answered } from '../../updates/answered.js';
import { isOfClient } from '../../updates/headers.js';
import type { Outcome, Reason } from '../../updates/outcome.js';
import type { TraceContext } from '../../updates/trace-context.js';
import type { Message } from '../sink.js';
import type { ClosableSink } from '../sinks.js';
import { signatureHeaders } from '../../signing/signer.js';
import type { SigningKeyPair } from '../../signing/asymmetric.js';
import type { ReceiverAuth, Signing } from '../../updates/webhook-secrets.js';
import { classify } from './classify.js';
import { withoutSecrets } from './mask.js';
import { TokenServers, type OAuth2 } from './token-server.js';

const MOST_DESTINATIONS = 1_000;

export interface HttpSinkOptions {
  version: string;
  /** Over a whole attempt, where the message doesn't say. */
  deadlineMillis: number;
  /** The service's own keys, which sign what is signed as well. */
  keyPairs?: readonly SigningKeyPair[];
  /** Epoch milliseconds. */
  now?: () => number;
}

/** POSTs a message as Singularity does (contract §5, "Request"), with two headers of Standard Webhooks beside. */
export class HttpSink implements ClosableSink {
  private readonly userAgent: string;
  private readonly tokenServers: TokenServers;
  private readonly destinations = new Map<string, Destination>();

  constructor(
    private readonly egress: Pick<EgressClient, 'post' | 'close'>,
    private readonly options: HttpSinkOptions,
  ) {
    this.userAgent = `Hooktide/${options.version}`;
    this.tokenServers = new TokenServers(egress);
  }

  async send(message: Message, cutShort: CutShort): Promise<Outcome> {
    const destination = this.destinationOf(message.destination);
    if (!destination.ok) return unsent('bad_uri', destination.problem);
    if (message.unreadable !== undefined) {
      return unsent('unreadable_secrets', `What is secret of it can't be read: ${message.unreadable}`);
    }
    if (message.auth?.type !== 'oauth2') return this.post(destination.url, message, cutShort, headerOf(message.auth));
    return this.postWithToken(destination.url, message, cutShort, message.auth);
  }

  /** Lets what is under way end, and closes every connection. */
  close(): Promise<void> {
    this.tokenServers.close();
    return this.egress.close();
  }

  /** One that the receiver takes no longer is replaced at once, within the same attempt and its deadline. */
  private async postWithToken(url: URL, message: Message, cutShort: CutShort, auth: OAuth2): Promise<Outcome> {
    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    const { timeoutMillis = this.options.deadlineMillis } = message;
    const left = () => Math.max(1, timeoutMillis - elapsed());
    for (let isFirst = true; ; isFirst = false) {
      const asked = await this.tokenServers.get(auth, { cutShort, deadlineMillis: left(), onlyTo: message.onlyTo });
      if (!asked.ok) return { ...asked.outcome, durationMillis: elapsed() };
      const outcome = await this.post(url, { ...message, timeoutMillis: left() }, cutShort, `Bearer ${asked.token}`);
      // A receiver that takes a new one neither has another reason.
      if (outcome.status !== 401 || !isFirst) return { ...outcome, durationMillis: elapsed() };
      this.tokenServers.forget(auth, message, asked.token);
    }
  }

  private async post(url: URL, message: Message, cutShort: CutShort, authorization?: string): Promise<Outcome> {
    const headers = this.headersOf(message);
    if (authorization !== undefined) headers.authorization = authorization;
    const result = await this.egress.post({ url, headers, body: message.body, cutShort, ...limitsOf(message) });
    if (result.ok) return this.outcomeOf(result, message, authorization);
    const { reason, detail, status, durationMillis, phases } = result;
    return { reason, status, detail, durationMillis, phases };
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }

  /** Most uris are the same for every update: parsing one costs more than looking it up. */
  private destinationOf(uri: string): Destination {
    const known = this.destinations.get(uri);
    if (known) return known;
    if (this.destinations.size >= MOST_DESTINATIONS) this.destinations.clear();
    const destination = parseDestination(uri);
    this.destinations.set(uri, destination);
    return destination;
  }

  /** The message may choose another `user-agent` and `accept`; what says which update this is stays Hooktide's. */
  private headersOf(message: Message): Record<string, string> {
    const own = {
      'content-type': message.contentType,
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(this.now() / 1000)),
    };
    const headers: Record<string, string> = { accept: '*/*', 'user-agent': this.userAgent, ...own };
    for (const name in message.headers) {
      const lowerCased = name.toLowerCase();
      if (!isOfClient(lowerCased) && !(lowerCased in own)) headers[lowerCased] = message.headers[name]!;
    }
    if (message.trace) goOn(headers, message.trace);
    if (message.signing) Object.assign(headers, this.signaturesOf(message, own, message.signing));
    return headers;
  }

  private signaturesOf(
    { body }: Message,
    own: { 'webhook-id': string; 'webhook-timestamp': string },
    signing: Signing,
  ) {
    const signable = { id: own['webhook-id'], timestamp: own['webhook-timestamp'], body };
    return signatureHeaders(signable, signing, this.options.keyPairs ?? [], this.now());
  }

  private outcomeOf(
    { status, retryAfter, text, durationMillis, phases }: Reply & Ended,
    message: Message,
    authorization: string | undefined,
  ): Outcome {
    const { reason, retryAfterMillis } = classify(status, retryAfter, this.now(), message.successStatus);
    const detail = answered(status, durationMillis);
    const answer = withoutSecrets(text, message, authorization) || undefined;
    return { reason, status, detail, answer, retryAfterMillis, durationMillis, phases };
  }
}

function limitsOf({ connectTimeoutMillis, timeoutMillis, tls, onlyTo }: Message) {
  return { connectTimeoutMillis, deadlineMillis: timeoutMillis, tls, onlyTo };
}

/** One trace only: what a webhook's own headers say of another one goes with it. */
function goOn(headers: Record<string, string>, { traceParent, traceState }: TraceContext): void {
  headers.traceparent = traceParent;
  if (traceState !== undefined) headers.tracestate = traceState;
  else if (headers.tracestate !== undefined) delete headers.tracestate;
}

function headerOf(auth: Exclude<ReceiverAuth, OAuth2> | null | undefined): string | undefined {
  if (!auth) return undefined;
  if (auth.type === 'bearer') return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
}

function unsent(reason: Reason, detail: string): Outcome {
  return { reason, detail, durationMillis: 0, phases: {} };
}
