import type { Start } from './starts.js';

/** What is known of one process of this run of supervisord. */
export interface TrackedProcess {
  /** Ordered by serial; the last is the current one. */
  starts: Start[];
  /** The highest so far: an event with a lower one comes late. */
  serial: number;
  /** Of the latest update: none that follows may seem older. Epoch milliseconds. */
  toldAtMillis: number;
  /** When the first try of the current series failed; null: none has. */
  failingSinceMillis: number | null;
  /** Failed tries of the current series. */
  tries: number;
  /** Open from FATAL to the next RUNNING. */
  crashLoop: { startMillis: number; serial: number } | null;
}

/** Plain JSON: what is known of the processes of one run of supervisord, by both its names. */
export interface Tracking {
  /** Names the run; null: none yet. */
  deployId: string | null;
  processes: Record<string, TrackedProcess>;
}

export function emptyTracking(): Tracking {
  return { deployId: null, processes: {} };
}

/** What was known of another run says nothing of this one. */
export function trackingOf(deployId: string, state: Tracking): Tracking {
  return state.deployId === deployId ? state : { deployId, processes: {} };
}

/** Names hold no line end: the payload is one line. */
export function keyOf(group: string, process: string): string {
  return `${group}\n${process}`;
}

export function namesIn(key: string): [group: string, process: string] {
  const [group = '', process = ''] = key.split('\n');
  return [group, process];
}

/** A group that supervisord has no more: another one of that name is configured anew. */
export function forgetGroup(group: string, { deployId, processes }: Tracking): Tracking {
  const others = Object.entries(processes).filter(([key]) => namesIn(key)[0] !== group);
  return { deployId, processes: Object.fromEntries(others) };
}

/** A process of which nothing is known yet. */
export function untouched(): TrackedProcess {
  return { starts: [], serial: -1, toldAtMillis: 0, failingSinceMillis: null, tries: 0, crashLoop: null };
}
