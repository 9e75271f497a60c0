/** The receiver answers within a second, has not answered yet, or is late: decides who gets a slot first. */
export type Standing = 'brisk' | 'fresh' | 'slow';

/**
 * A page of a lane: enough to keep its window busy, few where the receiver hasn't shown how fast it is. Busy lanes share:
 * what waits in memory for long is moved about by the garbage collector again and again.
 */
const PAGE = 500;
const PAGE_OF_A_NEWCOMER = 16;
const ENOUGH_FOR_ALL = 2_000;
const SMALLEST_PAGE = 50;
/** An attempt that takes longer than this is late. */
export const PATIENCE_MILLIS = 1_000;

/** Direct messages go to many places of one origin: of so many, one that hangs says little of the others. */
export const LEAST_MESSAGES = 8;

/** How fast a lane may go: as fast as its receiver has shown to be. */
export class Pace {
  /** How many deliveries may be in flight: doubles with each success, back to the least when the receiver is late. */
  window: number;

  constructor(
    public standing: Standing,
    readonly least = 1,
  ) {
    this.window = least;
  }

  /** @param lanes among which the memory is shared */
  page(lanes: number): number {
    if (this.standing === 'slow') return this.least;
    if (this.standing === 'fresh') return PAGE_OF_A_NEWCOMER;
    return Math.min(PAGE, Math.max(SMALLEST_PAGE, Math.ceil(ENOUGH_FOR_ALL / Math.max(1, lanes))));
  }

  /** An attempt is over. */
  note(durationMillis: number): void {
    this.standing = durationMillis < PATIENCE_MILLIS ? 'brisk' : 'slow';
  }

  succeed(maxWindow: number): void {
    this.window = this.standing === 'slow' ? this.least : Math.min(this.window * 2, maxWindow);
  }

  slowDown(): void {
    this.standing = 'slow';
    this.window = this.least;
  }
}
