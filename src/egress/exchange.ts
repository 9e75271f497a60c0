import type { Dispatcher } from 'undici';
import { failure, reasonOf, type Circumstances, type Failure } from './failure.js';
import type { CutShort } from './cut-short.js';
import type { Reason } from '../updates/outcome.js';

/** A complete reply, whatever its status: which statuses are good is the sink's to say. */
export interface Reply {
  ok: true;
  status: number;
  /** `Retry-After` as it came. */
  retryAfter?: string;
  /** The first 512 characters of the body, as Postgres can store them. */
  text: string;
}

/** What bounds an exchange. */
export type ExchangeLimits = Omit<Circumstances, 'host'>;

const KEPT_CHARACTERS = 512;
/** A character is four bytes of UTF-8 at most. */
const KEPT_BYTES = KEPT_CHARACTERS * 4;

/**
 * One request and what comes back, as undici tells it:
 *
 *     waiting ── connected, request written ──► sent ── headers ──► answered ── end ──► over: Reply
 *        └── deadline: connect_timeout            └── timeout         └── body_timeout ──► over: Failure
 *
 * The deadline runs over all of it on a timer of our own: undici's start anew with each byte of a drip. Whatever ends
 * the exchange first decides; what undici says afterwards is ignored.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly result: Promise<Reply | Failure>;
  private settle!: (result: Reply | Failure) => void;
  private crash!: (error: Error) => void;
  private over = false;
  private controller?: Dispatcher.DispatchController;
  private status?: number;
  private retryAfter?: string;
  private received = 0;
  private readonly kept: Buffer[] = [];
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly url: URL,
    private readonly limits: ExchangeLimits,
    private readonly cutShort: CutShort,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.crash = reject;
    });
    this.deadline = setTimeout(() => this.stop(this.lateness()), limits.deadlineMillis);
    cutShort.onRequest = () => this.stop('cut_short');
    if (cutShort.isRequested) cutShort.onRequest();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error('The exchange is over'));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Informational replies (103) precede the real one.
    if (status < 200) return;
    this.status = status;
    const retryAfter = headers['retry-after'];
    this.retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.received < KEPT_BYTES) this.kept.push(chunk.subarray(0, KEPT_BYTES - this.received));
    this.received += chunk.length;
    if (this.received > this.limits.maxResponseBytes) this.stop('body_too_large');
  }

  onResponseEnd(): void {
    if (!this.finish()) return;
    this.settle({ ok: true, status: this.status!, retryAfter: this.retryAfter, text: this.text() });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const reason = reasonOf(error);
    if (reason !== null) this.stop(reason, error);
    else if (this.finish()) this.crash(error);
  }

  private text(): string {
    const text = Buffer.concat(this.kept).toString().slice(0, KEPT_CHARACTERS);
    // What Postgres can't store: NUL, and half of a pair that the cut split.
    return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
  }

  private lateness(): Reason {
    if (this.status !== undefined) return 'body_timeout';
    return this.controller === undefined ? 'connect_timeout' : 'timeout';
  }

  private stop(reason: Reason, error?: Error): void {
    if (!this.finish()) return;
    const { hostname, port, protocol } = this.url;
    const host = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
    this.settle({ ...failure(reason, { ...this.limits, host }, error), status: this.status });
    this.controller?.abort(error ?? new Error('The exchange is over'));
  }

  /** False if it was over before. */
  private finish(): boolean {
    if (this.over) return false;
    this.over = true;
    clearTimeout(this.deadline);
    this.cutShort.onRequest = null;
    return true;
  }
}
