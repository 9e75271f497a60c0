/** Conditions on a lane `l` and the deliveries `d` that wait in it, for the statements that need them. */

/**
 * What delivery `d` is ordered by, and what counts as one when it is judged whether a lane is failing: its subject, or
 * itself where the webhook's order is none.
 * @param isOrdered an expression
 */
export function subjectOf(isOrdered: string): string {
  return `CASE WHEN ${isOrdered} THEN d.subject ELSE d.id::text END`;
}

/**
 * Whether delivery `d`, tried before, is to be tried again: at its due time, where it has one, else at the poll after
 * the attempt. What seems to have been tried in the future was, before the clock was set back.
 * @param poll an expression for when the poll under way began; null: it is a nudge, which brings nothing back
 */
export function due(poll: string): string {
  return `(d.attempts > 0 AND (d.tried_at > now() OR CASE WHEN d.due_at IS NULL THEN d.tried_at < ${poll} ELSE d.due_at <= now() END))`;
}

/**
 * Whether a delivery waits in the lane for which `condition` holds. A scalar subquery in the order of the index stops
 * at the first; an EXISTS becomes a join, which may read the whole lane for its bitmap.
 */
export function waits(condition: string): string {
  return `coalesce((
    SELECT true FROM hooktide.delivery AS d
    WHERE d.lane_id = l.id AND d.id > l.floor_id AND (${condition})
    ORDER BY d.lane_id, d.id LIMIT 1), false)`;
}

/**
 * Whether the lane is failing. It is judged anew when an update comes in: a lane where one subject alone has failed is not
 * failing any more as soon as another subject waits.
 * @param isOrdered an expression
 */
export function failing(isOrdered: string): string {
  const anotherWaits = waits(`${subjectOf(isOrdered)} <> l.failed_subjects[1]`);
  return `(l.failing_since IS NOT NULL AND NOT (cardinality(l.failed_subjects) = 1 AND ${anotherWaits}))`;
}

/**
 * Whether a process holds the lane. A lease that seems to last for more than two of them was given before the clock was set
 * back: its owner writes it anew within a third of one, or is dead. (Between one and two lies what was renewed since this
 * statement began.)
 * @param leaseMillis an expression
 */
export function isLeased(leaseMillis: string): string {
  return `coalesce(l.leased_until BETWEEN now() AND now() + make_interval(secs => ${leaseMillis} / 500.0), false)`;
}
