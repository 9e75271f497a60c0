// How many messages a second does SNS mode publish, and what share of a loop that only publishes is that?
// Two questions in turn: the loop; a queue that was filled beforehand. Both are counted at the SNS server, from a second
// after the first message on. There all updates go to one topic, as they are of one type.
import { postUpdates, startHooktide } from './hooktide.mjs';
import { after, measure, WARM_UP_MILLIS } from './measure.mjs';
import { end, forkScript } from './processes.mjs';
import { startSnsServer } from './receive.mjs';
import { AWS_KEYS, createTopic, REGION, TOPIC } from './sns-topic.mjs';
import { mean } from './statistics.mjs';
import { below, COST_HEAD, medianOf, rateRow, table } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const FILL_WITH = 500;
const LEAST_RATIO = 0.7;
/** What the first run guesses; the others go by the one before. */
const GUESSED_RATIO = 0.8;

/** Returns `{loop, queue}`, each a list of what a run measured; every two loops stand around a run. */
export async function measureSns(bench) {
  const { runs, say } = bench;
  const results = { loop: [await askLoop(bench)], queue: [] };
  for (let run = 1; run <= runs; run++) {
    const before = results.loop.at(-1);
    const queue = await askQueue(bench, results.queue.at(-1)?.perSecond ?? before.perSecond * GUESSED_RATIO);
    const after = await askLoop(bench);
    results.queue.push({ ...queue, ratio: queue.perSecond / mean([before.perSecond, after.perSecond]) });
    results.loop.push(after);
    const rates = [before, queue, after].map(({ perSecond }) => Math.round(perSecond));
    say(`sns ${run} of ${runs}: loop, queue, loop: ${rates.join(', ')} a second`);
  }
  return results;
}

async function askLoop({ postgres, seconds }) {
  await postgres.checkpoint();
  const server = await startSnsServer();
  const loop = forkScript('sns-loop.mjs', server.url, await createTopic(server.url));
  const measured = await measure(server, { sender: loop.pid }, () => after(seconds, server));
  await end(loop);
  await server.end();
  return measured;
}

async function askQueue({ postgres, folder, seconds }, perSecond) {
  const server = await startSnsServer();
  await createTopic(server.url);
  const database = await postgres.createDatabase();
  const updates = Math.ceil(perSecond * (seconds + WARM_UP_MILLIS / 1_000));
  const hooktide = { folder, databaseUrl: database.url, settings: settingsFor(server) };
  const api = await startHooktide({ ...hooktide, roles: ['api'] });
  for (let left = updates; left > 0; left -= FILL_WITH) {
    await postUpdates(api.url, nextUpdates(Math.min(left, FILL_WITH)));
  }
  await api.end();
  await postgres.checkpoint();

  const service = await startHooktide({ ...hooktide, roles: ['dispatch'] });
  const untilEmpty = () => server.reach(updates);
  const measured = await measure(server, { sender: service.pid, postgres: postgres.pid }, untilEmpty);
  await service.end();
  await server.end();
  await database.drop();
  return measured;
}

const settingsFor = ({ url }) => ({
  HOOKTIDE_WEBHOOK_QUEUE_QUEUE_TYPE: 'SNS',
  HOOKTIDE_WEBHOOK_QUEUE_SNS_TOPICS_REQUEST: TOPIC,
  HOOKTIDE_WEBHOOK_QUEUE_AWS_ENDPOINT: url,
  HOOKTIDE_WEBHOOK_QUEUE_AWS_REGION: REGION,
  HOOKTIDE_WEBHOOK_QUEUE_AWS_ACCESS_KEY: AWS_KEYS.accessKeyId,
  HOOKTIDE_WEBHOOK_QUEUE_AWS_SECRET_KEY: AWS_KEYS.secretAccessKey,
});

export function describeSns({ loop, queue }) {
  const rows = [
    rateRow('bare `PublishBatch` loop', loop),
    rateRow('queue alone, to SNS', queue),
    ['to hold', '', `≥ ${LEAST_RATIO}`, '', '', ''],
  ];
  return {
    tables: [table(['', 'messages/s', '÷ loop', ...COST_HEAD], rows)],
    missed: below('queue alone, to SNS ÷ loop', medianOf(queue, 'ratio'), LEAST_RATIO),
  };
}
