import { Horizon } from '../queue/horizon.js';
import type { Queue } from '../queue/queue.js';
import type { Delivery } from '../queue/sql/read.js';
import type { Budget } from './budget.js';
import type { Lane } from './lane.js';

/** One read serves so many lanes, and brings so many deliveries between them. */
const LANES_A_READ = 64;
const DELIVERIES_A_READ = 1_000;

/** Reads for all lanes that are hungry, many in one statement, one statement at a time. */
export class Reader {
  private readonly hungry = new Set<Lane>();
  /** Up to which id no delivery can appear any more. */
  readonly horizon = new Horizon();
  private reading = false;

  constructor(
    private readonly queue: Queue,
    private readonly budget: Budget,
    private readonly maxBytes: number,
    private readonly on: {
      read(lanes: readonly Lane[]): void;
      /** The webhooks of these lanes were changed: nothing was read of them. */
      outdated(lanes: readonly number[]): void;
      /** The server is another one, or has forgotten what was not committed: the lanes have to be asked for anew. */
      startedOver(): void;
      failed(error: unknown): void;
    },
  ) {}

  get size(): number {
    return this.hungry.size;
  }

  /** The lane wants more, if it does. */
  feed(lane: Lane): void {
    if (lane.isHungry) this.hungry.add(lane);
  }

  /** Reads until nobody is hungry, or the memory for payloads is used up. */
  async run(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.hungry.size > 0 && this.budget.bytes < this.maxBytes) await this.readPage();
    } catch (error) {
      this.on.failed(error);
    } finally {
      this.reading = false;
    }
  }

  /** Reads, for each lane that probes, the one delivery to try. */
  async probe(lanes: readonly Lane[]): Promise<void> {
    const room = Math.max(1, this.maxBytes - this.budget.bytes);
    const wants = lanes.map((lane) => ({ ...lane.want(), limit: 1 }));
    // Those changed meanwhile are no probes any more: they were opened, and read by themselves, or shut.
    const probing = (): Lane[] => lanes.filter((lane) => lane.mode === 'probing');
    const { deliveries, outdated } = await this.queue
      .readProbes(wants, room, this.budget.find)
      .catch((error: unknown) => {
        // Handed back, to be probed at the next poll.
        for (const lane of probing()) lane.shut();
        throw error;
      });
    this.on.outdated(outdated);
    const found = byLane(deliveries);
    for (const lane of probing()) {
      const [delivery] = found.get(lane.id) ?? [];
      if (delivery) lane.add(delivery);
      else lane.shut();
    }
    this.on.read(lanes);
  }

  private async readPage(): Promise<void> {
    // One that was fed, slowed down or shut since it asked asks again when it is hungry.
    for (const lane of this.hungry) if (!lane.isHungry) this.hungry.delete(lane);
    const lanes = [...this.hungry].slice(0, LANES_A_READ);
    if (lanes.length === 0) return;
    const share = Math.ceil(DELIVERIES_A_READ / lanes.length);
    const wants = lanes.map((lane) => lane.want()).map((want) => ({ ...want, limit: Math.min(want.limit, share) }));
    const epochs = lanes.map((lane) => lane.cursor.epoch);
    const except = lanes.flatMap((lane) => [...lane.backlog.unsettled]);
    for (const lane of lanes) this.hungry.delete(lane);

    const read = await this.queue
      .readHeads(wants, except, this.maxBytes - this.budget.bytes, this.budget.find)
      .catch((error: unknown) => {
        for (const lane of lanes) this.hungry.add(lane);
        throw error;
      });
    // None of it counts, as it was asked for from where the lanes stood before.
    if (this.horizon.note(read.snapshot)) return this.on.startedOver();
    const found = byLane(read.deliveries);
    for (const [index, lane] of lanes.entries()) {
      const deliveries = found.get(lane.id) ?? [];
      const isAll = deliveries.length < (wants[index]?.limit ?? 0) && !read.cut.has(lane.id);
      lane.take(deliveries, isAll, epochs[index] ?? 0, this.horizon.id);
      this.feed(lane);
    }
    this.on.read(lanes);
    this.on.outdated(read.outdated);
  }
}

function byLane(deliveries: readonly Delivery[]): Map<number, Delivery[]> {
  const lanes = new Map<number, Delivery[]>();
  for (const delivery of deliveries) {
    const lane = lanes.get(delivery.laneId);
    if (lane) lane.push(delivery);
    else lanes.set(delivery.laneId, [delivery]);
  }
  return lanes;
}
