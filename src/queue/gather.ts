import { isRefused } from '../database/database.js';

/** While others are being stored, a request may wait so long for company. */
const WAIT_MILLIS = 5;
/** No more are put together than are likely to be stored in this time, as each waits for all; but always so many. */
const BATCH_MILLIS = 100;
const LEAST_ITEMS = 5;
const MOST_ITEMS = 200;
const MOST_BYTES = 1_000_000;
/** Larger requests gain nothing by company. */
const LARGE = 50;

/**
 * Stores all of them, or none, and answers for each, in their order.
 * @param isGathered whether they come from several requests, which are not to wait long for one another
 */
export type Store<Item, Stored> = (items: readonly Item[], isGathered: boolean) => Promise<Stored[]>;

interface Request<Item, Stored> {
  items: readonly Item[];
  bytes: number;
  resolve: (stored: Stored[]) => void;
  reject: (error: unknown) => void;
}

/**
 * Stores together what comes in together, as a commit costs nearly the same for one as for many:
 *
 *     request ── nothing is under way, or it is large ──────────────────► under way ──► answered
 *        └── waits until nothing is, or for WAIT_MILLIS, then with the others ──┘  └── refused ──► each by itself
 *
 * What goes wrong with one request is none of the others' business: where Postgres refuses what several have put
 * together, each is stored by itself. Where the connection breaks none is, as nobody knows what became of them. A request
 * that comes in after another was answered is stored after it: its batch leaves when the other's has been committed.
 */
export class Gather<Item extends { payload: string }, Stored> {
  private waiting: Request<Item, Stored>[] = [];
  private underWay = 0;
  private mostItems = MOST_ITEMS;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly store: Store<Item, Stored>) {}

  /** Stores the items of one request. They are kept when the promise resolves, or none of them is. */
  add(items: readonly Item[]): Promise<Stored[]> {
    if (items.length > LARGE) return this.store(items, false);
    return new Promise((resolve, reject) => {
      const bytes = items.reduce((sum, item) => sum + item.payload.length, 0);
      this.waiting.push({ items, bytes, resolve, reject });
      // What arrives in one turn of the event loop goes together.
      if (this.waiting.length === 1 && this.underWay === 0) setImmediate(() => this.underWay === 0 && this.leave());
      this.timer ??= setTimeout(() => this.leave(), WAIT_MILLIS);
    });
  }

  private leave(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting.length === 0) return;
    const batch = this.take();
    if (this.waiting.length > 0) this.timer = setTimeout(() => this.leave(), WAIT_MILLIS);
    this.underWay += 1;
    void this.send(batch).finally(() => {
      this.underWay -= 1;
      if (this.underWay === 0) this.leave();
    });
  }

  private take(): Request<Item, Stored>[] {
    let [items, bytes, requests] = [0, 0, 0];
    for (const request of this.waiting) {
      items += request.items.length;
      bytes += request.bytes;
      if (requests > 0 && (items > this.mostItems || bytes > MOST_BYTES)) break;
      requests += 1;
    }
    return this.waiting.splice(0, requests);
  }

  private async send(batch: Request<Item, Stored>[]): Promise<void> {
    const items = batch.flatMap((request) => request.items);
    const startedAt = performance.now();
    try {
      const stored = await this.store(items, batch.length > 1);
      for (const { items: its, resolve } of batch) resolve(stored.splice(0, its.length));
    } catch (error) {
      if (batch.length > 1 && isRefused(error)) await Promise.all(batch.map((request) => this.send([request])));
      else for (const { reject } of batch) reject(error);
    } finally {
      const most = (items.length * BATCH_MILLIS) / (performance.now() - startedAt);
      this.mostItems = Math.min(MOST_ITEMS, Math.max(LEAST_ITEMS, Math.floor(most)));
    }
  }
}
