import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import type { Hooktide } from '../setup/hooktide.js';
import { answers, closeSns, resets, startSns, type Sns } from '../setup/sns.js';
import { firstArrivals, startInSnsMode } from '../setup/sns-mode.js';
import { until } from '../setup/until.js';
import { numberOf, requestOf, requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
let database: TestDatabase | undefined;
afterEach(async () => {
  await hooktide.stop();
  await database?.drop();
  database = undefined;
  await closeSns();
});

const TOPIC = 'singularity-request-updates';
const SUBJECTS = ['a', 'b', 'c', 'd'];
const updates = (count: number) => Array.from({ length: count }, (_, n) => requestUpdate(SUBJECTS[n % 4]!, n));
const isEmpty = async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery LIMIT 1')).length === 0;
const deadLetters = async () => (await hooktide.api('GET', '/api/dead-letters')).json.items as unknown[];

/** Everything arrived, each subject in its order. */
function expectAll(sns: Sns, count: number, topic = TOPIC): void {
  const bodies = firstArrivals(sns, topic).map(({ message }) => message);
  for (const [place, subject] of SUBJECTS.entries()) {
    const numbers = bodies.filter((body) => requestOf(body) === subject).map(numberOf);
    expect(numbers).toEqual(Array.from({ length: count / 4 }, (_, i) => 4 * i + place));
  }
}

/** So many attempts of each subject have failed. */
const allFailed = (times: number) =>
  until(async () => {
    const [row] = await hooktide.sql<{ subjects: number }>(
      'SELECT count(DISTINCT subject)::int AS subjects FROM hooktide.delivery WHERE attempts >= $1',
      [times],
    );
    return row?.subjects === SUBJECTS.length;
  });

describe('a server that is away', () => {
  it('loses nothing, however much waits, nor the order of a subject', async () => {
    const sns = await startSns();
    hooktide = await startInSnsMode(sns);
    await sns.stop();
    await hooktide.post(updates(120));
    // A webhook without limits of its own would have lost 70 of them at the second failure, polls after the first.
    await allFailed(2);
    const details = (await hooktide.api('GET', '/api/webhooks/sns:REQUEST')).json;
    expect(details).toMatchObject({ state: 'failing', waiting: 120 });
    await hooktide.post(requestUpdate('e'));
    await sns.start();
    await until(isEmpty);
    expectAll(sns, 120);
    expect(await deadLetters()).toEqual([]);
  });

  it('is tried by each subject for itself, without a poll', async () => {
    const sns = await startSns();
    hooktide = await startInSnsMode(sns, { env: { CHECK_WEBHOOKS_EVERY_MILLIS: '3600000' } });
    await sns.stop();
    await hooktide.post(updates(120));
    await allFailed(1);
    await sns.start();
    await until(isEmpty);
    expectAll(sns, 120);
    expect(await deadLetters()).toEqual([]);
  });

  it('may be away while Hooktide starts again', async () => {
    const sns = await startSns();
    database = await createTestDatabase();
    hooktide = await startInSnsMode(sns, { database });
    await sns.stop();
    await hooktide.post(updates(120));
    await allFailed(1);
    await hooktide.stop();
    hooktide = await startInSnsMode(sns, { database });
    await sns.start();
    await until(isEmpty);
    expectAll(sns, 120);
    expect(await deadLetters()).toEqual([]);
  });

  it('that forgot its topics gets them again', async () => {
    const sns = await startSns();
    hooktide = await startInSnsMode(sns);
    await hooktide.post(updates(4));
    await until(isEmpty);
    await sns.stop();
    await sns.start();
    await hooktide.post(updates(120).slice(4));
    await until(isEmpty);
    expectAll(sns, 120);
    const created = sns.calls.filter(({ action }) => action === 'CreateTopic');
    expect(created.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a server that goes wrong', () => {
  it.each([
    ['throttles', answers(400, 'Throttling')],
    ['fails', answers(500, 'InternalError')],
    ['publishes and breaks the connection', resets],
  ])('that %s delays a subject, and reorders nothing', async (_, fault) => {
    const sns = await startSns();
    hooktide = await startInSnsMode(sns);
    for (let n = 0; n < 6; n += 1) sns.next(fault);
    await hooktide.post(updates(120));
    await until(isEmpty);
    expectAll(sns, 120);
    expect(await deadLetters()).toEqual([]);
  });
});
