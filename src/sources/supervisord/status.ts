import type { ProcessEnd } from './main-log.js';
import type { ProcessEvent, ProcessState } from './process-event.js';
import type { ProcessInfo } from './process-info.js';

/** What a TASK update says of its state; reasons are Mesos' (contract of Singularity's webhooks, §3). */
export interface Status {
  taskState: string;
  statusMessage: string;
  statusReason?: string;
}

type Ending = Pick<ProcessEnd, 'exitStatus' | 'signal' | 'coreDumped'>;

/** The log's clock is read a moment after the one that `stoppedAtMillis` is of, and that is cut to whole seconds. */
const LOG_LAG_MILLIS = 1500;

/** An end without a pid is taken for that of an event that came so soon after it. */
const FRESH_MILLIS = 5000;

/** What else decides how a state is told. */
interface Telling {
  info: ProcessInfo | null;
  /** Failed tries of the current series. */
  tries: number;
  /** When the event came. */
  receivedAtMillis: number;
}

export function statusOf(event: ProcessEvent, telling: Telling): Status {
  return STATUSES[event.state](event, telling);
}

const STATUSES: Record<ProcessState, (event: ProcessEvent, telling: Telling) => Status> = {
  STARTING: ({ from, tries }) => ({
    taskState: 'TASK_STARTING',
    statusMessage: `Started from ${from}${tries === 0 ? '' : `, try ${tries + 1}`}`,
  }),

  RUNNING: ({ pid }) => ({ taskState: 'TASK_RUNNING', statusMessage: `Running${withPid(pid)}` }),

  STOPPING: ({ from, pid }) => ({
    taskState: 'TASK_KILLING',
    statusMessage: `Stopping from ${from}${withPid(pid)}`,
  }),

  EXITED: (event, telling) => {
    const words = inWords(endingOf(event, telling));
    if (event.expected) {
      return { taskState: 'TASK_FINISHED', statusMessage: words ?? 'Command exited with an expected status' };
    }
    return {
      taskState: 'TASK_FAILED',
      statusMessage: words ?? 'Command exited with an unexpected status, or was terminated by a signal',
      statusReason: 'REASON_COMMAND_EXECUTOR_FAILED',
    };
  },

  STOPPED: (event, telling) => ({
    taskState: 'TASK_KILLED',
    statusMessage:
      event.from === 'BACKOFF'
        ? 'Stopped from BACKOFF, before it was tried again'
        : (inWords(endingOf(event, telling)) ?? `Stopped from ${event.from}`),
  }),

  BACKOFF: ({ tries }, { info }) => ({
    taskState: 'TASK_FAILED',
    statusMessage: `Try ${tries} failed${because(info)}`,
    statusReason: 'REASON_CONTAINER_LAUNCH_FAILED',
  }),

  FATAL: (_, { info, tries }) => ({
    taskState: 'TASK_ERROR',
    statusMessage: `Gave up${tries === 0 ? '' : ` after ${tries} failed tries`}${because(info)}`,
    statusReason: 'REASON_CONTAINER_LAUNCH_FAILED',
  }),

  UNKNOWN: ({ from }) => ({
    taskState: 'TASK_LOST',
    statusMessage: `supervisord could not send it a signal, and lost it from ${from}`,
    statusReason: 'REASON_TASK_UNKNOWN',
  }),
};

/** As Mesos says it; it names signals in words, supervisord as `SIGKILL`. */
function inWords(ending: Ending | null): string | undefined {
  if (ending === null) return undefined;
  if (ending.exitStatus !== null) return `Command exited with status ${ending.exitStatus}`;
  const words = ending.signal === null ? 'by a signal' : `with signal ${ending.signal}`;
  return `Command terminated ${words}${ending.coreDumped ? ' (core dumped)' : ''}`;
}

/**
 * How the process of an event ended; null: nobody knows any more. By the log's line for its pid; else by XML-RPC, unless
 * it was started again since; else by the log's line for the last end, where the log doesn't reach back to its spawning.
 */
function endingOf({ state, pid }: ProcessEvent, { info, receivedAtMillis }: Telling): Ending | null {
  if (info === null) return null;
  const byPid = pid === null ? undefined : info.ends.findLast((end) => end.pid === pid);
  if (byPid !== undefined) return byPid;
  const last = info.ends.at(-1);
  const logged = last !== undefined && isLastEnd(last, info) ? last : null;
  // The last end is that of another start, and so is what XML-RPC says.
  if (logged !== null && logged.pid !== null) return null;
  if (info.stateName === state && info.exitStatus !== null) {
    if (info.exitStatus !== -1) return { exitStatus: info.exitStatus, signal: null, coreDumped: false };
    return logged ?? { exitStatus: null, signal: null, coreDumped: false };
  }
  return logged !== null && receivedAtMillis - logged.endedAtMillis < FRESH_MILLIS ? logged : null;
}

function isLastEnd({ endedAtMillis }: ProcessEnd, { stoppedAtMillis }: ProcessInfo): boolean {
  const lag = endedAtMillis - (stoppedAtMillis ?? 0);
  return lag >= 0 && lag < LOG_LAG_MILLIS;
}

function withPid(pid: number | null): string {
  return pid === null ? '' : ` with pid ${pid}`;
}

function because(info: ProcessInfo | null): string {
  return info?.spawnError ? `: ${info.spawnError}` : '';
}
