import type { Boot, SupervisorEvent } from '../../src/sources/supervisord/event.js';
import { emptyTracking, toUpdates, type ProcessInfo } from '../../src/sources/supervisord/tasks.js';

/** Events as supervisord sends them, and what they become, for the specs of that. */

export const boot: Boot = { host: 'host-1', pid: 100, run: '8d5fb4a2.40723' };
export const NOON = Date.UTC(2026, 10, 22, 12);

/** `eventOf(3, 'EXITED', 'cat:meow from_state:RUNNING expected:0 pid:7')` */
export function eventOf(serial: number, state: string, text: string, identifier = 'supervisor'): SupervisorEvent {
  const [names = '', ...tokens] = text.split(' ');
  const [group = '', process = group] = names.split(':');
  const payload = [`processname:${process}`, `groupname:${group}`, ...tokens].join(' ');
  const fields = payload.split(' ').map((token) => token.split(':') as [string, string]);
  return { name: `PROCESS_STATE_${state}`, identifier, serial, payload, fields: new Map(fields), data: null };
}

export const starting = (serial: number, name = 'cat', tries = 0) =>
  eventOf(serial, 'STARTING', `${name} from_state:STOPPED tries:${tries}`);
export const running = (serial: number, pid: number, name = 'cat') =>
  eventOf(serial, 'RUNNING', `${name} from_state:STARTING pid:${pid}`);
export const exited = (serial: number, pid: number, name = 'cat') =>
  eventOf(serial, 'EXITED', `${name} from_state:RUNNING expected:0 pid:${pid}`);
export const backoff = (serial: number, tries: number, name = 'cat') =>
  eventOf(serial, 'BACKOFF', `${name} from_state:STARTING tries:${tries}`);
export const fatal = (serial: number, name = 'cat') => eventOf(serial, 'FATAL', `${name} from_state:BACKOFF`);

/** What XML-RPC says of a process that has never ended, but for what is given. */
export function infoOf(known: Partial<ProcessInfo>): ProcessInfo {
  return {
    exitStatus: 0,
    startedAtMillis: NOON,
    stoppedAtMillis: null,
    nowMillis: NOON,
    spawnError: null,
    stateName: 'RUNNING',
    description: null,
    ends: [],
    ...known,
  };
}

/** An update, as far as a spec looks at it. */
export interface Told {
  id: string;
  type: string;
  task: string | undefined;
  state: string | undefined;
  message: string | undefined;
  reason: string | undefined;
  at: number | undefined;
  startedAt: number | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec looks at what it knows to be there
  payload: any;
}

export interface Hearing {
  boot?: Boot;
  info?: ProcessInfo | null;
  data?: Record<string, string>;
  receivedAtMillis?: number;
}

/** Converts event after event, each a second after the one before, and keeps its state as JSON between them. */
export function listener() {
  let kept = JSON.stringify(emptyTracking());
  let clock = NOON;
  return (event: SupervisorEvent, hearing: Hearing = {}): Told[] => {
    clock = hearing.receivedAtMillis ?? clock + 1000;
    const { updates, state } = toUpdates(
      event,
      {
        boot: hearing.boot ?? boot,
        receivedAtMillis: clock,
        info: hearing.info ?? null,
        data: new Map(Object.entries(hearing.data ?? {})),
      },
      JSON.parse(kept),
    );
    kept = JSON.stringify(state);
    return updates.map(({ id, type, payload }) => toldBy(id, type, JSON.parse(JSON.stringify(payload))));
  };
}

function toldBy(id: string, type: string, payload: Told['payload']): Told {
  const update = payload.taskUpdate;
  return {
    id,
    type,
    task: update?.taskId.id,
    state: update?.taskState,
    message: update?.statusMessage,
    reason: update?.statusReason,
    at: update?.timestamp,
    startedAt: update?.taskId.startedAt,
    payload,
  };
}
