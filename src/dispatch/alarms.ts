/** The end of a due time's slice: a lane wakes once for all that fall into one. */
const SLICE_MILLIS = 50;
/** Timers of Node count in whole milliseconds and ring up to two too soon: what isn't due then would wait for the poll. */
const MARGIN_MILLIS = 3;

/**
 * Wakes lanes when their failed deliveries are due, where that is not at a poll. It only saves time: the poll finds
 * whatever is due. So it keeps nothing beyond the next poll, which asks Postgres for the due times that follow it.
 */
export class Alarms {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly onDue: (laneId: number) => void) {}

  set(laneId: number, inMillis: number): void {
    const slice = Math.ceil((performance.now() + inMillis) / SLICE_MILLIS);
    const key = `${laneId} ${slice}`;
    if (this.timers.has(key)) return;
    const ring = (): void => {
      this.timers.delete(key);
      this.onDue(laneId);
    };
    this.timers.set(key, setTimeout(ring, slice * SLICE_MILLIS + MARGIN_MILLIS - performance.now()));
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
