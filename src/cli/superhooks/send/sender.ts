import { textOf } from '../failure.js';
import type { Spool } from '../spool/spool.js';
import type { StoredEvent } from '../stored-event.js';
import type { Sent, Target } from './target.js';
import { backoffMillis } from './verdict.js';

export interface SenderOptions {
  spool: Spool<StoredEvent>;
  target: Target;
  say: (text: string) => void;
  /** Events leave at `flush` only, and when this time has gone by without one; null: at once. */
  flushEveryMillis: number | null;
}

/**
 * Moves events from the spool to the target, oldest first, until they are settled.
 *
 * States: idle (nothing waits, or it isn't time) –wake, flush→ sending –failed→ resting –time→ sending. `stop` ends
 * idle and resting at once, and sending at the first failure, at the end of what waits, or when the time is up.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #end = new AbortController();
  /** How many events may leave. */
  #allowed: number;
  #isStopping = false;
  #isWoken = false;
  #wakeUp: () => void = () => undefined;
  #minute: NodeJS.Timeout | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#allowed = options.flushEveryMillis === null ? Infinity : 0;
    this.startMinute();
  }

  /** Something was stored. */
  wake(): void {
    this.#isWoken = true;
    this.#wakeUp();
  }

  /** It is time to send what waits. What comes later waits for the next time. */
  flush(): void {
    this.#allowed = Math.max(this.#allowed, this.#options.spool.waiting);
    this.startMinute();
    this.wake();
  }

  /** Resolves when it has stopped. */
  async run(): Promise<void> {
    const { spool, say } = this.#options;
    let failures = 0;
    for (;;) {
      const sent = await this.sendNext();
      if (sent === null) {
        if (this.#isStopping) return;
        // Some of what was allowed may have gone as the spool was full.
        if (this.#options.flushEveryMillis !== null) this.#allowed = 0;
        await this.idle();
        continue;
      }
      if (sent.isSettled) {
        failures = 0;
        continue;
      }
      failures += 1;
      const rest = Math.max(sent.restMillis ?? 0, backoffMillis(failures, Math.random()));
      const next = this.#isStopping ? 'at the next start' : `in ${Math.ceil(rest / 1000)} s`;
      say(`${sent.why}; waiting: ${spool.waiting}, tried again ${next}`);
      await this.rest(rest);
      if (this.#isStopping) return;
    }
  }

  /** Sends what can be sent within that time. What waits stays in the spool. */
  stop(withinMillis: number): void {
    this.#isStopping = true;
    this.#allowed = Infinity;
    clearTimeout(this.#minute);
    setTimeout(() => this.#end.abort(), withinMillis).unref();
    this.wake();
  }

  /** null: nothing may leave now. */
  private async sendNext(): Promise<Sent | null> {
    const { spool, target } = this.#options;
    try {
      const batch = this.#allowed > 0 ? spool.first(Math.min(target.most, this.#allowed)) : null;
      if (batch === null) return null;
      const sent = await target.send(batch.records, spool.note, this.#end.signal);
      if (sent.isSettled) {
        spool.settle(batch, sent.note);
        this.#allowed -= batch.records.length;
      }
      return sent;
    } catch (error) {
      return { isSettled: false, why: `the spool can't be read: ${textOf(error)}`, restMillis: null };
    }
  }

  private async idle(): Promise<void> {
    if (!this.#isWoken) await new Promise<void>((resolve) => (this.#wakeUp = resolve));
    this.#isWoken = false;
  }

  private async rest(millis: number): Promise<void> {
    if (this.#isStopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#wakeUp = () => {
        if (!this.#isStopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private startMinute(): void {
    clearTimeout(this.#minute);
    const { flushEveryMillis } = this.#options;
    if (flushEveryMillis !== null) this.#minute = setTimeout(() => this.flush(), flushEveryMillis);
  }
}
