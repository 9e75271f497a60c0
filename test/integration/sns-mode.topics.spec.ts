import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeSns, startSns } from '../setup/sns.js';
import { awsEnv, firstArrivals, startInSnsMode } from '../setup/sns-mode.js';
import { until } from '../setup/until.js';
import { numberOf, requestUpdate } from '../setup/updates.js';

const running: Hooktide[] = [];
let database: TestDatabase | undefined;
afterEach(async () => {
  for (const hooktide of running.splice(0)) await hooktide.stop();
  await database?.drop();
  database = undefined;
  await closeSns();
});

/** Stopped at the end. */
async function keep(starting: Promise<Hooktide>): Promise<Hooktide> {
  const hooktide = await starting;
  running.push(hooktide);
  return hooktide;
}

const API_ONLY = { ROLES: 'api' };
const TYPES = ['REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS'];
const anUri = 'http://127.0.0.1:9/';

describe('the topics of the config', () => {
  it('stay out of Singularity’s lists', async () => {
    const hooktide = await keep(startInSnsMode(await startSns()));
    const id = await hooktide.register(anUri);
    const { json: list } = await hooktide.api('GET', '/api/webhooks');
    expect(list.map((webhook: { id: string }) => webhook.id)).toEqual([id]);
    const { json: summary } = await hooktide.api('GET', '/api/webhooks/summary');
    expect(summary.map(({ webhook }: { webhook: { id: string } }) => webhook.id)).toEqual([id]);
  });

  it('are shown one by one', async () => {
    const hooktide = await keep(startInSnsMode(await startSns()));
    const { status, json } = await hooktide.api('GET', '/api/webhooks/sns:TASK');
    expect(status).toBe(200);
    const retry = { policy: 'exponential', maxAgeHours: 0, maxQueued: 0 };
    expect(json).toMatchObject({ id: 'sns:TASK', type: 'TASK', uri: 'sns:singularity-task-updates', retry });
    expect(json).not.toHaveProperty('origin');
  });

  it('can be deleted by nobody', async () => {
    const hooktide = await keep(startInSnsMode(await startSns()));
    for (const type of TYPES) {
      const byPath = await hooktide.api('DELETE', `/api/webhooks/sns:${type}`);
      const byQuery = await hooktide.api('DELETE', `/api/webhooks?webhookId=sns:${type}`);
      expect([byPath.json, byQuery.json]).toEqual(['DIDNT_EXIST', 'DIDNT_EXIST']);
      expect((await hooktide.api('GET', `/api/webhooks/sns:${type}`)).status).toBe(200);
    }
  });

  it('have ids that no client can register', async () => {
    const hooktide = await keep(startHooktide());
    for (const type of TYPES) {
      const { status, json } = await hooktide.api('POST', '/api/webhooks', {
        id: `sns:${type}`,
        uri: anUri,
        type: 'REQUEST',
      });
      expect([status, json.message]).toEqual([400, expect.stringContaining(`id: sns:${type} is the topic`)]);
    }
    const { json } = await hooktide.api('POST', '/api/webhooks', { id: 'sns:mine', uri: anUri, type: 'REQUEST' });
    expect(json).toBe('CREATED');
  });

  it('are changed by the config alone, but for what it does not say', async () => {
    const hooktide = await keep(startInSnsMode(await startSns()));
    const before = (await hooktide.api('GET', '/api/webhooks/sns:TASK')).json;
    for (const change of [{ uri: anUri }, { retry: null }, { maxConcurrent: 1 }]) {
      const [field] = Object.keys(change);
      const { status, json } = await hooktide.api('PATCH', '/api/webhooks/sns:TASK', change);
      const message = `${field} of a topic of the config can't be changed here`;
      expect([status, json.field, json.detail]).toEqual([400, field, expect.stringContaining(message)]);
    }
    const { json: after } = await hooktide.api('PATCH', '/api/webhooks/sns:TASK', { description: 'all tasks' });
    expect(after).toEqual({ ...before, description: 'all tasks' });
  });

  it('can be paused and resumed, and get what waited', async () => {
    const sns = await startSns();
    const hooktide = await keep(startInSnsMode(sns));
    expect((await hooktide.api('POST', '/api/webhooks/sns:REQUEST/pause')).json.state).toBe('paused');
    await hooktide.post(requestUpdate('web', 1));
    expect((await hooktide.api('GET', '/api/webhooks/sns:REQUEST')).json.waiting).toBe(1);
    await hooktide.api('POST', '/api/webhooks/sns:REQUEST/resume');
    await sns.arrived(1);
    expect(firstArrivals(sns, 'singularity-request-updates').map(({ message }) => numberOf(message))).toEqual([1]);
  });

  it('take a new name at the next start, with what waits', async () => {
    const sns = await startSns();
    database = await createTestDatabase();
    const before = await startInSnsMode(sns, { database, env: API_ONLY });
    await before.post([requestUpdate('web', 1), requestUpdate('web', 2)]);
    await before.stop();
    const env = { WEBHOOK_QUEUE_SNS_TOPICS_REQUEST: 'renamed' };
    const hooktide = await keep(startInSnsMode(sns, { database, env }));
    await hooktide.post(requestUpdate('web', 3));
    await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length === 0);
    expect(firstArrivals(sns, 'renamed').map(({ message }) => numberOf(message))).toEqual([1, 2, 3]);
    expect(sns.batches().every(({ topicArn }) => topicArn?.endsWith(':renamed'))).toBe(true);
    expect((await hooktide.api('GET', '/api/webhooks/sns:REQUEST')).json.uri).toBe('sns:renamed');
  });

  it('get what waits after the mode was left, and nothing new', async () => {
    const sns = await startSns();
    database = await createTestDatabase();
    const before = await startInSnsMode(sns, { database, env: API_ONLY });
    await before.post(requestUpdate('web', 1));
    await before.stop();
    const hooktide = await keep(startHooktide({ database, env: awsEnv(sns) }));
    expect((await hooktide.post(requestUpdate('web', 2))).deliveries).toBe(0);
    await until(async () => (await hooktide.sql('SELECT 1 FROM hooktide.delivery')).length === 0);
    expect(firstArrivals(sns, 'singularity-request-updates').map(({ message }) => numberOf(message))).toEqual([1]);
  });

  it.each([
    'no blanks',
    'a/b',
    'x'.repeat(257),
    'x.FIFO',
    'arn:aws:sqs:eu-west-1:123456789012:q',
    'sns:name',
    'x.fifo.',
  ])('stop the start by their key when they are none: %s', async (topic) => {
    const sns = await startSns();
    const starting = startInSnsMode(sns, { env: { WEBHOOK_QUEUE_SNS_TOPICS_CRASHLOOP: topic } });
    await expect(starting).rejects.toThrow(/^webhookQueue\.snsTopics\.CRASHLOOP is ".*": write a name of letters/);
  });
});
