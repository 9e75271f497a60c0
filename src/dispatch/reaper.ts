import type { Queue } from '../queue/queue.js';
import type { Retention } from '../queue/sql/retention.js';
import type { DispatchEvents } from './events.js';
import type { Notices } from './notices.js';

/** It is asked so often whether it is time to look for what is old, whatever the poll rhythm. */
const FORGET_EVERY_MILLIS = 60_000;
/** What is over age for paused and disabled webhooks is looked for so often. */
const DROP_EVERY_MILLIS = 600_000;
const HOUR_MILLIS = 3_600_000;

/**
 * Sees to what nobody tries: what waits for deleted, paused or disabled webhooks, and what is kept no longer. And to who is to be
 * told of webhooks that fail.
 */
export class Reaper {
  private nextDropAt = 0;
  private nextForgetAt = 0;

  constructor(
    private readonly queue: Queue,
    private readonly retention: Retention,
    private readonly maxAgeHours: number,
    private readonly notices: Pick<Notices, 'tell'>,
    private readonly events: DispatchEvents,
  ) {}

  /** To be called at each poll, and when a webhook was deleted. */
  async reap(): Promise<void> {
    await this.notices.tell().catch((error: unknown) => this.events.databaseFailed('tell', error));
    this.events.dropped(await this.queue.dropClosed(), 'webhook_deleted', null);
    if (performance.now() < this.nextDropAt) return;
    this.nextDropAt = performance.now() + DROP_EVERY_MILLIS;
    const maxAgeMillis = this.maxAgeHours > 0 ? this.maxAgeHours * HOUR_MILLIS : null;
    this.events.dropped(await this.queue.dropOverAgeUntried(maxAgeMillis), 'over_age', null);
  }

  /** To be called at each poll. It may take minutes: what `reap` sees to doesn't wait for it. */
  async forget(): Promise<void> {
    if (performance.now() < this.nextForgetAt) return;
    this.nextForgetAt = performance.now() + FORGET_EVERY_MILLIS;
    await this.queue.forgetOld(this.retention);
  }
}
