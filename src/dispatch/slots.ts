import { CutShort } from '../egress/cut-short.js';
import type { Target } from '../updates/target.js';
import type { Lane } from './lane.js';
import { PATIENCE_MILLIS } from './pace.js';

/** An attempt under way. */
export interface Flight {
  lane: Lane;
  /** What the lane's webhook said when it began. */
  target: Target;
  startedAt: number;
  /** Ends it before its deadline. */
  cut: CutShort;
  /** The attempt before was cut short: this one is only when there is no other. */
  wasCut: boolean;
  /** It counts among the slots of lanes that have not shown that they answer. */
  unproven: boolean;
}

const LINES = ['brisk', 'fresh', 'slow'] as const;

/**
 * Hands out the `total` slots for attempts, so that receivers that hang delay no other (docs/adr/0006).
 * Lanes take turns, one attempt a turn. Those that have not shown that they answer within a second (new, failing or
 * late ones) hold at the most half of the slots between them. When these are all taken, a lane that was never tried
 * may cut short the attempt that is late the longest, but first one whose delivery wasn't cut short before: a slow receiver
 * that works is not starved.
 */
export class Slots {
  private readonly flights = new Set<Flight>();
  private readonly lines: Record<(typeof LINES)[number], Lane[]> = { brisk: [], fresh: [], slow: [] };
  private readonly mostUnproven: number;
  private unproven = 0;
  private turn = 0;

  constructor(private readonly total: number) {
    this.mostUnproven = Math.max(1, Math.floor(total / 2));
  }

  get inFlight(): number {
    return this.flights.size;
  }

  /** Whether most slots are taken. */
  get isBusy(): boolean {
    return this.flights.size > this.total / 2;
  }

  /** Lanes that wait for a slot and will get one soon. */
  get waiting(): number {
    return this.lines.brisk.length + this.lines.fresh.length;
  }

  /** How many more probes may be claimed. */
  get roomForProbes(): number {
    return Math.max(0, this.mostUnproven - this.unproven - this.lines.slow.length);
  }

  /** Puts a lane in line, if it has something to send and isn't in line. */
  offer(lane: Lane): void {
    if (lane.queued || !lane.canSend) return;
    lane.queued = true;
    this.lines[lane.standing].push(lane);
  }

  /** The lane whose turn it is; null when there is no slot, or nobody who may have it. */
  next(): Lane | null {
    if (this.flights.size >= this.total) return null;
    for (let step = 0; step < LINES.length; step += 1) {
      const line = LINES[(this.turn + step) % LINES.length] ?? 'brisk';
      const lane = line === 'brisk' || this.unproven < this.mostUnproven ? this.first(line) : null;
      if (!lane) continue;
      this.turn = (this.turn + step + 1) % LINES.length;
      return lane;
    }
    return null;
  }

  begin(lane: Lane, startedAt: number, wasCut: boolean): Flight {
    const unproven = lane.standing !== 'brisk';
    const flight = { lane, target: lane.target, startedAt, cut: new CutShort(), wasCut, unproven };
    if (flight.unproven) this.unproven += 1;
    this.flights.add(flight);
    return flight;
  }

  end(flight: Flight): void {
    if (flight.unproven) this.unproven -= 1;
    this.flights.delete(flight);
  }

  /** Finds the late ones, and cuts short as many as must make room. */
  check(now: number): void {
    const late = [...this.flights].filter((f) => now - f.startedAt > PATIENCE_MILLIS);
    for (const flight of late) {
      const { lane, target } = flight;
      if (lane.standing !== 'slow' && lane.target === target) lane.slowDown();
      if (!flight.unproven) this.unproven += 1;
      flight.unproven = true;
    }
    // Stable: of those that are alike, the latest first.
    const order = late.toSorted((a, b) => Number(a.wasCut) - Number(b.wasCut));
    for (const flight of order.slice(0, this.demand())) flight.cut.request();
  }

  cutAll(): void {
    for (const flight of this.flights) flight.cut.request();
  }

  private demand(): number {
    if (this.lines.fresh.length > 0 && this.unproven >= this.mostUnproven) return this.lines.fresh.length;
    const crowded = this.lines.brisk.length > 0 && this.flights.size >= this.total;
    return crowded ? Math.max(0, this.unproven - this.mostUnproven) : 0;
  }

  private first(line: (typeof LINES)[number]): Lane | null {
    for (let lane = this.lines[line].shift(); lane; lane = this.lines[line].shift()) {
      lane.queued = false;
      if (lane.standing === line && lane.canSend) return lane;
      this.offer(lane);
    }
    return null;
  }
}
