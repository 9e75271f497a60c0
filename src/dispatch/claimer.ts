import type { Holdings, Room } from './holdings.js';
import type { Lane } from './lane.js';
import type { ClaimedBy } from './metrics.js';

/** Claims as long as there is something to claim and room for it, one statement at a time. */
export class Claimer {
  private running: Promise<void> | null = null;
  private isAsked = false;

  constructor(
    private readonly holdings: Holdings,
    private readonly room: () => Room,
    private readonly on: {
      claimed(lanes: Lane[], by: ClaimedBy): Promise<void>;
      /** Lanes nudged by this process that it can't have: another one may hold them. */
      missed(lanes: number[]): void;
      failed(error: unknown): void;
    },
  ) {}

  run(): void {
    this.isAsked = true;
    this.running ??= this.claimAll()
      .catch((error: unknown) => this.on.failed(error))
      .finally(() => {
        this.running = null;
        if (this.isAsked) this.run();
      });
  }

  /** Resolves when no claim is under way. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async claimAll(): Promise<void> {
    while (this.isAsked) {
      this.isAsked = false;
      for (let got = await this.holdings.claim(this.room()); got; got = await this.holdings.claim(this.room())) {
        if (got.missed.length > 0) this.on.missed(got.missed);
        await this.on.claimed(got.lanes, got.by);
      }
    }
  }
}
