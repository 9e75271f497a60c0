import type { CutShort } from '../../egress/cut-short.js';
import type { Outcome } from '../../updates/outcome.js';
import { MOST_ENTRIES, takeBatch } from './batch.js';
import type { Entry } from './entry.js';
import type { Result } from './result.js';
import { Overdue } from './within.js';

/** Publishes a batch; a result for each entry. */
export type Publish = (entries: Entry[], signal: AbortSignal) => Promise<Result[]>;

interface Pending {
  entry: Entry;
  timeoutMillis: number;
  isSettled: boolean;
  settle(result: Result): void;
  crash(error: unknown): void;
}

interface Batch {
  pending: Pending[];
  abort: AbortController;
}

/** While a batch is under way, the next may wait so long for company. */
const GATHER_MILLIS = 2;
const CUT: Result = { reason: 'cut_short', detail: 'Cut short to make room for receivers that answer' };
const CUT_UNDER_WAY: Result = { ...CUT, detail: `${CUT.detail}; SNS may have published it` };

/**
 * Gathers the messages to one topic into batches:
 *
 *     waiting ── taken ──► under way ── the batch's results, or its deadline ──► settled
 *        └── cut ──► settled   └── cut ──► settled
 *
 * Whoever cuts a message that is under way gets its answer at once, without knowing whether SNS has it. The batch goes on
 * for the others; when all are cut, its request is aborted. Until then the groups of a batch are under way, those of
 * messages cut included.
 */
export class Gatherer {
  private waiting: Pending[] = [];
  private readonly underWay = new Set<Batch>();
  private readonly groups = new Set<string>();
  private cancel: (() => void) | null = null;

  constructor(
    private readonly publish: Publish,
    private readonly mostBatches: number,
    /** Nothing waits, and nothing is under way. */
    private readonly onIdle: () => void,
  ) {}

  /** @param timeoutMillis from its leaving on; a batch has the shortest of its messages' */
  add(entry: Entry, timeoutMillis: number, cutShort: CutShort): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const end = () => {
        pending.isSettled = true;
        cutShort.onRequest = null;
      };
      const pending: Pending = {
        entry,
        timeoutMillis,
        isSettled: false,
        settle: (result) => {
          if (pending.isSettled) return;
          end();
          resolve({ ...result, durationMillis: Math.round(performance.now() - startedAt) });
        },
        crash: (error) => {
          end();
          reject(error);
        },
      };
      this.waiting.push(pending);
      cutShort.onRequest = () => this.cut(pending);
      if (cutShort.isRequested) this.cut(pending);
      else if (this.waiting.length >= MOST_ENTRIES) this.leave();
      else this.cancel ??= this.soon();
    });
  }

  /** At once when nothing is under way: all that is sent in the same turn of the event loop goes together. */
  private soon(): () => void {
    if (this.underWay.size === 0) {
      const immediate = setImmediate(() => this.leave());
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(() => this.leave(), GATHER_MILLIS);
    return () => clearTimeout(timer);
  }

  private leave(): void {
    this.cancel?.();
    this.cancel = null;
    while (this.underWay.size < this.mostBatches) {
      const { batch, rest } = takeBatch(this.waiting, this.groups);
      this.waiting = rest;
      if (batch.length === 0) return;
      void this.run({ pending: batch, abort: new AbortController() });
    }
  }

  private async run(batch: Batch): Promise<void> {
    const { pending, abort } = batch;
    this.underWay.add(batch);
    for (const { entry } of pending) this.groups.add(entry.group);
    const millis = Math.min(...pending.map(({ timeoutMillis }) => timeoutMillis));
    const deadline = setTimeout(() => abort.abort(new Overdue(millis)), millis);
    const entries = pending.map(({ entry }) => entry);
    try {
      const results = await this.publish(entries, abort.signal);
      this.end(batch);
      for (const [index, one] of pending.entries()) one.settle(results[index]!);
    } catch (error) {
      this.end(batch);
      for (const one of pending) one.crash(error);
    } finally {
      clearTimeout(deadline);
    }
  }

  private end(batch: Batch): void {
    this.underWay.delete(batch);
    for (const { entry } of batch.pending) this.groups.delete(entry.group);
    // Somebody may have waited for a place, or for a group.
    if (this.waiting.length > 0) this.cancel ??= this.soon();
    else this.tellIfIdle();
  }

  private tellIfIdle(): void {
    if (this.waiting.length === 0 && this.underWay.size === 0) this.onIdle();
  }

  private cut(one: Pending): void {
    const place = this.waiting.indexOf(one);
    one.settle(place === -1 ? CUT_UNDER_WAY : CUT);
    if (place !== -1) {
      this.waiting.splice(place, 1);
      this.tellIfIdle();
    }
    for (const { pending, abort } of this.underWay) if (pending.every((p) => p.isSettled)) abort.abort(new Overdue(0));
  }
}
