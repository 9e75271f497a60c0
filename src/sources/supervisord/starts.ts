import type { ProcessEvent, ProcessState } from './process-event.js';

/**
 * One start of a process, which is one task. It is opened by STARTING, or by the first event of it that is seen, and
 * ended by EXITED, STOPPED, BACKOFF, FATAL or UNKNOWN; after BACKOFF, FATAL or STOPPED may still follow.
 */
export interface Start {
  startedAtMillis: number;
  /** Of its first event that was seen. */
  serial: number;
  /** Its STARTING was seen. */
  announced: boolean;
  pid: number | null;
  end: { serial: number; state: ProcessState } | null;
}

/** Older ones are forgotten: events come late by a few others, not by restarts. */
const KEPT_STARTS = 4;

const ENDS: readonly ProcessState[] = ['EXITED', 'STOPPED', 'BACKOFF', 'FATAL', 'UNKNOWN'];
const AFTER_BACKOFF: readonly ProcessState[] = ['FATAL', 'STOPPED'];

/**
 * The start that an event is of; undefined: of one that isn't known yet. Serials count events in the order in which they
 * happened, but they may come in another (contract of supervisor's listeners, §4).
 * @param starts ordered by serial
 */
export function startOf(event: ProcessEvent, starts: readonly Start[]): Start | undefined {
  const { state, serial, pid } = event;
  const before = starts.findLast((start) => start.serial <= serial);
  if (state === 'STARTING') {
    if (before?.serial === serial) return before;
    const after = starts.find((start) => start.serial > serial);
    return after?.announced === false ? after : undefined;
  }
  const samePid = pid === null ? undefined : starts.findLast((start) => start.pid === pid);
  if (samePid !== undefined) return samePid;
  return before !== undefined && goesOnWith(before, event) ? before : undefined;
}

function goesOnWith({ end, pid }: Start, event: ProcessEvent): boolean {
  if (event.pid !== null && pid !== null) return false;
  if (end === null || event.serial <= end.serial) return true;
  return end.state === 'BACKOFF' && AFTER_BACKOFF.includes(event.state);
}

export function openStart({ state, serial, pid }: ProcessEvent, startedAtMillis: number): Start {
  return { startedAtMillis, serial, announced: state === 'STARTING', pid, end: null };
}

/** The starts after an event of one of them, known before or not. */
export function withEvent(starts: readonly Start[], start: Start, event: ProcessEvent): Start[] {
  const { state, serial } = event;
  const isEnd = ENDS.includes(state) && (start.end === null || start.end.serial < serial);
  const changed: Start = {
    ...start,
    serial: Math.min(start.serial, serial),
    announced: start.announced || state === 'STARTING',
    pid: start.pid ?? event.pid,
    end: isEnd ? { serial, state } : start.end,
  };
  const others = starts.filter((other) => other !== start);
  return [...others, changed].toSorted((one, other) => one.serial - other.serial).slice(-KEPT_STARTS);
}
