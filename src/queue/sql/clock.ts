import type { Sql } from '../../database/database.js';

/**
 * All processes poll on one grid, by Postgres' clock: the poll that a moment belongs to began at the last multiple of
 * the interval. So a failed delivery is tried once a poll, however many processes poll.
 */
const CLOCK = `
SELECT to_timestamp(floor(n.millis / $1) * $1 / 1000) AS poll, ($1 - mod(n.millis, $1))::float8 AS "untilNextMillis",
       n.millis::float8 AS "nowMillis"
FROM (SELECT extract(epoch FROM clock_timestamp()) * 1000 AS millis) AS n`;

/** The poll under way, and how long it is until the next. */
export interface PollClock {
  poll: Date;
  untilNextMillis: number;
}

/** With what the clock says, in epoch milliseconds. */
export interface ReadClock extends PollClock {
  nowMillis: number;
}

export async function readClock(sql: Sql, everyMillis: number): Promise<ReadClock> {
  const [clock] = await sql.query<ReadClock>(CLOCK, [everyMillis]);
  if (!clock) throw new Error('The clock row is always there.');
  return clock;
}

/**
 * Times in tenths of a second: so many wake-ups a lane at the most. What fell due since the poll began is among them:
 * lanes may have been read just before.
 */
const DUE_TIMES = `
SELECT lane_id AS "laneId", (extract(epoch FROM max(due_at) - clock_timestamp()) * 1000)::float8 AS "inMillis"
FROM hooktide.delivery
WHERE due_at > $1 AND due_at <= now() + make_interval(secs => $2 / 1000.0)
  AND ($3::bigint[] IS NULL OR lane_id = ANY ($3))
GROUP BY lane_id, ceil(extract(epoch FROM due_at) * 10)`;

/** When failed deliveries of a lane are due. */
export interface DueTime {
  laneId: number;
  inMillis: number;
}

/** The due times from this poll's beginning on, and within the next `withinMillis`, in these lanes; null: in all. */
export function readDueTimes(
  sql: Sql,
  poll: Date,
  withinMillis: number,
  lanes: readonly number[] | null,
): Promise<DueTime[]> {
  return sql.query(DUE_TIMES, [poll, withinMillis, lanes]);
}
