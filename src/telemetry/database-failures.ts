import type { Log } from './log.js';
import type { Counter } from './metrics-series.js';
import type { Metrics } from './metrics.js';

/** What a process does with the database by itself, in words of the log; `other`: what doesn't stand here. */
const DOING = [
  'settle',
  'claim',
  'read',
  'change',
  'release',
  'keep',
  'poll',
  'poll lanes',
  'reap',
  'forget',
  'tell',
  'close',
  'start over',
  'jobs',
  'heartbeat',
  'last uses of tokens',
  'gauges',
  'other',
] as const;

const REPEAT_MILLIS = 5_000;

/**
 * Says and counts that the database failed at something that nobody asked for, so that nobody is answered. While it is away
 * the same is tried many times a second: each is counted, and said every few seconds.
 */
export class DatabaseFailures {
  private readonly count: Counter;
  private readonly quietUntil = new Map<string, number>();

  constructor(
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.count = metrics.counter(
      'hooktide_database_failures_total',
      'What the process did by itself, and the database failed at, by what it was. Requests of the API are no part of it.',
      { doing: DOING },
    );
  }

  failed(doing: string, error: unknown): void {
    this.count.add(1, DOING.some((known) => known === doing) ? doing : 'other');
    const now = performance.now();
    if (now < (this.quietUntil.get(doing) ?? 0)) return;
    this.quietUntil.set(doing, now + REPEAT_MILLIS);
    this.log.error('database.failed', { doing, error: error instanceof Error ? error.message : String(error) });
  }
}
