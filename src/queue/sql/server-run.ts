/**
 * Names a run of a server, as a number: it is another one after a restart, after a crash of which Postgres recovers by
 * itself (which empties the statistics), and on every other server. Whatever was never committed, such as an id that was
 * given out, is known in one run only.
 */
export const SERVER_RUN = `extract(epoch FROM greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time()))::float8`;
