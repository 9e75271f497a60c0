import { TooManyWaitingError } from '../errors/errors.js';

/** A count is made again no sooner than this and, below the mark, than a hundred times what the last one took. */
const RECOUNT_MILLIS = 1_000;
const RECOUNT_SHARE = 100;

/**
 * Refuses ingest when too many deliveries wait. The number is a count made now and then, plus what this process has
 * enqueued since: a count for each request would cost more than the request.
 */
export class HighWater {
  private counted = 0;
  private since = 0;
  private nextCountAt = 0;
  private countedAt = 0;
  private counting: Promise<void> | null = null;

  constructor(
    private readonly most: number,
    private readonly count: () => Promise<number>,
  ) {}

  /** @throws TooManyWaitingError when the mark is reached */
  async check(): Promise<void> {
    // While it is reached, the cost of counting matters less than to open again soon.
    const dueAt = this.waiting >= this.most ? this.countedAt + RECOUNT_MILLIS : this.nextCountAt;
    if (performance.now() >= dueAt) this.counting ??= this.recount().finally(() => (this.counting = null));
    // Whoever waits for it is told; whoever doesn't goes by the last count.
    this.counting?.catch(() => undefined);
    // The first count, and any made while the mark is reached, is waited for: ingest opens again as soon as it may.
    if (this.counting && (this.nextCountAt === 0 || this.waiting >= this.most)) await this.counting;
    if (this.waiting >= this.most) {
      throw new TooManyWaitingError(
        `${this.waiting} deliveries wait already; maxWaitingDeliveries is ${this.most}. Send the same again later.`,
        RECOUNT_MILLIS / 1_000,
      );
    }
  }

  add(deliveries: number): void {
    this.since += deliveries;
  }

  private get waiting(): number {
    return this.counted + this.since;
  }

  private async recount(): Promise<void> {
    const startedAt = performance.now();
    const before = this.since;
    this.counted = await this.count();
    // What was enqueued while counting may be counted twice until the next count; never not at all.
    this.since -= before;
    const tookMillis = performance.now() - startedAt;
    this.countedAt = performance.now();
    this.nextCountAt = this.countedAt + Math.max(RECOUNT_MILLIS, tookMillis * RECOUNT_SHARE);
  }
}
