// A process that delivers what waits in the queue of pg-boss at the url in its first argument: 500 jobs a fetch, sent at
// once, then completed in one statement. Two such loops, so that one sends while the other is with Postgres. Not `work()`,
// which is the same with a pause.
import { QUEUE, startBoss } from './boss-queue.mjs';
import { post } from './post.mjs';

const LOOPS = 2;
const batchSize = 500;

const boss = await startBoss(process.argv[2]);

async function deliver() {
  for (;;) {
    const jobs = await boss.fetch(QUEUE, { batchSize, priority: false });
    if (jobs.length === 0) return;
    await Promise.all(jobs.map(({ data }) => post(data.uri, data.body)));
    await boss.complete(
      QUEUE,
      jobs.map(({ id }) => id),
    );
  }
}

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
await Promise.all(Array.from({ length: LOOPS }, deliver));
