import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { formOf, wanted } from '../setup/superhooks-forms.js';
import {
  program,
  recorder,
  startSupervisord,
  stopSupervisords,
  superhooks,
  SUPERVISORD,
} from '../setup/supervisord.js';
import { until } from '../setup/until.js';

let hooktide: Hooktide;

// No poll comes within a test: what arrives was sent at once.
beforeEach(async () => {
  if (SUPERVISORD !== null) hooktide = await startHooktide({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '60000' } });
});
afterEach(async () => {
  await stopSupervisords();
  await closeReceivers();
  if (SUPERVISORD !== null) await hooktide.stop();
});

async function webhook(type: string, format: string): Promise<Receiver> {
  const receiver = await startReceiver();
  const answer = await hooktide.api('POST', '/api/webhooks', { uri: receiver.url, type, format });
  expect(answer.text).toBe('"CREATED"');
  return receiver;
}

/** What a test looks at of a TASK, and of a CRASHLOOP. */
interface Payload {
  taskUpdate: { taskId: { id: string; deployId: string }; taskState: string; statusMessage: string; timestamp: number };
  supervisor: { payload: string; host: string };
  requestId: string;
  deployId: string;
  start: number;
  end?: number;
  type: string;
}

const payloadsOf = ({ requests }: Receiver): Payload[] => requests.map(({ body }) => JSON.parse(body) as Payload);

/** The updates of a process, each task by itself: its states, and the words to them. */
function tasksOf(receiver: Receiver, process: string): string[][] {
  const tasks = new Map<string, string[]>();
  for (const { taskUpdate, supervisor } of payloadsOf(receiver)) {
    if (!supervisor.payload.startsWith(`processname:${process} `)) continue;
    const { taskId, taskState, statusMessage } = taskUpdate;
    const words = statusMessage.replace(/with pid \d+/, 'with a pid');
    tasks.set(taskId.id, [...(tasks.get(taskId.id) ?? []), `${taskState} ${words}`]);
  }
  return [...tasks.values()];
}

describe.skipIf(SUPERVISORD === null)('hooktide superhooks --to, run by a real supervisord', () => {
  it('tells each start of a program as a task of its own, with how it ended', async () => {
    const receiver = await webhook('TASK', 'singularity');
    const supervisord = await startSupervisord({
      sections: [
        superhooks(['--to', hooktide.url]),
        // It crashes once. supervisord starts it again before the event has left.
        program(
          'crash',
          '[ -e {folder}/crash ] && touch {folder}/sleeps && exec sleep 1000; touch {folder}/crash; exit 3',
          {
            autorestart: 'unexpected',
          },
        ),
        program('once', 'exit 4'),
        program('killed', 'sleep 0.2; kill -9 $$', { autorestart: 'true' }),
        program('good', 'exit 0'),
      ],
    });
    for (const name of ['crash', 'once', 'good', 'killed']) await supervisord.start(name);
    await until(() => tasksOf(receiver, 'killed').filter((states) => states.length === 3).length >= 3);
    await until(() => tasksOf(receiver, 'crash')[1]?.length === 2 && existsSync(join(supervisord.folder, 'sleeps')));
    // What it knows of starts outlives it.
    process.kill(Number((await supervisord.info('superhooks')).get('pid')), 'SIGKILL');
    await until(() => tasksOf(receiver, 'superhooks')[1]?.length === 2);
    await supervisord.stop('crash');
    await until(() => tasksOf(receiver, 'crash')[1]?.length === 4 && tasksOf(receiver, 'good')[0]?.length === 3);

    expect(tasksOf(receiver, 'crash')).toEqual([
      [
        'TASK_STARTING Started from STOPPED',
        'TASK_RUNNING Running with a pid',
        'TASK_FAILED Command exited with status 3',
      ],
      [
        'TASK_STARTING Started from EXITED',
        'TASK_RUNNING Running with a pid',
        'TASK_KILLING Stopping from RUNNING with a pid',
        'TASK_KILLED Command terminated with signal SIGTERM',
      ],
    ]);
    expect(tasksOf(receiver, 'once')).toEqual([
      [
        'TASK_STARTING Started from STOPPED',
        'TASK_RUNNING Running with a pid',
        'TASK_FAILED Command exited with status 4',
      ],
    ]);
    expect(tasksOf(receiver, 'good')).toEqual([
      [
        'TASK_STARTING Started from STOPPED',
        'TASK_RUNNING Running with a pid',
        'TASK_FINISHED Command exited with status 0',
      ],
    ]);
    for (const [, , last] of tasksOf(receiver, 'killed').slice(0, 3)) {
      expect(last).toBe('TASK_FAILED Command terminated with signal SIGKILL');
    }
  });

  it('tells what supervisord gives up, as an error and a crash loop, and that it is over', async () => {
    const [tasks, loops] = [await webhook('TASK', 'singularity'), await webhook('CRASHLOOP', 'singularity')];
    const supervisord = await startSupervisord({
      sections: [
        superhooks(['--to', hooktide.url]),
        program('late', '', { command: '{folder}/late', autostart: 'true', startretries: 1 }),
        program('quick', 'exit 5', { autostart: 'true', startsecs: 1, startretries: 0 }),
      ],
    });
    await loops.waitFor(2);
    await until(() => tasksOf(tasks, 'late')[1]?.length === 3 && tasksOf(tasks, 'quick')[0]?.length === 3);
    const missing = `can't find command '${join(supervisord.folder, 'late')}'`;
    expect(tasksOf(tasks, 'late')).toEqual([
      ['TASK_STARTING Started from STOPPED', `TASK_FAILED Try 1 failed: ${missing}`],
      [
        'TASK_STARTING Started from BACKOFF, try 2',
        `TASK_FAILED Try 2 failed: ${missing}`,
        `TASK_ERROR Gave up after 2 failed tries: ${missing}`,
      ],
    ]);
    expect(tasksOf(tasks, 'quick')[0]?.at(-1)).toMatch(/^TASK_ERROR Gave up after 1 failed tries: Exited too quickly/);

    await writeFile(join(supervisord.folder, 'late'), '#!/bin/sh\nexec sleep 1000\n');
    await chmod(join(supervisord.folder, 'late'), 0o755);
    await supervisord.start('late');
    await loops.waitFor(3);
    const [open, closed] = payloadsOf(loops).filter(({ requestId }) => requestId === 'late');
    expect(open).toMatchObject({ requestId: 'late', type: 'STARTUP_FAILURE_LOOP' });
    expect(open).not.toHaveProperty('end');
    expect(closed).toMatchObject({ start: open?.start, deployId: open?.deployId, type: 'STARTUP_FAILURE_LOOP' });
    expect(closed?.end).toBeGreaterThan(open?.start ?? Infinity);
  });

  it('keeps for receivers of forms what superhooks sent them', async () => {
    const receiver = await webhook('TASK', 'form');
    const data = { team: 'web & co', text: 'dump_params' };
    const supervisord = await startSupervisord({
      sections: [
        recorder(),
        superhooks(['--to', hooktide.url, '-e', 'EXITED,FATAL', '-d', 'team^web & co^^text^dump_params']),
        program('bad', 'exit 3'),
        program('missing', '', { command: '{folder}/missing', autostart: 'true', startretries: 0 }),
      ],
    });
    await supervisord.start('bad');
    const requests = await receiver.waitFor(2);
    const events = wanted(await supervisord.recorded(), ['EXITED', 'FATAL']);
    expect(events).toHaveLength(2);
    const heads = events.map((event) => `${formOf(event, data)}&type=TASK&`);
    // The two are of different tasks: either may come first.
    const heard = heads.filter((head) => requests.some(({ body }) => body.startsWith(head)));
    expect(heard).toEqual(heads);
    const crash = requests
      .map(({ body }) => new URLSearchParams(body))
      .find((form) => form.get('state') === 'TASK_FAILED');
    expect(crash?.get('process_name')).toBe('bad:bad');
    expect(crash?.get('payload')).toContain('"statusMessage":"Command exited with status 3"');
  });
});
