import { expect, it } from 'vitest';
import { addHook, stepIn, task, toldIn } from '../setup/containers.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { eachWithAnApplication, NO_POLL, refusalOf, ROLE } from '../setup/sql-app.js';
import { until } from '../setup/until.js';

const app = eachWithAnApplication();
const enqueue = (state: string, fields = {}, client = app.client) => {
  const { payload, application } = task(state, fields);
  return client.query(`SELECT hooktide.enqueue('TASK', $1, application => $2)`, [
    JSON.stringify(payload),
    application ?? null,
  ]);
};
/** Whether a transaction waits for another. */
const waits = async () => (await app.hooktide.sql('SELECT FROM pg_locks WHERE NOT granted')).length > 0;

it('updates by SQL change containers like others, each in its transaction', async () => {
  await app.start(NO_POLL);
  const receiver = await startReceiver();
  await addHook(app.hooktide, 'team', receiver.url);
  await app.client.query('BEGIN');
  for (const state of ['LAUNCHED', 'STARTING', 'RUNNING', 'RUNNING']) await enqueue(state, { group: 'team' });
  await app.client.query('COMMIT');
  await app.hooktide.post(task('KILLING', { group: 'team' }));
  await enqueue('KILLED', { application: 'team', message: 'Command terminated with signal Killed' });
  const requests = await receiver.waitFor(4);
  expect(requests.map(stepIn)).toEqual([
    'CREATED>STARTING',
    'STARTING>RUNNING',
    'RUNNING>STOPPING',
    'STOPPING>STOPPED',
  ]);
  expect(toldIn(requests[3]!)).toMatchObject({
    application: 'team',
    data: { last_exit_status: { raw_exit_status: 9, reason: 'signaled', signal: 9 } },
    counters: { start: 1, post_attempts: 0 },
  });
});

it('what is rolled back changed no container, also to a savepoint', async () => {
  await app.start(NO_POLL);
  const receiver = await startReceiver();
  await addHook(app.hooktide, 'web', receiver.url);
  await app.client.query('BEGIN');
  await enqueue('RUNNING');
  await app.client.query('ROLLBACK');
  await app.client.query('BEGIN');
  await enqueue('STARTING');
  await app.client.query('SAVEPOINT s');
  await enqueue('RUNNING');
  await app.client.query('ROLLBACK TO s');
  await enqueue('FAILED');
  await app.client.query('COMMIT');
  const requests = await receiver.waitFor(2);
  expect(requests.map(stepIn)).toEqual(['CREATED>STARTING', 'STARTING>CRASHED']);
  expect(toldIn(requests[1]!).counters.start).toBe(1);
});

it('a transaction that is open keeps the others of its task waiting, and those of no other', async () => {
  await app.start(NO_POLL);
  const receiver = await startReceiver();
  await addHook(app.hooktide, 'web', receiver.url);
  await app.client.query('BEGIN');
  await enqueue('RUNNING');
  const other = await app.connect(ROLE);
  await enqueue('RUNNING', { container: 'free' }, other);
  const held = app.hooktide.post([task('KILLED'), task('KILLED', { container: 'free' })]);
  await until(waits);
  await app.client.query('COMMIT');
  await held;
  const requests = await receiver.waitFor(4);
  const of = (name: string) => requests.filter((request) => toldIn(request).id.startsWith(name)).map(stepIn);
  expect(of('c-')).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPED']);
  expect(of('free')).toEqual(['CREATED>RUNNING', 'RUNNING>STOPPED']);
});

it('groups and starts that cannot be read refuse no update', async () => {
  await app.start(NO_POLL);
  const receiver = await startReceiver();
  await addHook(app.hooktide, 'web', receiver.url);
  const odd = [{ group: 'é\u0000' }, { group: 7 }, { startedAt: 1e300 }, { startedAt: 'x' as unknown as number }];
  for (const [n, fields] of odd.entries()) await enqueue('RUNNING', { container: `c${n}`, ...fields });
  const requests = await receiver.waitFor(odd.length);
  expect(requests.map((request) => toldIn(request).application)).toEqual(['web', 'web', 'web', 'web']);
});

it('an application may call none of the functions behind it', async () => {
  await app.start(NO_POLL);
  for (const call of [
    `hooktide.container_state('x')`,
    `hooktide.container_id('x', '1')`,
    `hooktide.group_of('{}')`,
    `hooktide.container_change('{}', 'a', 'b', 'c', 'd')`,
    `hooktide.follow_tasks('{1}', '{t}', '{TASK_RUNNING}', '{c}', '{a}')`,
  ])
    expect([call, (await refusalOf(app.client.query(`SELECT ${call}`)))?.code]).toEqual([call, '42501']);
  await closeReceivers();
});
