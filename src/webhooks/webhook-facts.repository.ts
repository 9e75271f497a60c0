import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { SUCCESS_RATE } from '../queue/sql/success-rate.js';
import { HAS_OWN_RHYTHM, IS_ORDERED } from '../queue/sql/target.js';
import { failing, waits } from '../queue/sql/waiting.js';
import type { Outcome } from '../updates/outcome.js';
import type { HealthEvent } from '../updates/webhook-health.js';

/** Counting further would read on and on in a long lane. */
export const MOST_COUNTED = 10_000;

/**
 * A lane and what waits in it. What is replayed waits since the replay, from when its age counts.
 *
 * Of the dead letters only the newest is looked at: one that was never tried bears the outcome that had it dropped.
 */
const FACTS = `
SELECT
  CASE WHEN ${failing(IS_ORDERED)} THEN l.failing_since END AS "failingSince",
  cardinality(l.failed_subjects) AS "failedSubjects",
  l.resting_until AS "restingUntil", coalesce(l.resting_until > now(), false) AS "isResting",
  l.last_success_at AS "lastSuccessAt",
  ${HAS_OWN_RHYTHM} AS "hasOwnRhythm", ${SUCCESS_RATE} AS "successRate",
  (SELECT h.told[cardinality(h.told)] FROM hooktide.webhook_health AS h WHERE h.lane_id = l.id) AS "lastNotice",
  l.drain_to_id IS NOT NULL AND ${waits('d.id <= l.drain_to_id')} AS "isDraining",
  waiting.count::int AS waiting, oldest.since AS "oldestWaitingAt", failed.outcome, failed.tried_at AS "triedAt"
FROM hooktide.webhook AS w JOIN hooktide.lane AS l ON l.id = w.lane_id
CROSS JOIN LATERAL (
  SELECT count(*) FROM (
    SELECT FROM hooktide.delivery AS d WHERE d.lane_id = l.id AND d.id > l.floor_id LIMIT ${MOST_COUNTED + 1}
  ) AS counted
) AS waiting
LEFT JOIN LATERAL (
  SELECT greatest(d.age_from, u.accepted_at) AS since
  FROM (
    SELECT update_id, age_from FROM hooktide.delivery AS d
    WHERE d.lane_id = l.id AND d.id > l.floor_id ORDER BY d.lane_id, d.id LIMIT 1
  ) AS d JOIN hooktide.update AS u ON u.id = d.update_id
) AS oldest ON true
LEFT JOIN LATERAL (
  SELECT * FROM (
    (SELECT d.outcome, d.tried_at FROM hooktide.delivery AS d
     WHERE d.lane_id = l.id AND d.attempts > 0 ORDER BY d.tried_at DESC LIMIT 1)
    UNION ALL
    SELECT g.outcome, g.tried_at FROM (
      SELECT lane_id, outcome, coalesce(tried_at, dropped_at) AS tried_at FROM hooktide.dead_letter
      WHERE webhook_id = w.id ORDER BY webhook_id DESC, id DESC LIMIT 1
    ) AS g
    WHERE g.lane_id = l.id AND g.outcome IS NOT NULL AND g.tried_at > coalesce(l.last_success_at, '-infinity')
  ) AS f
  ORDER BY f.tried_at DESC LIMIT 1
) AS failed ON true
WHERE w.lane_id = $1`;

/** What is known of a lane, and of what waits in it. */
export interface LaneFacts {
  failingSince: Date | null;
  /** How many subjects failed since the last success: none, one, or two of two or more. */
  failedSubjects: number;
  restingUntil: Date | null;
  /** By the clock of Postgres. */
  isResting: boolean;
  lastSuccessAt: Date | null;
  /** Of the attempts of the last 24 hours, the share that succeeded; null: there was none. */
  successRate: number | null;
  /** What was told last of its health since it worked; null: nothing. */
  lastNotice: HealthEvent | null;
  /** Whether what waited when it was resumed leaves slowly. */
  isDraining: boolean;
  /** Whether failed deliveries follow due times of their own instead of the poll. */
  hasOwnRhythm: boolean;
  /** Counted to one more than `MOST_COUNTED`. */
  waiting: number;
  oldestWaitingAt: Date | null;
  /** Of what waits or was dropped since the last success, that which was tried last. */
  outcome: Outcome | null;
  triedAt: Date | null;
}

/** What the queue knows of a webhook's lane, for a person to read. */
@Injectable()
export class WebhookFacts {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async read(laneId: number): Promise<LaneFacts | null> {
    const rows: LaneFacts[] = await this.dataSource.query(FACTS, [laneId]);
    return rows[0] ?? null;
  }
}
