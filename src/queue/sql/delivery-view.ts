import type { Outcome } from '../../updates/outcome.js';
import type { Retry } from '../../updates/target.js';
import type { DisabledReason } from '../../updates/webhook-health.js';
import type { QueuedType } from '../../updates/update.js';
import type { DropReason } from './drop.js';
import { REFUSALS_THAT_HOLD_UP } from './read.js';

/** A delivery waits in `delivery`, is delivered in `history`, or dropped in `dead_letter`: one id, from one counter. */
export const DELIVERY_STATES = ['waiting', 'delivered', 'dropped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** So far ahead of a delivery is counted what waits before it. */
export const MOST_COUNTED = 100;

/**
 * All that is known of the deliveries that `page(state, lane_id, id)` names. Each is looked up by the key of its table:
 * `LIMIT 1` keeps Postgres from joining whole tables instead. Of one that waits also why: what its lane and its webhook
 * say, which failed one of its subject comes first, and how many wait before it.
 * @param more columns of the page `p` and of the update `u`
 */
export const deliveryView = (page: string, order: 'ASC' | 'DESC', more: readonly string[] = []): string => `
WITH ${page}
SELECT ${more.map((column) => `${column}, `).join('')}p.state, p.id, p.lane_id AS "laneId", coalesce(g.webhook_id, l.webhook_id) AS "webhookId",
  u.id AS "updateId", u.type, u.state AS "updateState", u.request_id AS "requestId", u.deploy_id AS "deployId",
  u.task_id AS "taskId", coalesce(d.is_replay, h.first_lane_id IS NOT NULL OR g.first_lane_id IS NOT NULL) AS "isReplay",
  coalesce(d.attempts, h.attempts, g.attempts) AS attempts,
  coalesce(d.first_tried_at, h.first_tried_at, g.first_tried_at) AS "firstTriedAt",
  coalesce(d.tried_at, h.delivered_at, g.tried_at) AS "lastTriedAt", h.delivered_at AS "deliveredAt",
  g.dropped_at AS "droppedAt", g.reason AS "dropReason",
  CASE WHEN d.is_replay THEN d.age_from WHEN d.id IS NOT NULL THEN u.accepted_at END AS "waitingSince",
  CASE WHEN h.delivery_id IS NULL THEN coalesce(d.outcome, g.outcome) ELSE jsonb_build_object(
    'reason', 'delivered', 'status', h.status, 'durationMillis', h.duration_millis, 'answer', h.answer,
    'phases', jsonb_build_object('dnsMillis', h.phases[1], 'connectMillis', h.phases[2], 'tlsMillis', h.phases[3],
                                 'firstByteMillis', h.phases[4], 'bodyMillis', h.phases[5])) END AS outcome,
  d.due_at AS "dueAt", l.closed_at AS "closedAt", w.paused_at AS "pausedAt", w.disabled_at AS "disabledAt",
  w.disabled_reason AS "disabledReason", w.retry,
  l.resting_until AS "restingUntil", l.failing_since AS "failingSince",
  CASE WHEN l.leased_until > now() THEN l.leased_by END AS "leasedBy",
  b.id AS "blockedBy", b.due_at AS "blockerDueAt", b.attempts AS "blockerAttempts", queued.before, queued.is_alone AS "isAlone"
FROM page AS p
LEFT JOIN LATERAL (
  SELECT * FROM hooktide.delivery WHERE p.state = 'waiting' AND lane_id = p.lane_id AND id = p.id LIMIT 1
) AS d ON true
LEFT JOIN LATERAL (
  SELECT * FROM hooktide.history WHERE p.state = 'delivered' AND lane_id = p.lane_id AND delivery_id = p.id LIMIT 1
) AS h ON true
LEFT JOIN LATERAL (SELECT * FROM hooktide.dead_letter WHERE p.state = 'dropped' AND id = p.id LIMIT 1) AS g ON true
LEFT JOIN LATERAL (
  SELECT * FROM hooktide.update WHERE id = coalesce(d.update_id, h.update_id, g.update_id) LIMIT 1
) AS u ON true
LEFT JOIN hooktide.lane AS l ON l.id = p.lane_id
LEFT JOIN hooktide.webhook AS w ON w.lane_id = p.lane_id
LEFT JOIN LATERAL (
  SELECT f.id, f.due_at, f.attempts FROM hooktide.delivery AS f
  WHERE d.id IS NOT NULL AND w."order" = 'subject' AND f.lane_id = d.lane_id AND f.subject = d.subject AND f.id < d.id
    AND f.attempts > 0 AND f.refusals < ${REFUSALS_THAT_HOLD_UP}
  ORDER BY f.lane_id, f.subject, f.id LIMIT 1
) AS b ON true
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE o.id < d.id) AS before, count(*) <= 1 AS is_alone FROM (
    (SELECT id FROM hooktide.delivery WHERE lane_id = d.lane_id AND id < d.id
     ORDER BY lane_id DESC, id DESC LIMIT ${MOST_COUNTED})
    UNION ALL
    (SELECT id FROM hooktide.delivery WHERE lane_id = d.lane_id AND id >= d.id ORDER BY lane_id, id LIMIT 2)
  ) AS o
) AS queued
ORDER BY p.id ${order}`;

/** A delivery in any state, with its update. */
export interface DeliveryRow {
  state: DeliveryState;
  id: number;
  laneId: number;
  webhookId: string;
  updateId: string;
  type: QueuedType;
  updateState: string;
  requestId: string;
  deployId: string | null;
  taskId: string | null;
  isReplay: boolean;
  attempts: number;
  firstTriedAt: Date | null;
  lastTriedAt: Date | null;
  deliveredAt: Date | null;
  droppedAt: Date | null;
  dropReason: DropReason | null;
  waitingSince: Date | null;
  /** Of history without `detail`. */
  outcome: (Omit<Outcome, 'detail'> & { detail?: string }) | null;
  /** From here on of a waiting one. When it is due again, where that isn't the next poll. */
  dueAt: Date | null;
  /** The webhook is gone. */
  closedAt: Date | null;
  pausedAt: Date | null;
  disabledAt: Date | null;
  /** Null: by its receiver. */
  disabledReason: DisabledReason | null;
  retry: Retry | null;
  restingUntil: Date | null;
  failingSince: Date | null;
  /** Which process works on the lane. */
  leasedBy: string | null;
  /** The failed delivery of its subject that comes first. */
  blockedBy: number | null;
  blockerDueAt: Date | null;
  blockerAttempts: number | null;
  /** How many wait before it, up to `MOST_COUNTED`. */
  before: number;
  /** Nothing else waits for the webhook. */
  isAlone: boolean;
}
