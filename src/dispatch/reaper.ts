import type { Queue } from '../queue/queue.js';
import type { Retention } from '../queue/sql/retention.js';
import type { DispatchEvents } from './events.js';

/** What is old is looked for so often, whatever the poll rhythm. */
const FORGET_EVERY_MILLIS = 600_000;
const HOUR_MILLIS = 3_600_000;

/** Sees to what nobody tries: what waits for deleted, paused or disabled webhooks, and what is kept no longer. */
export class Reaper {
  private nextForgetAt = 0;

  constructor(
    private readonly queue: Queue,
    private readonly retention: Retention,
    private readonly maxAgeHours: number,
    private readonly events: DispatchEvents,
  ) {}

  /** To be called at each poll, and when a webhook was deleted. */
  async reap(): Promise<void> {
    this.events.dropped(await this.queue.dropClosed(), 'webhook_deleted', null);
    if (performance.now() < this.nextForgetAt) return;
    this.nextForgetAt = performance.now() + FORGET_EVERY_MILLIS;
    const maxAgeMillis = this.maxAgeHours > 0 ? this.maxAgeHours * HOUR_MILLIS : null;
    this.events.dropped(await this.queue.dropOverAgeUntried(maxAgeMillis), 'over_age', null);
    await this.queue.forgetOld(this.retention);
  }
}
