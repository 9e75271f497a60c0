import type { CutShort } from '../../egress/cut-short.js';
import type { EgressClient } from '../../egress/client.js';
import { parseDestination } from '../../egress/destination.js';
import type { Ended, Reply } from '../../egress/exchange.js';
import { answered } from '../../updates/answered.js';
import { isOfClient } from '../../updates/headers.js';
import type { Outcome } from '../../updates/outcome.js';
import type { Message, Sink } from '../sink.js';
import { classify } from './classify.js';

/** POSTs a message as Singularity does (contract §5, "Request"), with two headers of Standard Webhooks beside. */
export class HttpSink implements Sink {
  private readonly userAgent: string;

  constructor(
    private readonly egress: Pick<EgressClient, 'post'>,
    version: string,
    /** Epoch milliseconds. */
    private readonly now: () => number = Date.now,
  ) {
    this.userAgent = `Hooktide/${version}`;
  }

  async send(message: Message, cutShort: CutShort): Promise<Outcome> {
    const destination = parseDestination(message.destination);
    if (!destination.ok) return { reason: 'bad_uri', detail: destination.problem, durationMillis: 0, phases: {} };

    const result = await this.egress.post({
      url: destination.url,
      headers: this.headersOf(message),
      body: message.body,
      cutShort,
      connectTimeoutMillis: message.connectTimeoutMillis,
      deadlineMillis: message.timeoutMillis,
    });
    if (result.ok) return this.outcomeOf(result);
    const { reason, detail, status, durationMillis, phases } = result;
    return { reason, status, detail, durationMillis, phases };
  }

  /** The message may choose another `user-agent` and `accept`; what says which update this is stays Hooktide's. */
  private headersOf(message: Message): Record<string, string> {
    const headers: Record<string, string> = { accept: '*/*', 'user-agent': this.userAgent };
    for (const name in message.headers) {
      const lowerCased = name.toLowerCase();
      if (!isOfClient(lowerCased)) headers[lowerCased] = message.headers[name]!;
    }
    headers['content-type'] = message.contentType;
    headers['webhook-id'] = message.id;
    headers['webhook-timestamp'] = String(Math.floor(this.now() / 1000));
    return headers;
  }

  private outcomeOf({ status, retryAfter, text, durationMillis, phases }: Reply & Ended): Outcome {
    const { reason, retryAfterMillis } = classify(status, retryAfter, this.now());
    const detail = answered(status, durationMillis);
    const answer = text === '' ? undefined : text;
    return { reason, status, detail, answer, retryAfterMillis, durationMillis, phases };
  }
}
