// A process that delivers what waits in the queue of graphile-worker at the url in its first argument. Version 0.16 fetches
// and completes one job at a time, so its documents' way to be fast is many of them at once, with prepared statements, its
// default, and a connection for each.
import { run } from 'graphile-worker';
import { post } from './post.mjs';
import { BATCH_TASK, logger, TASK } from './worker-queue.mjs';

const CONCURRENCY = 24;

const taskList = {
  [TASK]: ({ uri, body }) => post(uri, body),
  /** A promise for each delivery: those that fail stay in the job. */
  [BATCH_TASK]: async (deliveries) => {
    const sent = deliveries.map(({ uri, body }) => post(uri, body));
    await Promise.allSettled(sent);
    return sent;
  },
};

process.env.NO_LOG_SUCCESS = 'true';
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
await run({
  connectionString: process.argv[2],
  concurrency: CONCURRENCY,
  maxPoolSize: CONCURRENCY + 1,
  noHandleSignals: true,
  taskList,
  logger,
});
