import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boot, eventOf, infoOf, listener, NOON, type Hearing } from '../../../test/setup/supervisor-events.js';
import { readFacts } from '../../updates/payload.js';
import { emptyTracking, toUpdates } from './tasks.js';

const models = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/singularity/schema.models.json', import.meta.url), 'utf8'),
) as Record<string, { properties?: Record<string, string>; enum?: string[] }>;

/** What a value lacks of a model of Singularity's, by path. */
function lacks(value: unknown, type: string, path: string): string[] {
  if (type.endsWith('?')) return value === undefined ? [] : lacks(value, type.slice(0, -1), path);
  if (value === undefined || value === null) return [path];
  if (type.endsWith('[]'))
    return (value as unknown[]).flatMap((item, n) => lacks(item, type.slice(0, -2), `${path}[${n}]`));
  const model = models[type];
  if (model?.enum) return model.enum.includes(value as string) ? [] : [`${path}: ${JSON.stringify(value)} of ${type}`];
  const fields = value as Record<string, unknown>;
  return Object.entries(model?.properties ?? {}).flatMap(([name, of]) => lacks(fields[name], of, `${path}.${name}`));
}

const fixture = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/singularity/task-webhook.running.json', import.meta.url), 'utf8'),
) as unknown;
/** Singularity's own TASK lacks it too. */
const NEITHER_HAS = 'payload.task.mesosTask.executor';

const STATES: [state: string, text: string, taskState: string][] = [
  ['STARTING', 'cat:meow from_state:STOPPED tries:0', 'TASK_STARTING'],
  ['RUNNING', 'cat:meow from_state:STARTING pid:7', 'TASK_RUNNING'],
  ['STOPPING', 'cat:meow from_state:RUNNING pid:7', 'TASK_KILLING'],
  ['STOPPED', 'cat:meow from_state:STOPPING pid:7', 'TASK_KILLED'],
  ['EXITED', 'cat:meow from_state:RUNNING expected:1 pid:7', 'TASK_FINISHED'],
  ['EXITED', 'cat:meow from_state:RUNNING expected:0 pid:7', 'TASK_FAILED'],
  ['BACKOFF', 'cat:meow from_state:STARTING tries:1', 'TASK_FAILED'],
  ['FATAL', 'cat:meow from_state:BACKOFF', 'TASK_ERROR'],
  ['UNKNOWN', 'cat:meow from_state:STOPPING', 'TASK_LOST'],
];

describe('A TASK of Singularity', () => {
  it('has no executor', () => {
    expect(lacks(fixture, 'SingularityTaskWebhook', 'payload')).toContain(NEITHER_HAS);
  });
});

describe('An event of supervisord', () => {
  it.each(STATES)("%s of %s becomes %s, which has all that Singularity's TASK has", (state, text, taskState) => {
    const [told] = listener()(eventOf(3, state, text));
    expect(told).toMatchObject({ type: 'TASK', state: taskState });
    expect(lacks(told!.payload, 'SingularityTaskWebhook', 'payload')).toEqual([NEITHER_HAS]);
    expect(told!.payload.task.taskId).toEqual(told!.payload.taskUpdate.taskId);
    expect(readFacts('TASK', told!.payload, 'payload')).toMatchObject({
      requestId: 'cat',
      taskId: told!.task,
      state: taskState,
      occurredAtMillis: NOON + 1000,
    });
  });

  it.each(['TICK_60', 'PROCESS_LOG_STDOUT', 'PROCESS_GROUP_ADDED', 'PROCESS_STATE', 'SUPERVISOR_STATE_CHANGE_RUNNING'])(
    '%s becomes no update',
    (name) => {
      expect(listener()({ ...eventOf(3, 'EXITED', 'cat:meow pid:7'), name })).toEqual([]);
    },
  );

  it('stands in its update as it came, with what the operator adds', () => {
    const event = eventOf(3, 'EXITED', 'cat:meow from_state:RUNNING expected:0 pid:7');
    const [told] = listener()(event, { data: { team: 'web', text: 'dump_params' } });
    expect(told!.payload.supervisor).toEqual({
      event: 'PROCESS_STATE_EXITED',
      identifier: 'supervisor',
      serial: 3,
      host: 'host-1',
      payload: event.payload,
      data: { team: 'web', text: 'dump_params' },
    });
  });

  it.each([
    ['task-exited', eventOf(80, 'EXITED', 'cat:meow from_state:RUNNING expected:0 pid:21797'), 'TASK'],
    ['crash-loop-started', eventOf(70, 'FATAL', 'flaky from_state:BACKOFF'), 'CRASHLOOP'],
  ])('becomes what the fixture %s shows', async (name, event, type) => {
    const info = infoOf({ stateName: 'EXITED', exitStatus: 3, startedAtMillis: NOON - 60_000 });
    const told = listener()(event, { info, data: { a: 'b', c: 'd' } }).find((update) => update.type === type);
    const shown = `${JSON.stringify(told?.payload, null, 2)}\n`;
    await expect(shown).toMatchFileSnapshot(`../../../test/fixtures/supervisor/${name}.json`);
  });

  it('changes nothing of the state that it is converted with', () => {
    const state = toUpdates(
      eventOf(1, 'STARTING', 'cat from_state:STOPPED tries:0'),
      { boot, receivedAtMillis: NOON, info: null, data: new Map() },
      emptyTracking(),
    ).state;
    const before = structuredClone(state);
    const convert = () =>
      toUpdates(
        eventOf(2, 'RUNNING', 'cat from_state:STARTING pid:7'),
        { boot, receivedAtMillis: NOON + 1, info: null, data: new Map() },
        state,
      );
    const first = convert();
    expect(state).toEqual(before);
    expect(convert()).toEqual(first);
  });
});

const idOf = (serial: number, hearing: Hearing = {}, identifier?: string) =>
  listener()(eventOf(serial, 'FATAL', 'cat from_state:BACKOFF', identifier), hearing).map(({ id }) => id);

describe('The id of an update', () => {
  it('is the same for the same event, whenever and with whatever knowledge it is converted', () => {
    const [task, crashLoop] = idOf(5);
    expect(idOf(5, { info: infoOf({ spawnError: 'x' }), data: { a: 'b' }, receivedAtMillis: 1 })).toEqual([
      task,
      crashLoop,
    ]);
    expect(task).not.toBe(crashLoop);
  });

  it.each([
    ['another event', idOf(6)],
    ['another run of the same supervisord', idOf(5, { boot: { ...boot, run: '8d5fb4a2.50000' } })],
    ['another machine', idOf(5, { boot: { ...boot, host: 'host-2' } })],
    ['another supervisord of the same machine', idOf(5, {}, 'other')],
  ])('is another for %s', (_, others) => {
    for (const id of idOf(5)) expect(others).not.toContain(id);
  });

  it('is short enough for the longest identifier', () => {
    for (const id of idOf(Number.MAX_SAFE_INTEGER, {}, 'é'.repeat(1000)))
      expect(Buffer.byteLength(id)).toBeLessThan(256);
  });
});

const messageOf = (state: string, text: string, info: ReturnType<typeof infoOf> | null, receivedAtMillis = NOON + 50) =>
  listener()(eventOf(3, state, text), { info, receivedAtMillis })[0]!.message;

describe('What a state is told with', () => {
  const EXIT = 'cat:meow from_state:RUNNING expected:0 pid:7';
  const end = { pid: 7, endedAtMillis: NOON, exitStatus: 3, signal: null, coreDumped: false };
  const killed = infoOf({ stateName: 'EXITED', exitStatus: -1, stoppedAtMillis: NOON });
  const restarted = infoOf({ stateName: 'STARTING', exitStatus: 0, stoppedAtMillis: NOON });

  it.each([
    ['nothing is known', null, /^Command exited with an unexpected status, or was terminated by a signal$/],
    ['it stays down', infoOf({ stateName: 'EXITED', exitStatus: 3 }), /^Command exited with status 3$/],
    ['a signal ended it', infoOf({ stateName: 'EXITED', exitStatus: -1 }), /^Command terminated by a signal$/],
    ['it was started again, and the log is not read', restarted, /unexpected status/],
    ['the log has its pid', { ...restarted, ends: [end, { ...end, pid: 8, exitStatus: 4 }] }, /status 3$/],
    [
      'the log has its signal',
      { ...restarted, ends: [{ ...end, exitStatus: null, signal: 'SIGSEGV', coreDumped: true }] },
      /^Command terminated with signal SIGSEGV \(core dumped\)$/,
    ],
    ['the log has another pid only', { ...restarted, ends: [{ ...end, pid: 8 }] }, /unexpected status/],
    ['the log begins after its start', { ...restarted, ends: [{ ...end, pid: null }] }, /status 3$/],
    [
      'the log has the signal of the last end',
      { ...killed, ends: [{ ...end, pid: null, exitStatus: null, signal: 'SIGHUP' }] },
      /signal SIGHUP$/,
    ],
    ['the last end is of another start', { ...killed, ends: [{ ...end, pid: 8 }] }, /unexpected status/],
    [
      'that end is not the last',
      { ...restarted, ends: [{ ...end, pid: null, endedAtMillis: NOON - 9000 }] },
      /unexpected/,
    ],
  ])('EXITED has its exit status as Mesos says it, or says that it is unknown, when %s', (_, info, message) => {
    expect(messageOf('EXITED', EXIT, info)).toMatch(message);
  });

  it('takes no end without a pid for that of an event that waited for long', () => {
    const info = { ...restarted, ends: [{ ...end, pid: null }] };
    expect(messageOf('EXITED', EXIT, info, NOON + 4999)).toMatch(/status 3$/);
    expect(messageOf('EXITED', EXIT, info, NOON + 5000)).toMatch(/unexpected/);
  });

  it.each([
    ['STARTING', 'cat from_state:EXITED tries:0', null, 'Started from EXITED'],
    ['STARTING', 'cat from_state:BACKOFF tries:2', null, 'Started from BACKOFF, try 3'],
    ['RUNNING', 'cat from_state:STARTING pid:7', null, 'Running with pid 7'],
    ['STOPPING', 'cat from_state:RUNNING pid:7', null, 'Stopping from RUNNING with pid 7'],
    ['STOPPED', 'cat from_state:STOPPING pid:7', null, 'Stopped from STOPPING'],
    [
      'STOPPED',
      'cat from_state:STOPPING pid:7',
      infoOf({ stateName: 'STOPPED', exitStatus: 0 }),
      'Command exited with status 0',
    ],
    [
      'STOPPED',
      'cat from_state:BACKOFF pid:0',
      infoOf({ stateName: 'STOPPED', exitStatus: 0 }),
      'Stopped from BACKOFF, before it was tried again',
    ],
    ['EXITED', 'cat from_state:RUNNING expected:1 pid:7', null, 'Command exited with an expected status'],
    ['BACKOFF', 'cat from_state:STARTING tries:2', null, 'Try 2 failed'],
    [
      'BACKOFF',
      'cat from_state:STARTING tries:1',
      infoOf({ spawnError: "can't find command '/nope'" }),
      "Try 1 failed: can't find command '/nope'",
    ],
    ['FATAL', 'cat from_state:BACKOFF', null, 'Gave up'],
    ['UNKNOWN', 'cat from_state:STOPPING', null, 'supervisord could not send it a signal, and lost it from STOPPING'],
  ])('%s of %s with words', (state, text, info, message) => {
    expect(messageOf(state, text, info)).toBe(message);
  });

  it('counts the tries when it gave up', () => {
    const hear = listener();
    hear(eventOf(1, 'BACKOFF', 'cat from_state:STARTING tries:3'));
    const info = infoOf({ stateName: 'FATAL', spawnError: 'Exited too quickly' });
    const [task] = hear(eventOf(2, 'FATAL', 'cat from_state:BACKOFF'), { info });
    expect(task!.message).toBe('Gave up after 3 failed tries: Exited too quickly');
  });
});
