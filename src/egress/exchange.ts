import type { Dispatcher } from 'undici';
import { failure, reasonOf, type Circumstances, type Failure } from './failure.js';
import type { CutShort } from './cut-short.js';
import type { Dial } from './connector.js';
import { Stopwatch } from './stopwatch.js';
import type { Phases, Reason } from '../updates/outcome.js';
import type { ReceiverTls } from '../updates/webhook-secrets.js';

export interface Post {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Ends the exchange early: `cut_short`. */
  cutShort: CutShort;
  /** Missing: the client's. */
  connectTimeoutMillis?: number;
  deadlineMillis?: number;
  /** The receiver's own TLS settings; missing or null: the config's. */
  tls?: ReceiverTls | null;
  /** Narrows where it may go (`only-to.ts`); missing or null: wherever the config allows. */
  onlyTo?: readonly string[] | null;
  /** The whole body of the reply is its `text`, up to so many bytes: more is `body_too_large`. */
  wholeBodyBytes?: number;
}

/** A complete reply, whatever its status: which statuses are good is the sink's to say. */
export interface Reply {
  ok: true;
  status: number;
  /** `Retry-After` as it came. */
  retryAfter?: string;
  /** The first 512 characters of the body, or all of it where the post asks for that, as Postgres can store them. */
  text: string;
}

/** How an exchange ended, and where its time went. */
export type Ended = (Reply | Failure) & { durationMillis: number; phases: Phases };

/** What bounds an exchange, unless the post has limits of its own. */
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
 * The deadline runs over all of it on a timer of our own: undici's start anew with each byte of a drip. The limit for a
 * connection is the connector's: most exchanges wait for none. Whatever ends the exchange first decides; what undici says
 * afterwards is ignored.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly result: Promise<Ended>;
  /** For the connection, if one has to be made. */
  readonly dial: Dial;
  private settle!: (result: Ended) => void;
  private crash!: (error: Error) => void;
  private over = false;
  private controller?: Dispatcher.DispatchController;
  private status?: number;
  private retryAfter?: string;
  private received = 0;
  private readonly kept: Buffer[] = [];
  private readonly stopwatch = new Stopwatch(performance.now());
  private readonly deadlineMillis: number;
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly post: Post,
    private readonly limits: ExchangeLimits,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.crash = reject;
    });
    const { cutShort, connectTimeoutMillis } = post;
    this.deadlineMillis = post.deadlineMillis ?? limits.deadlineMillis;
    // A connection that comes after the deadline is of no use.
    this.dial = {
      connectTimeoutMillis: Math.min(connectTimeoutMillis ?? limits.connectTimeoutMillis, this.deadlineMillis),
      stopwatch: this.stopwatch,
    };
    this.deadline = setTimeout(() => this.stop(this.lateness()), this.deadlineMillis);
    cutShort.onRequest = () => this.stop('cut_short');
    if (cutShort.isRequested) cutShort.onRequest();
  }

  /** The connection is there, and the request is written next. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error('The exchange is over'));
    else this.stopwatch.enter('firstByteMillis', performance.now());
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Informational replies (103) precede the real one.
    if (status < 200) return;
    this.status = status;
    // The head is complete: where it is late, the reason is `timeout`, and its phase this one.
    this.stopwatch.enter('bodyMillis', performance.now());
    const retryAfter = headers['retry-after'];
    this.retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const { wholeBodyBytes } = this.post;
    const keptBytes = wholeBodyBytes ?? KEPT_BYTES;
    if (this.received < keptBytes) this.kept.push(chunk.subarray(0, keptBytes - this.received));
    this.received += chunk.length;
    if (this.received > (wholeBodyBytes ?? this.limits.maxResponseBytes)) this.stop('body_too_large');
  }

  onResponseEnd(): void {
    if (!this.finish()) return;
    const { durationMillis, phases } = this.stopwatch.stop(performance.now());
    const { status, retryAfter } = this;
    this.settle({ ok: true, status: status!, retryAfter, text: this.text(), durationMillis, phases });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const reason = reasonOf(error);
    if (reason !== null) this.stop(reason, error);
    else if (this.finish()) this.crash(error);
  }

  private text(): string {
    if (this.received === 0) return '';
    const whole = Buffer.concat(this.kept).toString();
    const text = this.post.wholeBodyBytes === undefined ? whole.slice(0, KEPT_CHARACTERS) : whole;
    // What Postgres can't store: NUL, and half of a pair that the cut split.
    return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
  }

  private lateness(): Reason {
    if (this.status !== undefined) return 'body_timeout';
    return this.controller === undefined ? 'connect_timeout' : 'timeout';
  }

  private stop(reason: Reason, error?: Error): void {
    if (!this.finish()) return;
    const { hostname, port, protocol } = this.post.url;
    const host = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
    const { connectTimeoutMillis } = this.dial;
    const maxResponseBytes = this.post.wholeBodyBytes ?? this.limits.maxResponseBytes;
    const own = { connectTimeoutMillis, deadlineMillis: this.deadlineMillis, maxResponseBytes };
    const at = { ...this.limits, ...own, host };
    const time = this.stopwatch.stop(performance.now());
    this.settle({ ...failure(reason, at, error), status: this.status, ...time });
    this.controller?.abort(error ?? new Error('The exchange is over'));
  }

  /** False if it was over before. */
  private finish(): boolean {
    if (this.over) return false;
    this.over = true;
    clearTimeout(this.deadline);
    this.post.cutShort.onRequest = null;
    return true;
  }
}
