import type { SupervisorEvent } from './event.js';

/** The states of a process, as `PROCESS_STATE_…` has them (contract of supervisor's listeners, §5). */
export const PROCESS_STATES = [
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'STOPPED',
  'FATAL',
  'UNKNOWN',
] as const;
export type ProcessState = (typeof PROCESS_STATES)[number];

/** What an event says of a process. */
export interface ProcessEvent {
  state: ProcessState;
  serial: number;
  group: string;
  process: string;
  /** The state that it left. */
  from: string;
  /** null: the event has none, or 0, as for a process that was stopped while it waited to be tried again. */
  pid: number | null;
  /** Failures so far; of STARTING and BACKOFF. */
  tries: number;
  /** Of EXITED: the exit status is one that the program may have. */
  expected: boolean;
}

/** null: it is about something else than a process, or doesn't say about which. */
export function readProcessEvent({ name, serial, fields }: SupervisorEvent): ProcessEvent | null {
  const state = PROCESS_STATES.find((candidate) => name === `PROCESS_STATE_${candidate}`);
  const process = fields.get('processname');
  const group = fields.get('groupname') || process;
  if (state === undefined || !process || !group) return null;
  return {
    state,
    serial,
    group,
    process,
    from: fields.get('from_state') ?? 'UNKNOWN',
    pid: numberIn(fields.get('pid')) || null,
    tries: numberIn(fields.get('tries')),
    expected: fields.get('expected') === '1',
  };
}

function numberIn(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0;
}
