/** What a read tells of the snapshot it was made in. */
export interface Snapshot {
  /** That of the server (`SERVER_RUN` in sql/server-run.ts). */
  serverRun: number;
  /** Every transaction below this number had ended. */
  oldestRunning: number;
  /** The number that the read itself took, after its snapshot. */
  ownXid: number;
  /** The last delivery id that was given out when the read ran. */
  lastId: number;
}

/**
 * Knows up to which id no delivery can appear any more.
 *
 * Ids are given out before their transactions commit, so a reader that went on after the last id it saw would skip a
 * lower one that commits later, and with it break the order: an update whose 202 came long ago could leave after a
 * newer one. Therefore a read starts at the horizon, however far the one before it came.
 *
 * A transaction takes its number before its first delivery id. So whoever owns an id up to the one that an earlier read
 * saw given out has a lower number than this read takes; once all below that number have ended, the ids are all in.
 * (The upper bound of a snapshot won't do in its place: it follows the newest transaction that has ended, and younger
 * ones may be running.)
 *
 * All this holds within one run of one server. One that crashed, and all the more one that took over from another, gives
 * ids and numbers of transactions out again that were never committed: then it begins anew.
 */
export class Horizon {
  id = 0;
  /** For which run of the server this holds; null: nothing was read yet. */
  serverRun: number | null = null;
  private lastId = 0;
  private readonly marks: { id: number; xid: number }[] = [];

  /**
   * Takes note of one read; reads must be noted in the order in which they were made, none overlapping.
   * @returns whether it is of another run of the server than those before: what was read till then may not be so any more
   */
  note(snapshot: Snapshot): boolean {
    const isOther = this.serverRun !== null && this.serverRun !== snapshot.serverRun;
    if (isOther) this.forget();
    this.serverRun = snapshot.serverRun;
    this.marks.push({ id: this.lastId, xid: snapshot.ownXid });
    this.lastId = snapshot.lastId;
    while (this.marks[0] && this.marks[0].xid <= snapshot.oldestRunning) {
      this.id = this.marks[0].id;
      this.marks.shift();
    }
    return isOther;
  }

  private forget(): void {
    this.id = 0;
    this.lastId = 0;
    this.marks.length = 0;
  }
}
