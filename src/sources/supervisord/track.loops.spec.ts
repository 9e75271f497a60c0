import { describe, expect, it } from 'vitest';
import {
  backoff,
  boot,
  exited,
  eventOf,
  fatal,
  listener,
  NOON,
  running,
  starting,
} from '../../../test/setup/supervisor-events.js';
import type { SupervisorEvent } from './event.js';
import { emptyTracking, toUpdates } from './tasks.js';

/** What is told of crash loops. */
const loops = (events: SupervisorEvent[]) => {
  const hear = listener();
  return events
    .flatMap((event) => hear(event).filter(({ type }) => type === 'CRASHLOOP'))
    .map(({ payload }) => payload);
};

describe('A crash loop', () => {
  it('opens with FATAL, from the first try that failed, and is resolved by the next RUNNING', () => {
    const told = loops([
      starting(1),
      backoff(2, 1),
      starting(3, 'cat', 1),
      backoff(4, 2),
      fatal(5),
      starting(6),
      running(7, 7),
    ]);
    expect(told).toMatchObject([
      { requestId: 'cat', start: NOON + 2000, type: 'STARTUP_FAILURE_LOOP', supervisor: { serial: 5 } },
      {
        requestId: 'cat',
        start: NOON + 2000,
        end: NOON + 7000,
        type: 'STARTUP_FAILURE_LOOP',
        supervisor: { serial: 7 },
      },
    ]);
    expect(told[0]).not.toHaveProperty('end');
    expect(told[0].deployId).toBe(told[1].deployId);
  });

  it('is one loop until it is resolved, however often supervisord gives up', () => {
    expect(loops([fatal(5), starting(6), fatal(9), fatal(9), running(12, 7), running(13, 8)])).toHaveLength(2);
    expect(loops([fatal(5), running(7, 7), fatal(9)])).toHaveLength(3);
  });

  it('is neither resolved by a RUNNING from before it, nor opened by a FATAL that was overcome', () => {
    expect(loops([starting(1), fatal(5), running(2, 7)])).toHaveLength(1);
    expect(loops([running(7, 7), fatal(5)])).toHaveLength(0);
  });

  it('is another for each process, though both begin at once', () => {
    const hear = listener();
    const told = ['app:a', 'app:b'].flatMap((name, n) => hear(fatal(n, name), { receivedAtMillis: NOON }));
    const starts = told.filter(({ type }) => type === 'CRASHLOOP').map(({ payload }) => payload.start);
    expect(starts).toEqual([NOON, NOON + 1]);
  });
});

describe('What is known', () => {
  it('says nothing of another run of supervisord, or of another identifier', () => {
    const hear = listener();
    const [before] = hear(starting(1));
    hear(fatal(2));
    const [after, ...others] = hear(running(1, 7), { boot: { ...boot, run: '8d5fb4a2.50000' } });
    expect(after?.task).not.toBe(before?.task);
    expect(others).toEqual([]);
    expect(after?.payload.taskUpdate.taskId.deployId).not.toBe(before?.payload.taskUpdate.taskId.deployId);
  });

  it('is forgotten of a group that is removed, and only of that', () => {
    const hear = listener();
    hear(fatal(1, 'app:a'));
    hear(fatal(2, 'other:a'));
    const removed = { ...eventOf(3, '', 'app'), name: 'PROCESS_GROUP_REMOVED', payload: 'groupname:app\n' };
    expect(hear({ ...removed, fields: new Map([['groupname', 'app']]), data: '' })).toEqual([]);
    expect(hear(running(4, 7, 'app:a'))).toHaveLength(1);
    expect(hear(running(5, 7, 'other:a'))).toHaveLength(2);
  });

  it('stays small, however often a process is started', () => {
    let state = emptyTracking();
    const sizes = Array.from({ length: 40 }, (_, n) => {
      const context = { boot, receivedAtMillis: NOON + n, info: null, data: new Map<string, string>() };
      state = toUpdates(exited(n + 10, n + 10), context, state).state;
      return JSON.stringify(state).length;
    });
    expect(sizes.at(-1)).toBe(sizes[5]);
  });
});
