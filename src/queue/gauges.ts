import { setTimeout as pause } from 'node:timers/promises';
import { isRefused, type Sql } from '../database/database.js';
import type { DatabaseFailures } from '../telemetry/database-failures.js';
import type { Sample } from '../telemetry/metrics-series.js';
import type { Metrics } from '../telemetry/metrics.js';
import { gaugeGroups, type GaugeGroup } from './gauge-groups.js';

/** What is known is told again for so long, and for so many times as long as it took to read. */
const KEEP_MILLIS = 5_000;
const KEEP_SHARE = 50;
/** Whoever asks waits no longer for a read. */
const WAIT_MILLIS = 1_000;

/**
 * What the database holds, read when somebody asks, and not more than some 2 % of the time:
 *
 *     unknown ──► being read ──► known, and told again for KEEP_MILLIS or longer ──► being read
 *                     └── the database is away: nothing is told but that, and nobody waits for the next read
 *
 * All who ask at once share one read. A statement that took too long leaves its own gauges out.
 */
export class DatabaseGauges {
  private readonly groups: readonly GaugeGroup[];
  private sql: Sql | null = null;
  private known: Readonly<Record<string, Sample[]>> = {};
  private isUp = false;
  private isNew = true;
  private nextReadAt = 0;
  private reading: { since: number; done: Promise<void> } | null = null;

  /** @param maxWebhooks so many webhooks are told of each by itself */
  constructor(
    metrics: Metrics,
    maxWebhooks: number,
    private readonly failures: Pick<DatabaseFailures, 'failed'>,
  ) {
    this.groups = gaugeGroups(maxWebhooks);
    for (const { gauges } of this.groups) {
      for (const [name, { help, labels }] of Object.entries(gauges)) {
        metrics.gauge(name, help, labels, () => this.known[name] ?? []);
      }
    }
    const up = () => [{ labels: {}, value: Number(this.isUp) }];
    metrics.gauge(
      'hooktide_database_up',
      'Whether the database answered when its gauges were read last: 1 or 0.',
      {},
      up,
    );
    metrics.beforeEach(() => this.refresh());
  }

  /**
   * From now on they are read.
   * @param sql its statements end after half a second: what runs for longer holds up vacuum, and so the queue
   */
  follow(sql: Sql): void {
    this.sql = sql;
  }

  private async refresh(): Promise<void> {
    const now = performance.now();
    if (this.sql && !this.reading && now >= this.nextReadAt) {
      const done = this.read(this.sql).finally(() => (this.reading = null));
      this.reading = { since: now, done };
    }
    if (!this.reading || !(this.isUp || this.isNew)) return;
    const patience = new AbortController();
    const leftMillis = Math.max(0, this.reading.since + WAIT_MILLIS - now);
    const waited = pause(leftMillis, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.reading.done, waited]);
    patience.abort();
  }

  private async read(sql: Sql): Promise<void> {
    const startedAt = performance.now();
    const known: Record<string, Sample[]> = {};
    let isAway = false;
    for (const group of this.groups) {
      try {
        Object.assign(known, await group.read(sql));
      } catch (error) {
        this.failures.failed('gauges', error);
        isAway = !isRefused(error);
        if (isAway) break;
      }
    }
    this.known = isAway ? {} : known;
    this.isUp = !isAway;
    this.isNew = false;
    const now = performance.now();
    // To wait for one that is away costs it nothing.
    this.nextReadAt = now + Math.max(KEEP_MILLIS, isAway ? 0 : (now - startedAt) * KEEP_SHARE);
  }
}
