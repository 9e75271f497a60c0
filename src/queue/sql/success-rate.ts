/** Of each kind so many rows are looked at: the newest. */
const MOST = 1_000;
const HOURS = 24;

/**
 * Of the attempts made for webhook `w` and its lane `l`, the share that succeeded: of what arrived or was dropped within the
 * last day, or waits and was tried in it. Bounded: of a busy lane it is the share among the newest. Null: nothing was tried.
 */
export const SUCCESS_RATE = `(
  SELECT round(sum(a.delivered)::numeric / nullif(sum(a.attempts), 0), 4)::float8 FROM (
    SELECT 1 AS delivered, h.attempts FROM (
      SELECT attempts, delivered_at AS at FROM hooktide.history WHERE lane_id = l.id
      ORDER BY lane_id DESC, delivery_id DESC LIMIT ${MOST}
    ) AS h WHERE h.at > now() - interval '${HOURS} hours'
    UNION ALL
    SELECT 0, g.attempts FROM (
      SELECT attempts, dropped_at AS at, lane_id FROM hooktide.dead_letter WHERE webhook_id = w.id
      ORDER BY webhook_id DESC, id DESC LIMIT ${MOST}
    ) AS g WHERE g.at > now() - interval '${HOURS} hours' AND g.lane_id = l.id
    UNION ALL
    SELECT 0, d.attempts FROM (
      SELECT attempts, tried_at AS at FROM hooktide.delivery WHERE lane_id = l.id AND attempts > 0
      ORDER BY lane_id, subject, id LIMIT ${MOST}
    ) AS d WHERE d.at > now() - interval '${HOURS} hours'
  ) AS a)`;
