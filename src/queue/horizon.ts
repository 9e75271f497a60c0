/** What a read tells of the snapshot it was made in. */
export interface Snapshot {
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
 */
export class Horizon {
  id = 0;
  private lastId = 0;
  private readonly marks: { id: number; xid: number }[] = [];

  /** Takes note of one read; reads must be noted in the order in which they were made, none overlapping. */
  note(snapshot: Snapshot): void {
    this.marks.push({ id: this.lastId, xid: snapshot.ownXid });
    this.lastId = snapshot.lastId;
    while (this.marks[0] && this.marks[0].xid <= snapshot.oldestRunning) {
      this.id = this.marks[0].id;
      this.marks.shift();
    }
  }
}
