import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeSns, startSns } from '../setup/sns.js';
import { awsEnv, startInSnsMode } from '../setup/sns-mode.js';
import { requestUpdate } from '../setup/updates.js';

let hooktide: Hooktide;
let database: TestDatabase;
afterEach(async () => {
  await hooktide.stop();
  await database.drop();
  await closeSns();
});

/** Nobody sends: what waits goes on waiting. */
const API_ONLY = { ROLES: 'api' };
const whyOf = async (id: string) => {
  const { json } = await hooktide.api('GET', `/api/updates/${id}`);
  const items = json.deliveries.items as { webhookId: string; state: string; why: { code: string; detail: string } }[];
  return Object.fromEntries(items.map(({ webhookId, state, why }) => [webhookId, state === 'none' ? why : state]));
};
const ofAnotherType = (type: string) => ({ code: 'type', detail: `It wants ${type} updates, and this is a REQUEST` });

it('an update says why webhooks get nothing in SNS mode, and topics out of it', async () => {
  const sns = await startSns();
  database = await createTestDatabase();
  hooktide = await startInSnsMode(sns, { database, env: API_ONLY });
  await hooktide.register('http://127.0.0.1:9/', 'REQUEST', 'mine');
  await hooktide.register('http://127.0.0.1:9/', 'TASK', 'tasks');
  const [published = ''] = (await hooktide.post(requestUpdate('web'))).ids;
  const topics = {
    'sns:CRASHLOOP': ofAnotherType('CRASHLOOP'),
    'sns:DEPLOY': ofAnotherType('DEPLOY'),
    'sns:ELEVATED_ACCESS': ofAnotherType('ELEVATED_ACCESS'),
    'sns:TASK': ofAnotherType('TASK'),
    tasks: ofAnotherType('TASK'),
  };
  expect(await whyOf(published)).toEqual({
    'sns:REQUEST': 'waiting',
    ...topics,
    mine: {
      code: 'sns_mode',
      detail: 'In SNS mode updates go to the topic of their type; webhookQueue.alsoDeliverWebhooks is off',
    },
  });

  await hooktide.stop();
  hooktide = await startHooktide({ database, env: { ...API_ONLY, ...awsEnv(sns) } });
  const [posted = ''] = (await hooktide.post(requestUpdate('web'))).ids;
  expect(await whyOf(posted)).toEqual({
    mine: 'waiting',
    ...topics,
    'sns:REQUEST': {
      code: 'postgres_mode',
      detail: 'It is a topic of the config, which gets updates in SNS mode; webhookQueue.queueType is POSTGRES',
    },
  });
  const { code, detail } = (await whyOf(published))['mine'] as { code: string; detail: string };
  expect([code, detail]).toEqual(['forgotten', expect.stringContaining('the mode (webhookQueue) was another then')]);

  await hooktide.stop();
  hooktide = await startInSnsMode(sns, {
    database,
    env: { ...API_ONLY, WEBHOOK_QUEUE_ALSO_DELIVER_WEBHOOKS: 'true' },
  });
  const [both = ''] = (await hooktide.post(requestUpdate('web'))).ids;
  expect(await whyOf(both)).toEqual({ mine: 'waiting', 'sns:REQUEST': 'waiting', ...topics });
});
