import type { SupervisorEvent } from '../../sources/supervisord/event.js';

/** Which events are told of. */
export interface Wanted {
  /** Names of events. */
  events: ReadonlySet<string>;
  /** `program`, or `group:program`. With `groups` none: of all. */
  programs: readonly string[];
  groups: readonly string[];
  /** Of PROCESS_STATE_EXITED only those that supervisord didn't expect. */
  unexpectedOnly: boolean;
}

/** Whether an event is told of. Others come all the same: supervisord hands them round (contract of listeners, §4). */
export function isWanted(event: SupervisorEvent, wanted: Wanted): boolean {
  return wanted.events.has(event.name) && isOfWanted(event, wanted) && !(wanted.unexpectedOnly && isExpected(event));
}

/** Whether it is about a process that is told of. */
export function isOfWanted({ fields }: SupervisorEvent, { programs, groups }: Wanted): boolean {
  if (programs.length === 0 && groups.length === 0) return true;
  const [program = '', group = ''] = [fields.get('processname'), fields.get('groupname')];
  return programs.some((name) => name === program || name === `${group}:${program}`) || groups.includes(group);
}

function isExpected({ name, fields }: SupervisorEvent): boolean {
  return name === 'PROCESS_STATE_EXITED' && fields.get('expected') === '1';
}
