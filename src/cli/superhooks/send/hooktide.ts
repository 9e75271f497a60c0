import { readFileSync } from 'node:fs';
import { VERSION } from '../../../config/version.js';
import { emptyTracking, toUpdates, type Converted, type Tracking } from '../../../sources/supervisord/tasks.js';
import { textOf } from '../failure.js';
import type { HooktideOptions } from '../options.js';
import { eventOf, type StoredEvent } from '../stored-event.js';
import { isWanted, type Wanted } from '../wanted.js';
import type { Answer, Exchange } from './exchange.js';
import type { Sent, Target } from './target.js';
import { judge, restMillis } from './verdict.js';

type Update = Converted['updates'][number];

/** Statuses that an update may be refused with for what it is; any other refusal is about the address or the token. */
const FAULT_OF_UPDATES = [400, 409, 413, 422];

/**
 * `--to`: events become updates of tasks, in arrays of one request each. Every update has an id that is the same each
 * time, so what is sent again counts once. The note is what the conversion keeps from event to event.
 */
export class HooktideTarget implements Target {
  /** Two updates at most come of an event, and a request takes 1 000. */
  readonly most = 500;
  readonly #url: URL;
  #isTwice = false;

  constructor(
    private readonly options: HooktideOptions & { data: ReadonlyMap<string, string>; wanted: Wanted },
    private readonly exchange: Pick<Exchange, 'post' | 'close'>,
    private readonly token: string | undefined,
    private readonly say: (text: string) => void,
  ) {
    const base = new URL(options.url);
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/api/updates`;
    base.username = base.password = base.hash = '';
    this.#url = base;
  }

  async send(events: readonly StoredEvent[], note: unknown, signal: AbortSignal): Promise<Sent> {
    const { updates, state } = this.convert(events, note);
    return (await this.deliver(updates, signal)) ?? { isSettled: true, note: state };
  }

  skip(events: readonly StoredEvent[], note: unknown): unknown {
    return this.convert(events, note).state;
  }

  close(): void {
    this.exchange.close();
  }

  private convert(events: readonly StoredEvent[], note: unknown): Converted {
    const updates: Update[] = [];
    let state = (note as Tracking | undefined) ?? emptyTracking();
    for (const stored of events) {
      const event = eventOf(stored);
      const converted = toUpdates(event, { ...stored, data: this.options.data }, state);
      state = converted.state;
      // All are followed, so that those that are told bear the right start.
      if (isWanted(event, this.options.wanted)) updates.push(...converted.updates);
    }
    return { updates, state };
  }

  /** What is refused for one update's sake is sent in halves, until only that one is left. null: nothing more to do. */
  private async deliver(
    updates: readonly Update[],
    signal: AbortSignal,
  ): Promise<Extract<Sent, { isSettled: false }> | null> {
    if (updates.length === 0) return null;
    const answer = await this.post(updates, signal);
    if (typeof answer === 'string') return { isSettled: false, why: answer, restMillis: null };
    const why = `Hooktide answered ${answer.status}${detailOf(answer)}`;
    if (judge(answer.status) === 'delivered') return null;
    if (!FAULT_OF_UPDATES.includes(answer.status)) {
      return { isSettled: false, why: why + hintFor(answer.status), restMillis: restMillis(answer, Date.now()) };
    }
    const [first] = updates;
    if (first && updates.length === 1) {
      if (answer.status === 409 && answer.text.includes(first.id)) this.sayTwice();
      else this.say(`${why}; the update ${first.id} is given up: ${JSON.stringify(first.payload)}`);
      return null;
    }
    const half = Math.ceil(updates.length / 2);
    return (await this.deliver(updates.slice(0, half), signal)) ?? (await this.deliver(updates.slice(half), signal));
  }

  /** The id names the event: whoever used it has told the same, if with other words (another time of receipt or -d). */
  private sayTwice(): void {
    if (this.#isTwice) return;
    this.#isTwice = true;
    this.say("another listener tells this supervisord's events to that Hooktide already: what it told counts");
  }

  /** A text says why no answer came. */
  private async post(updates: readonly Update[], signal: AbortSignal): Promise<Answer | string> {
    const body = JSON.stringify(updates);
    try {
      const token = this.readToken();
      const headers = new Map([
        ['User-Agent', `hooktide/${VERSION}`],
        ...(token ? ([['Authorization', `Bearer ${token}`]] as const) : []),
        ['Content-Type', 'application/json'],
        ['Content-Length', String(Buffer.byteLength(body))],
      ]);
      return await this.exchange.post({ url: this.#url, headers, body }, signal);
    } catch (error) {
      return textOf(error);
    }
  }

  /** The file is read each time: a token that is replaced counts from the next attempt on. */
  private readToken(): string | undefined {
    const { tokenFile } = this.options;
    return tokenFile === null ? this.token : readFileSync(tokenFile, 'utf8').trim();
  }
}

/** What a problem document says (RFC 9457). */
function detailOf({ text }: Answer): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? `: ${detail}` : '';
  } catch {
    return '';
  }
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return ': mend the token in --token-file or HOOKTIDE_TOKEN';
  return status < 500 && status !== 408 && status !== 425 && status !== 429
    ? ': is --to the address of a Hooktide?'
    : '';
}
