import type { QueuedUpdate } from '../queue/sql/queued-updates.js';

/** An update in memory, and how many deliveries of it wait or are in flight. */
interface Held {
  update: QueuedUpdate;
  deliveries: number;
}

/**
 * What all lanes of the process hold together. An update that many of them want is in memory once, and counts once: from
 * the first delivery that needs it to the last.
 */
export class Budget {
  /** Of payloads, a character taken for a byte: exact for plain ASCII. */
  bytes = 0;
  /** Lanes in which something waits here. */
  lanes = 0;
  private readonly updates = new Map<string, Held>();

  readonly find = (updateId: string): QueuedUpdate | undefined => this.updates.get(updateId)?.update;

  hold(update: QueuedUpdate): void {
    const held = this.updates.get(update.updateId);
    if (held) {
      held.deliveries += 1;
    } else {
      this.updates.set(update.updateId, { update, deliveries: 1 });
      this.bytes += update.payload.length;
    }
  }

  release({ updateId }: QueuedUpdate): void {
    const held = this.updates.get(updateId);
    if (!held) return;
    held.deliveries -= 1;
    if (held.deliveries > 0) return;
    this.updates.delete(updateId);
    this.bytes -= held.update.payload.length;
  }
}
