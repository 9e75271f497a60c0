import { EventEmitter } from 'node:events';
import type { Channel } from '../database/channel.js';

/** Postgres takes 8 000 bytes in one notification. */
const MAX_PAYLOAD = 7_500;
/** Notifications are sent at most so often: each takes a lock that all commits of the server share. */
const NOTIFY_EVERY_MILLIS = 10;

interface WakeEvents {
  /** Deliveries came in for these lanes; `local`: enqueued by this very process. */
  nudge: [lanes: number[], local: boolean];
  /** These lanes' webhooks were deleted: stop sending. */
  closed: [lanes: number[]];
  /** These lanes' webhooks were changed, paused or resumed: what the lane's row and its webhook's say counts from now on. */
  changed: [lanes: number[]];
}

const EVENTS = ['nudge', 'closed', 'changed'] as const;

/**
 * Carries news of lanes to the dispatchers: at once within the process, and by `NOTIFY`, outside the transaction that
 * made them, to the others. A lost notification costs time, never a delivery: the poll finds everything.
 */
export class Wake extends EventEmitter<WakeEvents> {
  private readonly pending = { nudge: new Set<number>(), closed: new Set<number>(), changed: new Set<number>() };
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly channel: Channel,
    private readonly owner: string,
    private readonly wakeOnEnqueue: boolean,
  ) {
    super();
    channel.on('message', (payload) => this.receive(payload));
  }

  /** Deliveries were enqueued in these lanes. */
  nudge(lanes: number[]): void {
    if (!this.wakeOnEnqueue || lanes.length === 0) return;
    // Where this process dispatches itself, it tells the others only of what it can't claim.
    if (!this.emit('nudge', lanes, true)) this.tell('nudge', lanes);
  }

  closed(lanes: number[]): void {
    this.emit('closed', lanes);
    this.tell('closed', lanes);
  }

  changed(lanes: number[]): void {
    this.emit('changed', lanes);
    this.tell('changed', lanes);
  }

  /** Tells the other processes. */
  tell(event: keyof WakeEvents, lanes: Iterable<number>): void {
    for (const lane of lanes) this.pending[event].add(lane);
    this.timer ??= setTimeout(() => this.flush(), NOTIFY_EVERY_MILLIS);
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
    this.flush();
  }

  private flush(): void {
    this.timer = null;
    for (const event of EVENTS) {
      const lanes = [...this.pending[event]];
      this.pending[event].clear();
      for (const part of inParts(lanes)) this.channel.send(JSON.stringify({ from: this.owner, event, lanes: part }));
    }
  }

  private receive(payload: string): void {
    const news = parse(payload);
    if (news === null || news.from === this.owner) return;
    if (news.event === 'nudge') this.emit('nudge', news.lanes, false);
    else this.emit(news.event, news.lanes);
  }
}

interface News {
  from: string;
  event: keyof WakeEvents;
  lanes: number[];
}

/** Null: it isn't from a Hooktide. */
function parse(payload: string): News | null {
  try {
    const news = JSON.parse(payload) as News;
    return EVENTS.includes(news.event) && Array.isArray(news.lanes) ? news : null;
  } catch {
    return null;
  }
}

/** Parts that fit a notification each. */
function inParts(lanes: number[]): number[][] {
  const parts: number[][] = [];
  const most = Math.floor(MAX_PAYLOAD / 20);
  for (let i = 0; i < lanes.length; i += most) parts.push(lanes.slice(i, i + most));
  return parts;
}
