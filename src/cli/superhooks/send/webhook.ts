import { VERSION } from '../../../config/version.js';
import { textOf } from '../failure.js';
import { fieldsOf, toForm } from '../fields.js';
import type { WebhookOptions } from '../options.js';
import type { StoredEvent } from '../stored-event.js';
import type { Answer, Exchange } from './exchange.js';
import { basicAuthorization } from './proxy.js';
import type { Sent, Target } from './target.js';
import { judge, restMillis } from './verdict.js';

/** `-u`: each event is a request of its own, in their order. */
export class WebhookTarget implements Target {
  readonly most = 1;
  readonly #url: URL;
  readonly #headers: ReadonlyMap<string, string>;

  constructor(
    private readonly options: WebhookOptions & { data: ReadonlyMap<string, string> },
    private readonly exchange: Pick<Exchange, 'post' | 'close'>,
    private readonly say: (text: string) => void,
  ) {
    this.#headers = headersOf(options);
    this.#url = new URL(options.url);
    this.#url.username = this.#url.password = '';
  }

  async send(events: readonly StoredEvent[], note: unknown, signal: AbortSignal): Promise<Sent> {
    for (const event of events) {
      const answer = await this.post(event, signal);
      if (typeof answer === 'string') return { isSettled: false, why: answer, restMillis: null };
      const verdict = judge(answer.status);
      const why = `the receiver answered ${answer.status}`;
      if (verdict === 'retry') return { isSettled: false, why, restMillis: restMillis(answer, Date.now()) };
      if (verdict === 'refused') this.say(`${why}, and gets this event no more: ${event.event.payload}`);
    }
    return { isSettled: true, note };
  }

  skip(_: readonly StoredEvent[], note: unknown): unknown {
    return note;
  }

  close(): void {
    this.exchange.close();
  }

  /** A text says why no answer came. */
  private async post(event: StoredEvent, signal: AbortSignal): Promise<Answer | string> {
    const fields = fieldsOf(event, this.options);
    const body = this.options.isJson ? JSON.stringify(Object.fromEntries(fields)) : toForm(fields);
    const headers = new Map([...this.#headers, ['Content-Length', String(Buffer.byteLength(body))]]);
    try {
      return await this.exchange.post({ url: this.#url, headers, body }, signal);
    } catch (error) {
      return textOf(error);
    }
  }
}

/** What is typed later replaces what is typed before, whatever its case; a password of the url counts most. */
function headersOf({ url, headers, isJson }: WebhookOptions): Map<string, string> {
  const all = new Map([
    ['User-Agent', `hooktide/${VERSION}`],
    ['Accept', '*/*'],
    // Said as superhooks says it, and not made use of: a receiver of one thread would serve nobody else meanwhile.
    ['Connection', 'keep-alive'],
    ['Content-Type', isJson ? 'application/json' : 'application/x-www-form-urlencoded'],
  ]);
  for (const [name, value] of [...headers, ...Object.entries(basicAuthorization(url, 'Authorization'))]) {
    for (const known of all.keys()) if (known.toLowerCase() === name.toLowerCase()) all.delete(known);
    all.set(name, value);
  }
  return all;
}
