// Two queues on Postgres that many use, as senders of webhooks: how each is filled, and the process that empties it. A job
// is `{uri, body}`, the body as text, as an application would enqueue it that delivers byte for byte.
import { query } from './fill.mjs';
import { forkScript } from './processes.mjs';
import { bodies } from './updates.mjs';
import { startBoss, QUEUE } from './boss-queue.mjs';
import { prepareWorker, TASK, BATCH_TASK } from './worker-queue.mjs';

/** Deliveries in a batch job of graphile-worker's. */
const A_BATCH = 100;

const DELIVERY = (i) => `jsonb_build_object('uri', ($1::text[])[1 + ${i} % cardinality($1::text[])],
  'body', ($2::text[])[1 + ${i} / cardinality($1::text[]) % cardinality($2::text[])])`;

/** What `insert()` writes of a job without options; the columns' defaults are the same. */
const BOSS_JOBS = `
INSERT INTO pgboss.job (name, data, policy)
SELECT '${QUEUE}', ${DELIVERY('i')}, 'standard' FROM generate_series(0, $3 - 1) AS i`;

const specOf = (task, payload) =>
  `ROW('${task}', ${payload}, NULL, NULL, NULL, NULL, NULL, NULL)::graphile_worker.job_spec`;

const WORKER_JOBS = `
SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
  SELECT ${specOf(TASK, `${DELIVERY('i')}::json`)} FROM generate_series(0, $3 - 1) AS i))`;

const WORKER_BATCHES = `
SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
  SELECT ${specOf(BATCH_TASK, `json_agg(${DELIVERY('i')} ORDER BY i)`)}
  FROM generate_series(0, $3 - 1) AS i GROUP BY i / ${A_BATCH}))`;

async function fillBoss(database, uris, deliveries) {
  const boss = await startBoss(database.url);
  await boss.createQueue(QUEUE);
  await boss.stop({ graceful: false });
  await insert(database, BOSS_JOBS, uris, deliveries);
}

const fillWorker = (jobs) => async (database, uris, deliveries) => {
  await prepareWorker(database.url);
  await insert(database, jobs, uris, deliveries);
};

const insert = (database, jobs, uris, deliveries) =>
  query(database, async (client) => {
    await client.query(jobs, [uris, bodies(), deliveries]);
    await client.query('VACUUM (ANALYZE)');
  });

const starting = (script) => (database) => forkScript(script, database.url);

export const RIVALS = {
  boss: { name: 'pg-boss, 500 jobs a fetch', fill: fillBoss, start: starting('boss.mjs') },
  worker: { name: 'graphile-worker', fill: fillWorker(WORKER_JOBS), start: starting('worker.mjs') },
  batches: {
    name: `graphile-worker, jobs of ${A_BATCH} deliveries`,
    fill: fillWorker(WORKER_BATCHES),
    start: starting('worker.mjs'),
  },
};
