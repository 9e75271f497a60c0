/**
 * How far a lane has been read. Reads go on after the last id that can't be preceded by a new one any more; what was
 * read beyond it is asked for again, and left out by those who hold it already.
 */
export class Cursor {
  /** The last read came to the end of what is eligible. */
  isAtEnd = false;
  /** Counts how often it went back: a read that was asked for before is of no use. */
  epoch = 0;
  /** There may be more than the read under way will find. */
  private moreCame = false;
  private afterId: number;

  constructor(private floorId: number) {
    this.afterId = floorId;
  }

  /** Where the next read starts. */
  start(): number {
    this.moreCame = false;
    return this.afterId;
  }

  /**
   * @param lastId the last id that was read
   * @param horizon up to where no id can appear any more
   */
  advance(lastId: number | undefined, isAll: boolean, horizon: number): void {
    this.isAtEnd = isAll && !this.moreCame;
    const next = this.isAtEnd ? horizon : Math.min(lastId ?? this.afterId, horizon);
    this.afterId = Math.max(this.afterId, next);
  }

  /** There may be more to read. */
  wake(): void {
    this.isAtEnd = false;
    this.moreCame = true;
  }

  /** Nothing waits up to this id, nor will. */
  raiseFloor(id: number): void {
    this.floorId = Math.max(this.floorId, id);
    this.afterId = Math.max(this.afterId, this.floorId);
  }

  /** The lane begins anew here. */
  startOver(floorId: number): void {
    this.floorId = floorId;
    this.afterId = floorId;
    this.rewind();
  }

  /** The next read starts after this id, or from the lane's beginning. */
  rewind(id = this.floorId): void {
    this.epoch += 1;
    this.afterId = Math.max(this.floorId, Math.min(this.afterId, id));
    this.isAtEnd = false;
  }
}
