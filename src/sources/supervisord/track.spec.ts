import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoff,
  eventOf,
  exited,
  fatal,
  infoOf,
  listener,
  NOON,
  running,
  starting,
} from '../../../test/setup/supervisor-events.js';
import type { SupervisorEvent } from './event.js';

/** The tasks of the events, each by its first letter in the order in which it appears: `aab`. */
function tasksOf(events: SupervisorEvent[]): string {
  const hear = listener();
  const names = new Map<string | undefined, string>();
  const letterOf = (task: string | undefined) => {
    if (!names.has(task)) names.set(task, String.fromCharCode(97 + names.size));
    return names.get(task);
  };
  return events.map((event) => letterOf(hear(event)[0]?.task)).join('');
}

describe('One start of a process', () => {
  it('is one task from STARTING to EXITED, and the next start another', () => {
    expect(tasksOf([starting(1), running(2, 7), exited(3, 7), starting(4), running(5, 8), exited(6, 8)])).toBe(
      'aaabbb',
    );
  });

  it('is one task for each try, and the last one is that which FATAL is about', () => {
    expect(tasksOf([starting(1), backoff(2, 1), starting(3), backoff(4, 2), fatal(5)])).toBe('aabbb');
  });

  it('ends with STOPPED where it is stopped between two tries', () => {
    const stopped = eventOf(3, 'STOPPED', 'cat from_state:BACKOFF pid:0');
    expect(tasksOf([starting(1), backoff(2, 1), stopped, starting(4)])).toBe('aaab');
  });

  it.each([
    ['RUNNING', [running(9, 7), exited(12, 7), starting(13)], 'aab'],
    ['EXITED', [exited(9, 7), starting(13)], 'ab'],
    ['STOPPING', [eventOf(9, 'STOPPING', 'cat from_state:RUNNING pid:7'), eventOf(10, 'STOPPED', 'cat pid:7')], 'aa'],
  ])('begins with %s for a listener that comes later', (_, events, tasks) => {
    expect(tasksOf(events)).toBe(tasks);
  });

  it('is told apart by its pid for a listener that hears of one state only', () => {
    expect(tasksOf([exited(3, 7), exited(6, 8), exited(9, 9)])).toBe('abc');
    expect(tasksOf([backoff(2, 1), backoff(4, 2)])).toBe('ab');
    expect(tasksOf([fatal(5), fatal(9)])).toBe('ab');
  });

  it('keeps its task when its STARTING comes twice', () => {
    expect(tasksOf([starting(1), starting(1), running(2, 7), starting(1)])).toBe('aaaa');
  });

  it('began when XML-RPC says so, where its STARTING was not seen', () => {
    const info = infoOf({ startedAtMillis: NOON - 60_000 });
    const hear = listener();
    expect(hear(running(2, 7), { info })[0]?.startedAt).toBe(NOON - 60_000);
    const restarted = infoOf({ stateName: 'STARTING', startedAtMillis: NOON, stoppedAtMillis: NOON });
    const [late] = listener()(exited(3, 7), { info: restarted, receivedAtMillis: NOON + 300 });
    expect(late?.startedAt).toBe(NOON + 300);
  });

  it('never shares its task with a process named alike that starts in the same millisecond', () => {
    const hear = listener();
    const names = ['app:a-b', 'app:a_b', 'app:a-b', 'app:c', 'other:a-b', 'app:a_b'];
    const tasks = names.map((name, n) => hear(starting(n, name), { receivedAtMillis: NOON })[0]!);
    expect(new Set(tasks.map(({ task }) => task)).size).toBe(names.length);
    expect(tasks[3]?.startedAt).toBe(NOON);
  });
});

/** A life of one process, as supervisord may tell it: starts that run and exit, are stopped, or are tried in vain. */
function lifeOf(chapters: readonly ('exits' | 'stops' | 'fails' | 'is stopped between tries')[]): SupervisorEvent[] {
  const events: SupervisorEvent[] = [];
  const tell = (state: string, text: string) => events.push(eventOf(events.length, state, `cat ${text}`));
  for (const [n, chapter] of chapters.entries()) {
    const pid = `pid:${n + 100}`;
    tell('STARTING', 'from_state:STOPPED tries:0');
    if (chapter === 'exits' || chapter === 'stops') tell('RUNNING', `from_state:STARTING ${pid}`);
    if (chapter === 'exits') tell('EXITED', `from_state:RUNNING expected:0 ${pid}`);
    if (chapter === 'stops') {
      tell('STOPPING', `from_state:RUNNING ${pid}`);
      tell('STOPPED', `from_state:STOPPING ${pid}`);
    }
    if (chapter === 'exits' || chapter === 'stops') continue;
    tell('BACKOFF', 'from_state:STARTING tries:1');
    tell('STARTING', 'from_state:BACKOFF tries:1');
    tell('BACKOFF', 'from_state:STARTING tries:2');
    tell(
      chapter === 'fails' ? 'FATAL' : 'STOPPED',
      chapter === 'fails' ? 'from_state:BACKOFF' : 'from_state:BACKOFF pid:0',
    );
  }
  return events;
}

const chapters = fc.array(fc.constantFrom('exits', 'stops', 'fails', 'is stopped between tries'), { maxLength: 8 });

describe('Events that come in another order', () => {
  it('are of the tasks that they would be of in theirs, when neighbours are exchanged', () => {
    fc.assert(
      fc.property(chapters, fc.infiniteStream(fc.boolean()), (life, exchange) => {
        const events = lifeOf(life);
        const asked = exchange[Symbol.iterator]();
        const mixed = [...events];
        for (let n = 0; n + 1 < mixed.length; n += 1) {
          if (asked.next().value !== true) continue;
          [mixed[n], mixed[n + 1]] = [mixed[n + 1]!, mixed[n]!];
          n += 1;
        }
        expect(partition(mixed)).toEqual(partition(events));
      }),
      { numRuns: 200 },
    );
  });
});

/** The serials of each task. */
function partition(events: SupervisorEvent[]): number[][] {
  const hear = listener();
  const serials = new Map<string | undefined, number[]>();
  for (const event of events) {
    const task = hear(event)[0]?.task;
    serials.set(
      task,
      [...(serials.get(task) ?? []), event.serial].toSorted((a, b) => a - b),
    );
  }
  return [...serials.values()].toSorted(([a = 0], [b = 0]) => a - b);
}

/** When a start of NOON happened, if it is received then. */
const at = (receivedAtMillis: number) =>
  listener()(starting(1), { info: infoOf({ startedAtMillis: NOON }), receivedAtMillis })[0]?.at;

describe('The time of an update', () => {
  it('is that of the reception, unless supervisord kept the event for longer than a second', () => {
    expect(at(NOON + 3)).toBe(NOON + 3);
    expect(at(NOON + 999)).toBe(NOON + 999);
    expect(at(NOON + 1000)).toBe(NOON + 999);
    expect(at(NOON + 60_000)).toBe(NOON + 999);
  });

  it('is that of the last end for EXITED, and of the last start for a try whose command is missing', () => {
    const info = infoOf({ startedAtMillis: NOON + 2000, stoppedAtMillis: NOON });
    const received = { info, receivedAtMillis: NOON + 60_000 };
    expect(listener()(exited(3, 7), received)[0]?.at).toBe(NOON + 999);
    expect(listener()(backoff(3, 1), received)[0]?.at).toBe(NOON + 2999);
    expect(listener()(eventOf(3, 'STOPPED', 'cat from_state:BACKOFF pid:0'), received)[0]?.at).toBe(NOON + 60_000);
  });

  it('is never before that of an update that came before it, nor before the start of its task', () => {
    const known = fc.option(
      fc.integer({ min: 0, max: 60_000 }).map((millis) => NOON + millis),
      { nil: null },
    );
    const infos = fc.record({
      startedAtMillis: known,
      stoppedAtMillis: known,
      stateName: fc.constantFrom('RUNNING', 'EXITED'),
    });
    fc.assert(
      fc.property(chapters, fc.infiniteStream(infos), fc.infiniteStream(fc.nat(90_000)), (life, info, delays) => {
        const hear = listener();
        let last = 0;
        const ids = new Set<string | undefined>();
        let starts = 0;
        for (const event of lifeOf(life)) {
          const hearing = { info: infoOf(info.next().value), receivedAtMillis: NOON + delays.next().value };
          const { at = 0, startedAt = 0, task } = hear(event, hearing)[0]!;
          expect(at).toBeGreaterThanOrEqual(last);
          expect(at).toBeGreaterThanOrEqual(startedAt);
          last = at;
          ids.add(task);
          if (event.name === 'PROCESS_STATE_STARTING') starts += 1;
        }
        expect(ids.size).toBe(starts);
      }),
      { numRuns: 200 },
    );
  });
});
