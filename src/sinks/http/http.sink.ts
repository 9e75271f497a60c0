import type { CutShort } from '../../egress/cut-short.js';
import type { EgressClient } from '../../egress/client.js';
import { parseDestination, type Destination } from '../../egress/destination.js';
import type { Ended, Reply } from '../../egress/exchange.js';
import { answered } from '../../updates/answered.js';
import { isOfClient } from '../../updates/headers.js';
import type { Outcome } from '../../updates/outcome.js';
import type { Message } from '../sink.js';
import type { ClosableSink } from '../sinks.js';
import { classify } from './classify.js';

const MOST_DESTINATIONS = 1_000;

/** POSTs a message as Singularity does (contract §5, "Request"), with two headers of Standard Webhooks beside. */
export class HttpSink implements ClosableSink {
  private readonly userAgent: string;
  private readonly destinations = new Map<string, Destination>();

  constructor(
    private readonly egress: Pick<EgressClient, 'post' | 'close'>,
    version: string,
    /** Epoch milliseconds. */
    private readonly now: () => number = Date.now,
  ) {
    this.userAgent = `Hooktide/${version}`;
  }

  async send(message: Message, cutShort: CutShort): Promise<Outcome> {
    const destination = this.destinationOf(message.destination);
    if (!destination.ok) return { reason: 'bad_uri', detail: destination.problem, durationMillis: 0, phases: {} };

    const result = await this.egress.post({
      url: destination.url,
      headers: this.headersOf(message),
      body: message.body,
      cutShort,
      connectTimeoutMillis: message.connectTimeoutMillis,
      deadlineMillis: message.timeoutMillis,
    });
    if (result.ok) return this.outcomeOf(result, message.successStatus);
    const { reason, detail, status, durationMillis, phases } = result;
    return { reason, status, detail, durationMillis, phases };
  }

  /** Lets what is under way end, and closes every connection. */
  close(): Promise<void> {
    return this.egress.close();
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
    return headers;
  }

  private outcomeOf(
    { status, retryAfter, text, durationMillis, phases }: Reply & Ended,
    successStatus: number | undefined,
  ): Outcome {
    const { reason, retryAfterMillis } = classify(status, retryAfter, this.now(), successStatus);
    const detail = answered(status, durationMillis);
    const answer = text === '' ? undefined : text;
    return { reason, status, detail, answer, retryAfterMillis, durationMillis, phases };
  }
}
