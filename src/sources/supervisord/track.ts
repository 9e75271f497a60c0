import { rackIdOf } from './identity.js';
import type { ProcessEvent } from './process-event.js';
import type { ProcessInfo } from './process-info.js';
import { openStart, startOf, withEvent, type Start } from './starts.js';
import { keyOf, namesIn, untouched, type TrackedProcess, type Tracking } from './tracking.js';

/** What an event means, by what was known before it. Times are epoch milliseconds. */
export interface Tracked {
  /** Of the start that the event is of: tells its task from all others of the process, and of those named alike. */
  startedAtMillis: number;
  /** When it happened, as near as can be said. */
  atMillis: number;
  /** Failed tries of the current series. */
  tries: number;
  /** The crash loop that the event opens, or resolves with an `end`; null: it does neither. */
  loop: { start: number; end?: number } | null;
  state: Tracking;
}

/** supervisord's whole seconds are cut: what happened in one, happened before this much more. */
const REST_OF_SECOND = 999;

export function track(
  event: ProcessEvent,
  info: ProcessInfo | null,
  receivedAtMillis: number,
  state: Tracking,
): Tracked {
  const key = keyOf(event.group, event.process);
  const before = state.processes[key] ?? untouched();
  const moment = Math.max(momentOf(event, info, receivedAtMillis), before.toldAtMillis);
  const start =
    startOf(event, before.starts) ??
    openStart(event, unusedStart(startedAt(event, info, moment), event, before.starts, state));
  const atMillis = Math.max(moment, start.startedAtMillis);

  const series = event.serial < before.serial ? before : seriesAfter(event, before, atMillis);
  const loop = loopAfter(event, before, atMillis, state);
  const after: TrackedProcess = {
    starts: withEvent(before.starts, start, event),
    serial: Math.max(before.serial, event.serial),
    toldAtMillis: atMillis,
    failingSinceMillis: series.failingSinceMillis,
    tries: series.tries,
    crashLoop: loop.open,
  };
  return {
    startedAtMillis: start.startedAtMillis,
    atMillis,
    tries: series.tries,
    loop: loop.told,
    state: { ...state, processes: { ...state.processes, [key]: after } },
  };
}

/**
 * supervisord may have kept the event for long, while no listener was ready. What XML-RPC says of the last start and end
 * is this one or a later one, and so never before it; where it is before the reception, it is nearer.
 */
function momentOf({ state, pid }: ProcessEvent, info: ProcessInfo | null, receivedAtMillis: number): number {
  const started = info?.startedAtMillis ?? null;
  const stopped = info?.stoppedAtMillis ?? null;
  const notAfter = (second: number | null) => Math.min(receivedAtMillis, (second ?? receivedAtMillis) + REST_OF_SECOND);
  switch (state) {
    case 'STARTING':
      return notAfter(started);
    case 'EXITED':
      return notAfter(stopped);
    case 'STOPPED':
      // From BACKOFF it has no pid, and nothing that ended.
      return pid === null ? receivedAtMillis : notAfter(stopped);
    case 'BACKOFF':
      // A command that is missing is started, and never ends.
      return notAfter(started === null ? null : Math.max(started, stopped ?? 0));
    default:
      return receivedAtMillis;
  }
}

/** When a start began, of which this is the first event seen. */
function startedAt({ state }: ProcessEvent, info: ProcessInfo | null, moment: number): number {
  if (state === 'STARTING' || info === null || info.startedAtMillis === null) return moment;
  const runs = info.stateName === 'STARTING' || info.stateName === 'RUNNING';
  const ranThen = state === 'RUNNING' || state === 'STOPPING';
  return runs && !ranThen ? moment : Math.min(moment, info.startedAtMillis);
}

/**
 * No two starts of processes that stand under the same words in task ids (`a-b` and `a_b` do) begin in the same
 * millisecond, and one that comes after all others of its process begins after them.
 */
function unusedStart(wanted: number, event: ProcessEvent, own: readonly Start[], state: Tracking): number {
  const rackId = rackIdOf(event.process);
  const used = new Set<number>();
  for (const [key, { starts }] of Object.entries(state.processes)) {
    const [group, process] = namesIn(key);
    if (group !== event.group || rackIdOf(process) !== rackId) continue;
    for (const { startedAtMillis } of starts) used.add(startedAtMillis);
  }
  const last = own.at(-1);
  let unused = last !== undefined && event.serial > last.serial ? Math.max(wanted, last.startedAtMillis + 1) : wanted;
  while (used.has(unused)) unused += 1;
  return unused;
}

function seriesAfter({ state, tries }: ProcessEvent, before: TrackedProcess, atMillis: number) {
  switch (state) {
    case 'STARTING':
      return { tries, failingSinceMillis: tries === 0 ? null : before.failingSinceMillis };
    case 'BACKOFF':
      return { tries, failingSinceMillis: before.failingSinceMillis ?? atMillis };
    case 'FATAL':
      return { tries: before.tries, failingSinceMillis: null };
    default:
      return { tries: 0, failingSinceMillis: null };
  }
}

type CrashLoop = TrackedProcess['crashLoop'];

/** A FATAL that comes late opens none: what came before it shows that the process was started again. */
function loopAfter(
  { state, serial, group }: ProcessEvent,
  { crashLoop, failingSinceMillis, serial: last }: TrackedProcess,
  atMillis: number,
  { processes }: Tracking,
): { open: CrashLoop; told: Tracked['loop'] } {
  if (state === 'FATAL' && crashLoop === null && serial > last) {
    const others = Object.entries(processes).filter(([key]) => namesIn(key)[0] === group);
    // A receiver tells loops apart by their start: their request, deploy and type are the same.
    let start = failingSinceMillis ?? atMillis;
    while (others.some(([, other]) => other.crashLoop?.startMillis === start)) start += 1;
    return { open: { startMillis: start, serial }, told: { start } };
  }
  if (state === 'RUNNING' && crashLoop !== null && serial > crashLoop.serial) {
    const { startMillis: start } = crashLoop;
    return { open: null, told: { start, end: Math.max(atMillis, start) } };
  }
  return { open: crashLoop, told: null };
}
