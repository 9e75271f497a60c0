import { STATUS_CODES } from 'node:http';
import type { CutShort } from '../../egress/cut-short.js';
import type { EgressClient } from '../../egress/client.js';
import { parseDestination } from '../../egress/destination.js';
import type { Reply } from '../../egress/exchange.js';
import type { Failure } from '../../egress/failure.js';
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
    if (!destination.ok) return { reason: 'bad_uri', detail: destination.problem, durationMillis: 0 };

    const started = performance.now();
    const result = await this.egress.post({
      url: destination.url,
      headers: this.headersOf(message),
      body: message.body,
      cutShort,
    });
    const durationMillis = Math.round(performance.now() - started);
    return result.ok ? this.outcomeOf(result, durationMillis) : { ...failed(result), durationMillis };
  }

  /** `host`, `connection` and `content-length` are the client's. */
  private headersOf(message: Message): Record<string, string> {
    return {
      'content-type': message.contentType,
      accept: '*/*',
      'user-agent': this.userAgent,
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(this.now() / 1000)),
    };
  }

  private outcomeOf({ status, retryAfter, text }: Reply, durationMillis: number): Outcome {
    const { reason, retryAfterMillis } = classify(status, retryAfter, this.now());
    const detail = `The receiver answered ${named(status)} in ${durationMillis} ms`;
    if (reason === 'delivered') return { reason, status, detail, durationMillis };
    return { reason, status, detail, durationMillis, answer: text === '' ? undefined : text, retryAfterMillis };
  }
}

function failed({ reason, detail, status }: Failure): Omit<Outcome, 'durationMillis'> {
  return { reason, detail, status };
}

/** `404 Not Found`, by the registry's words: the receiver's own may hold anything. */
function named(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}
