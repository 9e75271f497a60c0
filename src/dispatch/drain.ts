/** So much of a second's share may leave at once: as much as a timer may be late. */
const BURSTS_A_SECOND = 20;

/**
 * Lets what waited in a lane when its webhook was resumed leave at no more than so many a second, in whichever second: a
 * bucket, into which tokens drip. What came in later needs none: it waits behind it as ever. Who holds the lane next goes on
 * with a bucket of its own, from the one token that it begins with.
 */
export class Drain {
  /** So much is read of the lane at a time: the memory is for those that may leave soon. Until what came in later is read. */
  page: number;
  private readonly mostTokens: number;
  private readonly millisAToken: number;
  private tokens = 1;
  private filledAt = performance.now();
  private timer: NodeJS.Timeout | null = null;

  /**
   * @param toId the last delivery that waited then
   * @param perSecond at least 1
   */
  constructor(
    readonly toId: number,
    perSecond: number,
    private readonly onRefill: () => void,
  ) {
    this.page = Math.ceil(perSecond / 2);
    this.mostTokens = Math.max(1, Math.floor(perSecond / BURSTS_A_SECOND));
    // A full bucket, and what drips into it within a second, are no more than a second's share.
    this.millisAToken = 1_000 / (perSecond - this.mostTokens + 1);
  }

  /** Whether this delivery may leave now. If not, `onRefill` is called when one may, and a few others with it. */
  admits(id: number, now = performance.now()): boolean {
    if (id > this.toId) return true;
    this.tokens = Math.min(this.mostTokens, this.tokens + (now - this.filledAt) / this.millisAToken);
    this.filledAt = now;
    if (this.tokens >= 1) return true;
    const wanted = Math.max(1, this.mostTokens / 2);
    this.timer ??= setTimeout(() => this.ring(), (wanted - this.tokens) * this.millisAToken);
    return false;
  }

  /** This delivery was read, and all that comes before it. */
  note(id: number): void {
    if (id > this.toId) this.page = Infinity;
  }

  /** This delivery leaves. */
  take(id: number): void {
    if (id <= this.toId) this.tokens -= 1;
  }

  /** Nothing is ready to leave any more: nobody is to be called. */
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private ring(): void {
    this.timer = null;
    this.onRefill();
  }
}
